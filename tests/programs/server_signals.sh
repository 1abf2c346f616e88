#!/usr/bin/env bash
# No server is ended by a signal that means nothing to it.
. "$(dirname "$0")/lib.sh"

for server_program in eddy-echo eddy-chat eddy-cache; do
  serve "$server_program" --listen tcp://127.0.0.1:0
  server=$pid
  for signal in HUP USR1 USR2; do
    kill "-$signal" "$server"
  done
  exec 3<>"/dev/tcp/127.0.0.1/$(port_of "$url")" || fail "$server_program does not serve any more"
  exec 3>&-
  kill -TERM "$server"
  ends "$server_program" "$server" 0
done
