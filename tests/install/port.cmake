# SPDX-License-Identifier: MIT
# Runs the vcpkg port on stand-ins of vcpkg's functions: its options and paths must be right for the sources around it.
#   cmake -DBUILD=... -DCOMPILER=... -DGENERATOR=... -P port.cmake
cmake_minimum_required(VERSION 3.25)
set(CURRENT_PORT_DIR ${CMAKE_CURRENT_LIST_DIR}/../../cmake/vcpkg)
set(packages ${BUILD}/packages)
file(REMOVE_RECURSE ${BUILD})

function(vcpkg_check_features)  # as if none was asked for
  cmake_parse_arguments(PARSE_ARGV 0 arg "" OUT_FEATURE_OPTIONS FEATURES)
  set(options "")
  while(arg_FEATURES)
    list(POP_FRONT arg_FEATURES feature variable)
    file(READ ${CURRENT_PORT_DIR}/vcpkg.json manifest)
    string(JSON found GET "${manifest}" features ${feature})  # an error if there is no such feature
    list(APPEND options -D${variable}=OFF)
  endwhile()
  set(${arg_OUT_FEATURE_OPTIONS} ${options} PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" SOURCE_PATH OPTIONS)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${arg_SOURCE_PATH} -B ${BUILD}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
      -DCMAKE_INSTALL_PREFIX=${packages} ${arg_OPTIONS}
    COMMAND_ERROR_IS_FATAL ANY ERROR_VARIABLE errors OUTPUT_QUIET)
  if(errors MATCHES "Manually-specified variables were not used by the project:(.*)")
    message(FATAL_ERROR "portfile.cmake sets what the project does not know: ${CMAKE_MATCH_1}")
  endif()
endfunction()

function(vcpkg_cmake_install)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD}/build COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
endfunction()

function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" CONFIG_PATH "")
  if(NOT EXISTS ${packages}/${arg_CONFIG_PATH}/ciessConfig.cmake)
    message(FATAL_ERROR "portfile.cmake: no ciessConfig.cmake in ${arg_CONFIG_PATH}")
  endif()
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" FILE_LIST)
  foreach(file IN LISTS arg_FILE_LIST)
    if(NOT EXISTS ${file})
      message(FATAL_ERROR "portfile.cmake: no ${file}")
    endif()
  endforeach()
endfunction()

include(${CURRENT_PORT_DIR}/portfile.cmake)
foreach(component parallel files compressed mpi)
  if(EXISTS ${packages}/share/cmake/ciess/ciess-${component}.cmake)
    message(FATAL_ERROR "the port has the component ${component}, which was not asked for")
  endif()
endforeach()
