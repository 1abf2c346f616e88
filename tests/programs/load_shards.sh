#!/usr/bin/env bash
# A run that several processes make together: planned once, run in shards that begin at the same instant, merged exactly;
# and the ready-made files for fleets do just that.
fleet=$(cd "$(dirname "$0")/../../tools/load/fleet" && pwd)
. "$(dirname "$0")/lib.sh"
export PATH=$EDDY_BIN:$PATH
soon() { echo $(($(date +%s) + ${1:-8})); }

serve echo --listen tcp://127.0.0.1:0
eddy-load plan plan.json echo "$url" -c 30 --rate 300 -d 1s --arrival poisson --pipeline 50 >out || fail "plan: $(cat out)"
grep -q '^plan.json: echo .* 30 connections, open, 300 messages/s, 1 s$' out || fail "the plan's summary: $(cat out)"
eddy-load run plan.json --json whole.json >out || fail "the whole: $(cat out)"

# merges_all NAME: 1.json, 2.json and 3.json are the whole run.
merges_all() {
  eddy-load merge 1.json 2.json 3.json --json all.json >out || fail "$1: $(cat out)"
  [ "$(field all.json opened)" = 30 ] || fail "$1: $(field all.json opened) connections"
  [ "$(field all.json sent)" = "$(field whole.json sent)" ] || fail "$1: $(field all.json sent) of $(field whole.json sent) sent"
  rm 1.json 2.json 3.json
}

at=$(soon)
for i in 1 2 3; do
  start "shard$i" eddy-load run plan.json --at "$at" --shard "$i/3" --json "$i.json" --threads $i
  shards[i]=$pid
done
for i in 1 2 3; do ends "shard$i" "${shards[i]}" 0; done
merges_all processes

# As Slurm starts its tasks.
at=$(soon)
for i in 1 2 3; do
  start "task$i" env PLAN=plan.json AT="$at" SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_COUNT=3 bash "$fleet/slurm.sbatch"
  shards[i]=$pid
done
for i in 1 2 3; do
  ends "task$i" "${shards[i]}" 0
  mv "shard-$i.json" "$i.json"
done
merges_all Slurm

# The command of Kubernetes' pods, filled in as envsubst does it.
at=$(soon)
command=$(sed -n '/- >-$/,/volumeMounts/p' "$fleet/kubernetes.yaml" | sed '1d;$d' | tr -s '\n ' ' ')
for i in 0 1 2; do
  filled=$(sed -e "s|\${AT}|$at|; s|\${SHARDS}|3|; s|/plan/|$work/|; s|/dev/termination-log|$work/last$i|" <<<"$command")
  start "pod$i" env JOB_COMPLETION_INDEX=$i sh -c "$filled"
  shards[i]=$pid
done
for i in 0 1 2; do
  ends "pod$i" "${shards[i]}" 0
  mv "pod$i.out" "$((i + 1)).json"
  grep -q '^ok' "last$i" || fail "no summary of pod $i"
done
merges_all Kubernetes

if parallel --version 2>/dev/null | grep -q GNU; then
  LEAD=8 OPTIONS='--threads 2' bash "$fleet/ssh.sh" plan.json : : : >out 2>&1 || fail "ssh.sh: $(cat out)"
  for i in 1 2 3; do mv "shard-$i.json" "$i.json"; done
  merges_all parallel
  # A machine that is not there: what the others found is merged, and says that it is not all.
  status=0
  LEAD=8 bash "$fleet/ssh.sh" plan.json : : host.invalid >out 2>&1 || status=$?
  [ "$status" -eq 1 ] && grep -q 'shard 3 of 3 is missing' out || fail "a shard less: status $status: $(cat out)"
else
  echo "GNU parallel is not here: ssh.sh is not tried"
fi

# Interrupted while it waits for the others.
start waiting eddy-load run plan.json --at "$(soon 300)" --json waiting.json --live
sleep 1
kill -INT "$pid"
ends waiting "$pid" 1
grep -q '"interrupted": true' waiting.json || fail "not told that it was interrupted: $(head -c 300 waiting.json)"

refuses 2 'plan: expected FILE' eddy-load plan
refuses 2 'plan: expected a protocol' eddy-load plan x.json
refuses 2 'plan: |--nosuch' eddy-load plan x.json echo "$url" --nosuch
refuses 2 '--json|eddy-load run' eddy-load plan x.json echo "$url" --json y.json
refuses 2 'chat: expected another' eddy-load plan x.json chat "$url"
[ ! -e x.json ] || fail "a plan was written that is none"
refuses 2 'run: expected FILE' eddy-load run
refuses 2 'nosuch.json: expected a file' eddy-load run nosuch.json
refuses 2 'all.json: expected a plan' eddy-load run all.json
refuses 2 '/tmp: expected a file' eddy-load run /tmp
refuses 2 '--connections 0' eddy-load plan x.json echo "$url" -c 0
refuses 2 '--shard 4/3: expected' eddy-load run plan.json --shard 4/3
refuses 2 '--shard 1/31: expected at most 30' eddy-load run plan.json --shard 1/31
refuses 2 '--at 1970-01-01T00:00:01Z: expected a time to come' eddy-load run plan.json --at 1
refuses 2 '--at soon: expected a time such as' eddy-load run plan.json --at soon
refuses 2 '--interval: expected in the plan' eddy-load run plan.json --interval 2s
refuses 2 '--size' eddy-load run plan.json --size 5
refuses 1 '/nosuch/plan.json' eddy-load plan /nosuch/plan.json echo "$url"
eddy-load plan x.json echo tcp://nosuch.invalid:7 >out || fail "a name that only the fleet knows: $(cat out)"
grep -q 'Not known on this machine: .*nosuch.invalid' out || fail "not told: $(cat out)"
