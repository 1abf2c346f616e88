# Builds for macOS, the BSDs and Linux with musl by zig, which carries their headers and C libraries. tools/cross installs
# zig. EDDY_ZIG_TARGET says which target, such as x86_64-freebsd.
set(EDDY_ZIG_TARGET "" CACHE STRING "zig's name of the target: MACHINE-SYSTEM")
set(EDDY_ZIG "" CACHE FILEPATH "The program zig")
set(EDDY_ZIG_HOME "" CACHE PATH "Where its cache and the wrappers of its compilers are kept")
if(NOT EDDY_ZIG)
  execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/../../tools/cross path OUTPUT_VARIABLE zig
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "/node_modules/.*" "" home "${zig}")
  set_property(CACHE EDDY_ZIG PROPERTY VALUE "${zig}")
  set_property(CACHE EDDY_ZIG_HOME PROPERTY VALUE "${home}")
endif()
# Compiler checks are projects of their own.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES EDDY_ZIG_TARGET EDDY_ZIG EDDY_ZIG_HOME)

if(NOT EDDY_ZIG_TARGET MATCHES "^([a-z0-9_]+)-(macos|freebsd|netbsd|openbsd|linux)([.][0-9.]+|-musl)?$")
  message(FATAL_ERROR "EDDY_ZIG_TARGET is \"${EDDY_ZIG_TARGET}\": expected MACHINE-SYSTEM, such as x86_64-freebsd")
endif()
set(system_macos Darwin)
set(system_freebsd FreeBSD)
set(system_netbsd NetBSD)
set(system_openbsd OpenBSD)
set(system_linux Linux)
# What this machine runs is no cross build: its tests are run.
if(NOT (CMAKE_HOST_SYSTEM_NAME STREQUAL "${system_${CMAKE_MATCH_2}}" AND CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL "${CMAKE_MATCH_1}"))
  set(CMAKE_SYSTEM_NAME ${system_${CMAKE_MATCH_2}})
  set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_MATCH_1})
endif()
set(CMAKE_OSX_SYSROOT "")

# CMake wants one program each, without arguments. All targets' libraries are built once, into zig's own cache.
cmake_path(SET zig_home NORMALIZE "${EDDY_ZIG_HOME}")
set(wrappers ${zig_home}/wrappers/${EDDY_ZIG_TARGET})
function(eddy_zig_wrapper name)
  list(JOIN ARGN " " arguments)
  set(script "#!/bin/sh\nZIG_GLOBAL_CACHE_DIR='${zig_home}/cache' exec '${EDDY_ZIG}' ${arguments} \"$@\"\n")
  # ccache tells compilers apart by their age: only a script that differs is written.
  file(CONFIGURE OUTPUT ${wrappers}/${name} CONTENT "${script}" @ONLY)
  file(CHMOD ${wrappers}/${name} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                             WORLD_READ WORLD_EXECUTE)
endfunction()
eddy_zig_wrapper(cc cc -target ${EDDY_ZIG_TARGET})
eddy_zig_wrapper(c++ c++ -target ${EDDY_ZIG_TARGET})
eddy_zig_wrapper(ar ar)
eddy_zig_wrapper(ranlib ranlib)
set(CMAKE_C_COMPILER ${wrappers}/cc)
set(CMAKE_CXX_COMPILER ${wrappers}/c++)
set(CMAKE_AR ${wrappers}/ar)
set(CMAKE_RANLIB ${wrappers}/ranlib)

# The packages of the machine that builds are another system's, but for headers and sources.
list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR}/../cross)
set(CMAKE_FIND_ROOT_PATH ${wrappers})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# This machine's is not the target's.
set(CMAKE_DISABLE_FIND_PACKAGE_OpenSSL ON)
