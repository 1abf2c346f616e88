# The README's lines for who wants the library configure a build of nothing else, in which a warning is no error.
set -euo pipefail
source_folder=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

line=$(grep -m 1 '^cmake -B build ' "$source_folder/README.md")
# shellcheck disable=SC2086  # words of a command
cd "$source_folder" && ${line/-B build/-B $folder/build} >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }

targets=$(ninja -C "$folder/build" -t targets all)
grep -q '^reactor/libeddy_reactor.a:' <<<"$targets"
for name in eddy-echo eddy-load eddy_cli floor-epoll_echo eddy-reactor-tests; do
  if grep -qE "(^|/)(lib)?$name(\.a)?:" <<<"$targets"; then echo "README's line builds $name, too: $line"; exit 1; fi
done
grep -qx 'EDDY_WERROR:BOOL=OFF' "$folder/build/CMakeCache.txt" || { echo "expected EDDY_WERROR to be off"; exit 1; }
