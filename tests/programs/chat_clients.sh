#!/usr/bin/env bash
# Two clients that nobody here wrote, ii and WeeChat, talk to each other by eddy-chat: they register, join, speak, and see
# each other's joins, nicks, topics, parts and ends.
. "$(dirname "$0")/lib.sh"

for client in ii weechat-headless; do
  command -v $client >/dev/null || fail "$client is not installed: tools/setup check"
done
export HOME=$work LANG=C.UTF-8

server_program=eddy-chat
serve chat --listen tcp://127.0.0.1:0
chat=$pid
port=$(port_of "$url")

# said NAME TEXT: TEXT has come to stand in what the client NAME wrote down; says all of that when it does not.
said() {
  local end=$((SECONDS + 60))
  until grep -rqF -- "$2" "$1"; do
    [ $SECONDS -lt $end ] || fail "$1 has not \"$2\" but: $(find "$1" -type f -exec tail -n 40 {} +)"
    sleep 0.05
  done
}

# ii writes what it reads to files, and is told by pipes: one for the server, one for each channel.
mkdir irc
start ii ii -s 127.0.0.1 -p "$port" -i irc -n iggy -f 'Iggy of ii'
ii=$pid
until_true 30 test -p irc/127.0.0.1/in
tells_ii() { echo "$2" >"irc/127.0.0.1/$1"; }
said irc 'MOTD'
tells_ii in '/j #tea'
until_true 30 test -p 'irc/127.0.0.1/#tea/in'
said irc 'iggy(~iggy@127.0.0.1) has joined #tea'
tells_ii '#tea/in' '/t Tea at five'
said irc 'Tea at five'

# WeeChat keeps a log of each buffer, and takes lines "BUFFER *TEXT" from a pipe. It would wait between its messages.
mkdir weechat
start weechat weechat-headless --dir "$work/weechat" --stdout \
  --run-command '/set logger.file.flush_delay 0; /set irc.server_default.anti_flood_prio_high 0' \
  --run-command '/set irc.server_default.anti_flood_prio_low 0; /set irc.server_default.username wanda' \
  --run-command "/server add test 127.0.0.1/$port -notls; /set irc.server.test.nicks wanda; /connect test"
weechat=$pid
pipe=weechat/weechat_fifo_$weechat
logs=weechat/logs
until_true 60 test -p "$pipe"
tells_weechat() { echo "$1 *$2" >"$pipe"; }
said $logs 'MOTD'
tells_weechat irc.server.test '/join #tea'
said $logs 'Tea at five'
said irc 'wanda(~wanda@127.0.0.1) has joined #tea'

tells_ii '#tea/in' 'hello from ii'
said $logs 'hello from ii'
tells_weechat 'irc.test.#tea' 'hello from weechat'
said irc '<wanda> hello from weechat'

tells_ii in '/n ignaz'
said $logs 'iggy is now known as ignaz'
tells_weechat irc.server.test '/nick wendy'
said irc 'wanda changed nick to wendy'
tells_weechat irc.server.test '/msg ignaz a private word'
said irc '<wendy> a private word'
tells_weechat 'irc.test.#tea' '/whois ignaz'
said $logs 'Iggy of ii'

tells_ii in '/MODE #tea +o wendy'
said $logs '[+o wendy]'
tells_weechat 'irc.test.#tea' '/topic Tea at six'
said irc 'Tea at six'

tells_weechat 'irc.test.#tea' '/part see you'
said irc 'wendy(~wanda@127.0.0.1) has left #tea'
tells_weechat irc.server.test '/join #tea'
said irc/127.0.0.1 'wendy(~wanda@127.0.0.1) has joined #tea'
tells_ii '#tea/in' '/l gone'
said $logs 'has left #tea (gone)'

tells_ii in '/j #tea'
said $logs 'ignaz (Iggy of ii) (~iggy@127.0.0.1) has joined #tea'
kill "$ii"
said $logs 'ignaz (~iggy@127.0.0.1) has quit'

kill -TERM "$chat"
ends chat "$chat" 0
said $logs 'irc: disconnected from server'
tells_weechat core.weechat '/quit'
ends weechat "$weechat" 0
