# Libraries that are headers alone, taken from the machine that builds. Only the one folder comes into sight, through a
# symbolic link: the rest of /usr/include is another system's.
function(eddy_header_only target folder)
  if(TARGET ${target})
    return()
  endif()
  find_path(EDDY_HOST_${folder} NAMES ${folder} PATHS /usr/local/include /usr/include NO_DEFAULT_PATH
            NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  set(headers ${CMAKE_BINARY_DIR}/headers)
  file(MAKE_DIRECTORY ${headers})
  file(CREATE_LINK ${EDDY_HOST_${folder}}/${folder} ${headers}/${folder} SYMBOLIC)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE ${headers})
endfunction()
