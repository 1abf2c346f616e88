#!/usr/bin/env bash
# Runs a plan of eddy-load on several machines over ssh, by GNU parallel, and merges what they found.
#
#   ssh.sh PLAN HOST HOST...      for instance   ssh.sh plan.json load1 load2 alice@load3
#
# Each host makes one shard; a host named twice makes two, and ":" is this machine, without ssh. eddy-load is to be in
# the PATH of each. The machines' clocks are to agree (NTP). Environment: LEAD, seconds until all begin to measure (20),
# in which connections are opened; OPTIONS, more for `eddy-load run`, such as --threads 4.
# Leaves shard-1.json and so on, and all.json, in the current folder. Exits with the status of the merge: 1 also when a
# shard is missing.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }

plan=$1
shift
shards=$#
at=$(($(date +%s) + ${LEAD:-20}))
rm -f shard-*.json all.json

# The plan goes to stdin, and the report comes back on stdout: nothing is left behind on the machines.
run() {
  local host=$1 number=$2
  local command="eddy-load run /dev/stdin --at $at --shard $number/$shards --json - ${OPTIONS:-}"
  local report=shard-$number.json status=0
  if [ "$host" = : ]; then bash -c "$command" <"$plan"; else ssh -o BatchMode=yes "$host" "$command" <"$plan"; fi >"$report.part" || status=$?
  # One that could not measure has nothing to merge.
  if grep -q '"series"' "$report.part"; then mv "$report.part" "$report"; else rm "$report.part"; fi
  return $status
}
export -f run
export plan at shards OPTIONS
printf '%s\n' "$@" | parallel --jobs 0 --line-buffer --tagstring '{}' run {} {#} ||
  echo "ssh.sh: not all shards went well; merging what there is" >&2
eddy-load merge shard-*.json --json all.json
