# Finds liburing 2.3, in CMAKE_PREFIX_PATH, in PKG_CONFIG_PATH or where the compiler looks, and tries it: a path that is
# found may be another machine's. Sets EDDY_HAS_URING, EDDY_LIBURING (what to link), EDDY_LIBURING_INCLUDE (a folder, or
# nothing) and EDDY_LIBURING_FLAGS (for pkg-config's users).
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(EDDY_LIBURING_PACKAGE QUIET liburing)
endif()
find_path(EDDY_LIBURING_HEADER_FOLDER liburing.h HINTS ${EDDY_LIBURING_PACKAGE_INCLUDEDIR})
find_library(EDDY_LIBURING_FILE uring HINTS ${EDDY_LIBURING_PACKAGE_LIBDIR})
mark_as_advanced(EDDY_LIBURING_HEADER_FOLDER EDDY_LIBURING_FILE)

set(EDDY_HAS_URING OFF)
set(EDDY_LIBURING_INCLUDE "")
if(NOT EDDY_LIBURING_HEADER_FOLDER OR NOT EDDY_LIBURING_FILE)
  message(STATUS "eddy: liburing 2.3 is missing (Debian: liburing-dev): built without the io_uring driver")
  return()
endif()

cmake_path(GET EDDY_LIBURING_FILE PARENT_PATH folder)
if(folder IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
  set(EDDY_LIBURING uring)
  set(EDDY_LIBURING_FLAGS "-luring")
else()
  set(EDDY_LIBURING ${EDDY_LIBURING_FILE})
  set(EDDY_LIBURING_FLAGS "-L${folder} -Wl,-rpath,${folder} -luring")
endif()
if(NOT EDDY_LIBURING_HEADER_FOLDER IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
  set(EDDY_LIBURING_INCLUDE ${EDDY_LIBURING_HEADER_FOLDER})
endif()

# What came with 2.3.
try_compile(works
  SOURCE_FROM_CONTENT liburing.cpp [[
    #include <liburing.h>
    int main() {
      io_uring ring{};
      io_uring_sync_cancel_reg cancel{};
      return io_uring_queue_init(8, &ring, 0) + io_uring_get_events(&ring) + io_uring_register_sync_cancel(&ring, &cancel);
    }
  ]]
  CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${EDDY_LIBURING_INCLUDE}"
  LINK_LIBRARIES ${EDDY_LIBURING}
  CXX_STANDARD 20
  OUTPUT_VARIABLE output)
if(works)
  set(EDDY_HAS_URING ON)
  message(STATUS "eddy: io_uring by ${EDDY_LIBURING_FILE}")
else()
  string(REGEX MATCH "[^\n]*(error|undefined|incompatible|cannot find)[^\n]*" why "${output}")
  message(STATUS "eddy: ${EDDY_LIBURING_FILE} does not link as liburing 2.3 for this target: built without the io_uring "
                 "driver (${why})")
endif()
