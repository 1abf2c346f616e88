#!/usr/bin/env bash
# Bad input gets one line on stderr that names the input and what was expected, and exit status 2 (usage) or 1 (run time).
. "$(dirname "$0")/lib.sh"

PATH=$EDDY_BIN:$PATH
echo=eddy-echo
load=eddy-load
long=$(printf 'x%.0s' {1..120})

# Addresses, the same in both programs
for program in "$echo -l" "$load echo"; do
  refuses 2 'foo://x|expected tcp://' $program foo://x
  refuses 2 'tcp://127.0.0.1|:port' $program tcp://127.0.0.1
  refuses 2 '70000|expected a port from 0 to 65535' $program tcp://127.0.0.1:70000
  refuses 2 'tcp://[::zz]:1|expected an IPv6 address' $program 'tcp://[::zz]:1'
  refuses 1 'nobody.invalid|resolve' $program tcp://nobody.invalid:7
  refuses 2 "$long|at most 107 bytes" $program "unix:/$long"
  refuses 2 '--bogus|--help' $program tcp://127.0.0.1:1 --bogus
done

# eddy-echo
refuses 2 '--listen|required' $echo
refuses 2 '--lisen: no such option' $echo --lisen tcp://127.0.0.1:0
refuses 2 'extra: expected no more' $echo -l tcp://127.0.0.1:0 extra
refuses 2 'nothing|epoll' $echo -l tcp://127.0.0.1:0 --driver nothing
refuses 2 '--max-connections 0|from 1' $echo -l tcp://127.0.0.1:0 --max-connections 0
refuses 2 '--clients-per-host 0|from 1' $echo -l tcp://127.0.0.1:0 --clients-per-host 0
refuses 2 '--answers-per-host 0|from 1' $echo -l udp://127.0.0.1:0 --answers-per-host 0
refuses 2 '--unlimited here|expected networks such as 10.0.0.0/8 and ::1, or none|here' $echo -l tcp://127.0.0.1:0 --unlimited here
refuses 2 '--unlimited ,|expected networks' $echo -l tcp://127.0.0.1:0 --unlimited ,
refuses 2 '--idle-timeout soon|duration' $echo -l tcp://127.0.0.1:0 --idle-timeout soon
refuses 2 '--idle-timeout 0|more than 0' $echo -l tcp://127.0.0.1:0 --idle-timeout 0
refuses 2 '--drain -1|duration' $echo -l tcp://127.0.0.1:0 --drain -1
refuses 2 '--service time|daytime' $echo -l tcp://127.0.0.1:0 --service time
refuses 2 '--log loud|debug' $echo -l tcp://127.0.0.1:0 --log loud
serve busy --listen tcp://127.0.0.1:0 --listen unix:busy.sock
refuses 1 "$url|in use" $echo -l tcp://127.0.0.1:0 -l "$url"
[ ! -s out ] || fail "ready is printed though not all could be served: $(cat out)"
refuses 1 'busy.sock|in use' $echo -l unix:busy.sock
refuses 1 'no/such/folder|No such file' $echo -l unix:no/such/folder
# root may write anywhere: a file system that takes no sockets refuses everybody
refuses 1 '/proc/eddy.sock' $echo -l unix:/proc/eddy.sock

# eddy-load
refuses 2 'expected a subcommand|echo, line, frames, cache, http, chat, selftest, plan, run, merge, compare or html|--help' $load
refuses 2 'ecko|expected echo|--help' $load ecko "$url"
refuses 2 '--bogus|expected echo|--help' $load --bogus
refuses 2 '-c: expected echo|html first' $load -c 5 echo "$url"
refuses 2 'url is required|--help' $load echo
refuses 2 '--bogus|--help' $load echo --bogus
refuses 2 '--search p99|p99<2ms' $load echo "$url" --search p99
refuses 2 '--search|without --closed' $load echo "$url" --search 'p99<2ms' --closed
refuses 2 '--staircase 5:1:1|not below' $load echo "$url" --staircase 5:1:1
refuses 2 '--closed|without --rate' $load echo "$url" --closed --rate 10
refuses 2 '--overload drop|with --pipeline' $load echo "$url" --overload drop --rate 10
refuses 2 '--source 192.0.2.1|of this machine' $load echo "$url" --source 192.0.2.1
refuses 2 '--hostile rude:5|slow-read' $load echo "$url" --hostile rude:5
refuses 2 '0|expected' $load echo "$url" -c 0
refuses 2 'many|expected' $load echo "$url" -c many
refuses 2 '0|expected' $load echo "$url" --size 0
refuses 2 '0|expected' $load echo "$url" --pipeline 0
refuses 2 '1000000000|at most 200000' $load echo "$url" --pipeline 1000000000
refuses 2 "unixgram:|expected the server's path" $load echo unixgram:
refuses 2 '-1|expected' $load echo "$url" -d -1
refuses 2 '0|expected' $load echo "$url" --rate 0
refuses 2 '2e9|at most 1e9' $load echo "$url" --rate 2e9
refuses 2 '4294967295|this process can have only' $load echo "$url" -c 4294967295
refuses 1 'cannot be written' sh -c "$load echo $url -c 1 -d 0.1 >/dev/full"
refuses 2 '8|16' $load echo udp://127.0.0.1:9 --size 8
refuses 2 '70000|65507' $load echo udp://127.0.0.1:9 --size 70000
refuses 1 'no/such/folder/x.json' $load echo "$url" -d 1 --json no/such/folder/x.json
refuses 1 '--csv no/such/folder/x' $load echo "$url" -d 1 --csv no/such/folder/x
refuses 1 '--hdr no/such/folder/x' $load echo "$url" -d 1 --hdr no/such/folder/x
refuses 1 '--html no/such/folder/x' $load echo "$url" -d 1 --html no/such/folder/x
refuses 2 '--csv -|expected a file' $load echo "$url" -d 1 --csv -
refuses 2 '--html x|--csv' $load echo "$url" -d 1 --csv x --html x
refuses 2 '--interval 1.00 ms|10,000 intervals' $load echo "$url" -d 1h --interval 1ms
refuses 2 '--interval 0|more than 0' $load echo "$url" --interval 0
refuses 2 '--prometheus 70000|expected a port' $load echo "$url" --prometheus 70000
refuses 1 "$(port_of "$url")|in use" $load echo "$url" --prometheus "$(port_of "$url")"
refuses 2 '--server-pid 0|expected' $load echo "$url" --server-pid 0
refuses 2 '--server-pid 4000000000|expected' $load echo "$url" --server-pid 4000000000
refuses 1 'tcp://127.0.0.1:1|refused' $load echo tcp://127.0.0.1:1 -c 1 -d 1
refuses 1 'nobody.sock' $load echo unix:nobody.sock -c 1 -d 1

refuses 2 '--request: expected the line' $load line tcp://127.0.0.1:1
refuses 2 '--request a{no}|position 2, {no}|{seq}' $load line tcp://127.0.0.1:1 --request 'a{no}'
refuses 2 '--expect-regex (|regular expression' $load line tcp://127.0.0.1:1 --request a --expect-regex '('
refuses 2 '--newline cr|crlf or lf' $load line tcp://127.0.0.1:1 --request a --newline cr
refuses 2 'udp://127.0.0.1:7|expected tcp://' $load line udp://127.0.0.1:7 --request a
refuses 2 '--prefix 3|1, 2, 4 or 8' $load frames tcp://127.0.0.1:1 --prefix 3
refuses 2 '--size 256|255' $load frames tcp://127.0.0.1:1 --prefix 1 --size 256
refuses 2 '--distribution normal|uniform' $load cache tcp://127.0.0.1:1 --distribution normal
refuses 2 '--get-ratio 2|0 to 1' $load cache tcp://127.0.0.1:1 --get-ratio 2
refuses 2 '--ratio|--get-ratio' $load cache tcp://127.0.0.1:1 --get-ratio 1 --ratio 1:1
refuses 2 '--value-size 9-1|from-to' $load cache tcp://127.0.0.1:1 --value-size 9-1
refuses 2 'url is required|--help' $load http
refuses 2 'https://h/|TLS' $load http https://h/
refuses 2 'tcp://127.0.0.1:1|expected http://' $load http tcp://127.0.0.1:1
refuses 2 "--header x|'Name: value'" $load http http://127.0.0.1:1/ --header x
refuses 2 '--body @/no/such|file' $load http http://127.0.0.1:1/ --body @/no/such
refuses 2 '--expect-status 20|200 to 599' $load http http://127.0.0.1:1/ --expect-status 20
refuses 1 'tcp://127.0.0.1:1|refused' $load http http://127.0.0.1:1/ -c 1 -d 1
refuses 1 '--preload|refused' $load cache tcp://127.0.0.1:1 --preload

refuses 2 'udp://127.0.0.1:7|expected tcp://' $load chat udp://127.0.0.1:7
refuses 2 'url is required|--help' $load chat
refuses 2 '--size 10|expected 30 to' $load chat tcp://127.0.0.1:1 --size 10
refuses 2 '--channel eddy|expected #' $load chat tcp://127.0.0.1:1 --channel eddy
refuses 2 '--nick-prefix 7|expected' $load chat tcp://127.0.0.1:1 --nick-prefix 7
refuses 1 'tcp://127.0.0.1:1|the sender did not join|refused' $load chat tcp://127.0.0.1:1

# A run that could not measure says so in its report, too; an older one does not stay.
echo '{"ok": true}' >old.json
refuses 1 'tcp://127.0.0.1:1|refused' $load echo tcp://127.0.0.1:1 -c 1 -d 1 --json old.json
grep -q '"ok": false' old.json || fail "the report of an earlier run was left: $(cat old.json)"
grep -q 'refused' old.json || fail "the report does not say why: $(cat old.json)"

# Reports of earlier runs
$load echo "$url" -c 1 -d 0.1 --json a.json >/dev/null
$load echo "$url" -c 1 -d 0.1 --json b.json --rate 100 >/dev/null
echo '{"schema": 1}' >strange.json
refuses 2 '0 reports|two or more' $load merge
refuses 2 'a.json|a shard of a plan, or another report' $load merge a.json
refuses 2 'b.json|settings/model|a.json' $load merge a.json b.json
refuses 2 'none.json|can be read' $load merge a.json none.json
refuses 2 'strange.json|eddy-load' $load compare a.json strange.json
refuses 2 'old.json|refused' $load compare a.json old.json
refuses 2 '3 reports|two' $load compare a.json b.json a.json
refuses 2 '--fail-if p98>+5%|p99.9' $load compare a.json b.json --fail-if 'p98>+5%'
refuses 2 '-o FILE' $load html a.json
refuses 1 '-o no/such/folder/x' $load html a.json -o no/such/folder/x
