# Shared by the program tests. EDDY_BIN is the folder of the programs. Each test has its own folder, and everything that it
# starts ends with it.
set -euo pipefail

work=$(mktemp -d)
started=()
cleanup() {
  local pid
  for pid in "${started[@]}"; do
    kill -CONT "$pid" 2>/dev/null || true
    kill -KILL "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
# A process that strace holds cannot be looked over for leaks.
under_trace=(env "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0")

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# until_true SECONDS COMMAND...: repeats it until it succeeds.
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $deadline ] || fail "not within its deadline: $*"
    sleep 0.05
  done
}

lines_in() { [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }

# start NAME COMMAND...: runs it in the background with stdout in NAME.out and stderr in NAME.err; its pid is in $pid.
start() {
  local name=$1
  shift
  # The child empties the files a moment after `start` has returned: a line of an earlier NAME would be taken for its own.
  rm -f "$name.out" "$name.err"
  "$@" >"$name.out" 2>"$name.err" &
  pid=$!
  started+=("$pid")
}

# serve NAME ARGUMENTS...: starts $server_program and waits until it is ready; $url is the first address, all are in NAME.out.
serve() {
  local name=$1 listeners
  shift
  listeners=$(printf '%s\n' "$@" | grep -c -e '^--listen$' -e '^-l$')
  start "$name" "${wrap[@]}" "$EDDY_BIN/$server_program" "$@"
  until_true 30 lines_in "$name.out" "$listeners"
  url=$(sed -n '1s/^ready //p' "$name.out")
}
server_program=eddy-echo
wrap=()

# ends NAME PID STATUS: waits for the process to end by itself, and with that status.
ends() {
  local status=0
  until_true 60 gone "$2"
  wait "$2" || status=$?
  [ "$status" -eq "$3" ] || fail "$1 ended with $status instead of $3: $(cat "$1.err")"
}

port_of() { echo "${1##*:}"; }

# field FILE KEY: a number or text of a JSON file that has the key once.
field() { sed -n "s/^ *\"$2\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$1" | head -n 1; }

# cpu_ticks PID: user and system time it has used, in clock ticks.
cpu_ticks() { awk '{sub(/^.*\) /, ""); print $12 + $13}' "/proc/$1/stat"; }

# refuses STATUS WORDS COMMAND...: it ends so and says one line on stderr; every word, separated by |, must be in it.
refuses() {
  local expected=$1 words=$2 status=0 word
  shift 2
  timeout 60 "$@" >out 2>err </dev/null || status=$?
  [ "$status" -eq "$expected" ] || fail "$*: status $status instead of $expected: $(cat err)"
  [ "$(wc -l <err)" -eq 1 ] || fail "$*: expected one line, got: $(cat err)"
  IFS='|' read -ra words <<<"$words"
  for word in "${words[@]}"; do
    grep -qF -- "$word" err || fail "$*: \"$word\" is not in: $(cat err)"
  done
}

# resident PID: KiB of memory.
resident() { awk '$1 == "VmRSS:" {print $2}' "/proc/$1/status"; }
