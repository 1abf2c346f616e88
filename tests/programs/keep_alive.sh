#!/usr/bin/env bash
# A server asks a client that is silent whether its host is still there: keep-alive is on for what it accepts.
. "$(dirname "$0")/lib.sh"
[ -r /proc/net/tcp ] || exit 77

# has_keep_alive PORT: an established connection of the server's on 127.0.0.1 has its keep-alive timer running (2).
has_keep_alive() {
  awk -v local="$(printf '0100007F:%04X' "$1")" '$2 == local && $4 == "01" && $6 ~ /^02:/ { found = 1 }
    END { exit !found }' /proc/net/tcp
}

for server_program in eddy-echo eddy-chat eddy-cache; do
  serve "$server_program" --listen tcp://127.0.0.1:0
  server=$pid
  port=$(port_of "$url")
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  until_true 30 has_keep_alive "$port"
  exec 3>&-
  kill -TERM "$server"
  ends "$server_program" "$server" 0
done
