#!/usr/bin/env bash
# A command line or configuration that eddy-chat cannot use gets one line that names the place and what was expected.
. "$(dirname "$0")/lib.sh"

chat=$EDDY_BIN/eddy-chat

# refuses STATUS WORDS ARGUMENTS...: every word must be in the line.
refuses() {
  local expected=$1 words=$2 status=0 word
  shift 2
  timeout 60 "$chat" "$@" >out 2>err </dev/null || status=$?
  [ "$status" -eq "$expected" ] || fail "$*: status $status instead of $expected: $(cat err)"
  [ "$(wc -l <err)" -eq 1 ] || fail "$*: expected one line, got: $(cat err)"
  [ ! -s out ] || fail "$*: serves all the same: $(cat out)"
  IFS='|' read -ra words <<<"$words"
  for word in "${words[@]}"; do
    grep -qF -- "$word" err || fail "$*: \"$word\" is not in: $(cat err)"
  done
}

listen=(--listen tcp://127.0.0.1:0)
refuses 2 '--listen|required'
refuses 2 '--lisen|not expected' --lisen tcp://127.0.0.1:0
refuses 2 'expected tcp://' --listen foo://x
refuses 2 'udp://127.0.0.1:0' --listen udp://127.0.0.1:0
refuses 2 '--driver nothing|epoll' "${listen[@]}" --driver nothing
refuses 2 '--max-connections 0|from 1' "${listen[@]}" --max-connections 0
refuses 2 '--drain soon|duration' "${listen[@]}" --drain soon
refuses 2 '--log loud|debug' "${listen[@]}" --log loud
refuses 2 '--hash-password|standard input' --hash-password

refuses 1 'none.conf|No such file' "${listen[@]}" --config none.conf
mkdir folder
refuses 1 'folder|directory' "${listen[@]}" --config folder

# configured WORDS LINE: the line, as the second one of a file, is refused.
configured() {
  printf '# a comment\n%s\n' "$2" >chat.conf
  refuses 2 "chat.conf|line 2|$1" "${listen[@]}" --config chat.conf
}
configured 'maxclients|expected' 'maxclients 5'
configured 'max_clients many|expected a whole number' 'max_clients many'
configured 'max_clients 0|from 1' 'max_clients 0'
configured 'max_clients|expected a value' 'max_clients'
configured 'ping_interval soon|duration' 'ping_interval soon'
configured 'ping_timeout 0|more than 0' 'ping_timeout 0'
configured 'send_queue big|expected' 'send_queue big'
configured 'flood_rate -1|expected' 'flood_rate -1'
configured 'server_name not a name|expected' 'server_name not a name'
configured 'network two words|expected one word' 'network two words'
configured 'nick_length 1000|expected' 'nick_length 1000'
configured 'password secret|pbkdf2-sha256' 'password secret'
configured 'operator root|HASH' 'operator root'
configured 'operator root secret|pbkdf2-sha256' 'operator root secret'
configured 'motd_file none.txt|expected' 'motd_file none.txt'
configured 'without_capability flying|away-notify' 'without_capability flying'
