#!/usr/bin/env bash
# Programs that were written for memcached work with eddy-cache unchanged: libmemcached's conformance test and load
# generator, and the clients of Python and Perl.
. "$(dirname "$0")/lib.sh"

for tool in memccapable memcaslap; do
  command -v $tool >/dev/null || { echo "no $tool here"; exit 77; }
done
# Debian's Python, which has Debian's packages.
python=$(/usr/bin/python3 -c 'import pymemcache; print("yes")' 2>/dev/null) || python=no
perl=$(perl -MCache::Memcached -e 'print "yes"' 2>/dev/null) || perl=no
[ "$python$perl" != nono ] || { echo "neither Python's pymemcache nor Perl's Cache::Memcached here"; exit 77; }

# memcaslap wants the same port for TCP and UDP.
for _ in {1..50}; do
  port=$((RANDOM % 20000 + 20000))
  start cache "$EDDY_BIN/eddy-cache" -l 127.0.0.1 -p $port -U $port -t 2
  cache=$pid
  until_true 30 eval "lines_in cache.out 2 || gone $cache"
  lines_in cache.out 2 && break
done
lines_in cache.out 2 || fail "no port found: $(cat cache.err)"
server=127.0.0.1:$port

timeout 120 memccapable -a -h 127.0.0.1 -p "$port" >capable 2>&1 || fail "memccapable: $(cat capable)"
cat capable
grep -q '^All tests passed' capable || fail "memccapable did not pass"

# slap OPTIONS...: a few seconds of load in which every value that comes back is compared.
slap() {
  timeout 100 memcaslap -s $server -t 3s -T 1 -c 16 -X 100 -w 1k --verify=1.0 "$@" >slap 2>&1 || fail "memcaslap $*: $(cat slap)"
  echo "memcaslap $*: $(grep -o 'Ops: [0-9]*' slap | tail -n 1)"
  for count in get_misses verify_misses verify_failed packet_disorder packet_drop udp_timeout expired_get unexpired_unget; do
    ! grep "^$count:" slap | grep -qv ": 0$" || fail "memcaslap $*: $(grep "^$count:" slap)"
  done
  grep -q '^verify_failed: 0' slap || fail "memcaslap $*: nothing was verified: $(cat slap)"
  [ "$(grep -o 'Ops: [0-9]*' slap | tail -n 1 | cut -d ' ' -f 2)" -gt 100 ] || fail "memcaslap $*: hardly anything was done: $(cat slap)"
}
slap
slap -U
slap -d 20
slap -e 0.1
slap -R

with_python() {
  /usr/bin/python3 - "$port" <<'PYTHON' || fail "pymemcache"
import sys
from pymemcache.client.base import Client
client = Client(("127.0.0.1", int(sys.argv[1])), default_noreply=False)
assert client.flush_all()
assert client.set("key", b"value \r\n\x00\xff", expire=100)
assert client.get("key") == b"value \r\n\x00\xff"
assert client.get("none") is None
assert not client.add("key", b"other") and client.replace("key", b"7")
value, cas = client.gets("key")
assert value == b"7" and client.cas("key", b"8", cas) and client.cas("key", b"9", cas) is False
assert client.incr("key", 5) == 13 and client.decr("key", 20) == 0
assert client.set_many({f"many{i}": str(i) for i in range(500)}) == []
assert client.get_many([f"many{i}" for i in range(600)]) == {f"many{i}": str(i).encode() for i in range(500)}
assert client.append("many1", b"1") and client.prepend("many1", b"0") and client.get("many1") == b"011"
assert client.touch("many1", 100) and client.delete("many1") and not client.delete("many1")
large = bytes(range(256)) * 4000
assert client.set("large", large) and client.get("large") == large
assert client.set("silent", b"x", noreply=True) is True and client.get("silent") == b"x"
assert client.version().count(b".") >= 2 and int(client.stats()[b"curr_items"]) > 500
print("pymemcache: ok")
PYTHON
}

with_perl() {
  perl - "$server" <<'PERL' || fail "Cache::Memcached"
use strict;
use Cache::Memcached;
my $cache = Cache::Memcached->new({servers => [$ARGV[0]], compress_threshold => 10_000});
$cache->set("perl", {a => [1, 2, 3]}) or die "set";
$cache->get("perl")->{a}[2] == 3 or die "get";
$cache->set("long", "x" x 100_000) && $cache->get("long") eq "x" x 100_000 or die "long";
!$cache->add("perl", 1) && $cache->replace("perl", 41) && $cache->incr("perl") == 42 or die "add, replace, incr";
$cache->set("p$_", $_) or die "set p$_" for 1 .. 100;
my $all = $cache->get_multi(map { "p$_" } 1 .. 200);
keys %$all == 100 && $all->{p77} == 77 or die "get_multi";
$cache->delete("perl") && !defined $cache->get("perl") or die "delete";
$cache->flush_all or die "flush_all";
!defined $cache->get("p1") or die "flushed";
print "Cache::Memcached: ok\n";
PERL
}

if [ "$python" = yes ]; then with_python; else echo "no pymemcache here"; fi
if [ "$perl" = yes ]; then with_perl; else echo "no Cache::Memcached here"; fi

kill -TERM "$cache"
ends cache "$cache" 0
