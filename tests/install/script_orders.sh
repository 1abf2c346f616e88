# Each script of tools/ configures what it needs, whatever other scripts have asked of the same folder before. Here they
# run in several orders, on a tree of links, with a cmake that configures and does not build.
set -euo pipefail
source_folder=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mkdir -p "$folder/bin" "$folder/tree/tools"
for file in "$source_folder"/*; do
  case "${file##*/}" in build | tools) ;; *) ln -s "$file" "$folder/tree" ;; esac
done
for file in "$source_folder"/tools/*; do ln -s "$file" "$folder/tree/tools"; done
# Nothing is installed.
ln -sf /bin/true "$folder/tree/tools/setup"
cmake=$(command -v cmake)
printf '#!/bin/sh\nif [ "$1" = --build ]; then exit 1; fi\nexec "%s" "$@"\n' "$cmake" >"$folder/bin/cmake"
chmod +x "$folder/bin/cmake"
export PATH=$folder/bin:$PATH
cd "$folder/tree"

# after BUILD "SCRIPT ARGUMENT..." TARGET|VARIABLE=VALUE...: runs the script until it would build. The folder BUILD then has
# each TARGET, and each VARIABLE has that VALUE.
after() {
  local build=$1 script=$2 expected
  # shellcheck disable=SC2086  # words of a command
  if $script >"$folder/log" 2>&1; then echo "$script: built nothing, and did not say so"; exit 1; fi
  shift 2
  for expected in "$@"; do
    case "$expected" in
      *=*) grep -qE "^${expected%%=*}:[A-Z]+=${expected#*=}\$" "$build/CMakeCache.txt" ;;
      *) ninja -C "$build" -t query "$expected" >/dev/null 2>&1 ;;
    esac || { cat "$folder/log"; echo "after ${done_before:-nothing} and $script, $build: expected $expected"; exit 1; }
  done
  done_before="${done_before:-}${done_before:+, }$script"
}
demo() { after build/release tools/demo eddy-echo eddy-load EDDY_BUILD_TESTS=OFF EDDY_WERROR=ON; }
versus() { after build/release tools/versus versus-eddy versus-fan_out_client floor-epoll_echo eddy-load; }
check() { after build/release "tools/check release" eddy-reactor-tests eddy-embedding-tests eddy-cache versus-eddy EDDY_TEST_SHARDS=4; }

demo
versus
check
demo
check
versus
