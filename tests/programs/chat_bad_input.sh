#!/usr/bin/env bash
# A command line or configuration that eddy-chat cannot use gets one line that names the place and what was expected.
. "$(dirname "$0")/lib.sh"

chat=$EDDY_BIN/eddy-chat

# chat_refuses STATUS WORDS ARGUMENTS...: and nothing on stdout.
chat_refuses() {
  refuses "$1" "$2" "$chat" "${@:3}"
  [ ! -s out ] || fail "${*:3}: serves all the same: $(cat out)"
}

listen=(--listen tcp://127.0.0.1:0)
chat_refuses 2 '--listen|required'
chat_refuses 2 '--lisen: no such option' --lisen tcp://127.0.0.1:0
chat_refuses 2 'expected tcp://' --listen foo://x
chat_refuses 2 'udp://127.0.0.1:0' --listen udp://127.0.0.1:0
chat_refuses 2 '--driver nothing|epoll' "${listen[@]}" --driver nothing
chat_refuses 2 '--max-connections 0|from 1' "${listen[@]}" --max-connections 0
chat_refuses 2 '--drain soon|duration' "${listen[@]}" --drain soon
chat_refuses 2 '--log loud|debug' "${listen[@]}" --log loud
chat_refuses 2 '--hash-password|standard input' --hash-password

chat_refuses 1 'none.conf|No such file' "${listen[@]}" --config none.conf
mkdir folder
chat_refuses 1 'folder|directory' "${listen[@]}" --config folder

# configured WORDS LINE: the line, as the second one of a file, is refused.
configured() {
  printf '# a comment\n%s\n' "$2" >chat.conf
  chat_refuses 2 "chat.conf|line 2|$1" "${listen[@]}" --config chat.conf
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
# Built without OpenSSL, it takes no password at all.
hash=pbkdf2-sha256
said=$(echo word | "$chat" --hash-password 2>&1 || true)
case "$said" in *'without OpenSSL'*) hash='without OpenSSL' ;; esac
configured "password secret|$hash" 'password secret'
configured 'operator root|HASH' 'operator root'
configured "operator root secret|$hash" 'operator root secret'
configured 'unlimited here|10.0.0.0/8' 'unlimited here'
configured 'flood_messages 0|from 1' 'flood_messages 0'
configured 'motd_file none.txt|expected' 'motd_file none.txt'
configured 'without_capability flying|away-notify' 'without_capability flying'
