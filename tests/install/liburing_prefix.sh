# A liburing in a folder of its own is found and used, headers and library, and one that does not link is left alone.
set -euo pipefail
source_folder=$1
pkg-config --exists 'liburing >= 2.3' || { echo "liburing is not installed here"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

headers=$(pkg-config --variable=includedir liburing)
libraries=$(pkg-config --variable=libdir liburing)
own=$folder/own
mkdir -p "$own/include" "$own/lib/pkgconfig"
cp -r "$headers"/liburing "$headers"/liburing.h "$own/include"
cp -P "$libraries"/liburing.so* "$own/lib"
printf 'prefix=%s\nincludedir=${prefix}/include\nlibdir=${prefix}/lib\nName: liburing\nDescription: a copy\nVersion: 2.3\nLibs: -L${libdir} -luring\nCflags: -I${includedir}\n' \
  "$own" >"$own/lib/pkgconfig/liburing.pc"

# configure NAME ARGUMENT...
configure() {
  local build=$folder/$1
  shift
  env "$@" cmake -S "$source_folder" -B "$build" -G Ninja -DEDDY_BUILD_APPS=OFF -DEDDY_BUILD_TESTS=OFF >"$build.log" 2>&1 || {
    cat "$build.log"
    exit 1
  }
}
expect() {
  if ! grep -qF -- "$2" "$folder/$1/$3"; then cat "$folder/$1.log"; echo "$1: expected $2 in $3"; exit 1; fi
}

configure by_cmake CMAKE_PREFIX_PATH="$own"
configure by_pkg_config PKG_CONFIG_PATH="$own/lib/pkgconfig"
for name in by_cmake by_pkg_config; do
  expect $name "-isystem $own/include" build.ninja
  expect $name "$own/lib/liburing.so" build.ninja
  expect $name "-Wl,-rpath,$own/lib" build.ninja
  expect $name "-L$own/lib -Wl,-rpath,$own/lib -luring" eddy.pc
done

# Another machine's, say.
for file in "$own"/lib/liburing.so*; do ln -sf /dev/null "$file"; done
configure foreign CMAKE_PREFIX_PATH="$own"
expect foreign "liburing.so does not link as liburing 2.3 for this target" ../foreign.log
if grep -q EDDY_HAS_URING "$folder/foreign/build.ninja"; then echo "foreign: io_uring is built"; exit 1; fi
