# SPDX-License-Identifier: MIT
# Requests for an installed ciess, good and bad, and what the answer must say.
#   cmake -DBUILD=... -DPREFIX=... -DVERSION=... -DCOMPILER=... -DGENERATOR=... -DPARALLEL=... -DFILES=...
#     -DCOMPRESSED=... -DMPI=... -DEIGEN=...
#     -P requests.cmake      (EIGEN: the folder of Eigen3Config.cmake)
cmake_minimum_required(VERSION 3.25)

# ask(RESULT WORDS ANSWER OPTION...): configures a project that asks find_package in these words. RESULT: takes or
# refuses; ANSWER: a regular expression, in which blanks stand for line breaks as well.
function(ask result words answer)
  string(REPLACE " " ";" request "${words}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} --fresh -S ${CMAKE_CURRENT_LIST_DIR}/request -B ${BUILD} -G ${GENERATOR}
      -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${PREFIX} "-DREQUEST=${request}" ${ARGN}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  if((result STREQUAL "takes" AND status) OR (result STREQUAL "refuses" AND NOT status) OR NOT output MATCHES "${answer}")
    message(FATAL_ERROR "find_package(ciess ${words}) ${ARGN}: expected that it ${result}, saying\n${answer}\ngot\n${output}")
  endif()
endfunction()

string(REGEX MATCH "^([0-9]+)\\.([0-9]+)\\.([0-9]+)$" matched "${VERSION}")
set(minor ${CMAKE_MATCH_1}.${CMAKE_MATCH_2})
math(EXPR next "${CMAKE_MATCH_2} + 1")
set(next_minor ${CMAKE_MATCH_1}.${next})
math(EXPR next "${CMAKE_MATCH_3} + 1")
set(next_patch ${minor}.${next})
math(EXPR next "${CMAKE_MATCH_1} + 1")
set(next_major ${next}.0)

ask(takes "REQUIRED" "ciess ${VERSION}: found 1, parallel ")
ask(takes "${minor} REQUIRED" "ciess ${VERSION}: found 1")
ask(takes "${VERSION} EXACT REQUIRED" "ciess ${VERSION}: found 1")
ask(takes "${minor}...<${next_minor} REQUIRED" "ciess ${VERSION}: found 1")
foreach(version ${next_patch} ${next_minor} ${next_major})
  ask(refuses "${version} REQUIRED" "compatible with requested version \"${version}\".*ciessConfig.cmake, version: ${VERSION}")
endforeach()

set(components parallel files compressed mpi)
set(packages_of_parallel TBB)
set(packages_of_files nlohmann_json)
set(packages_of_compressed ZLIB zstd)
set(packages_of_mpi MPI)
ask(refuses "REQUIRED COMPONENTS gpu" "NOT FOUND.*ciess has no component gpu. It has: parallel, files, compressed, mpi\\.")
ask(takes "REQUIRED OPTIONAL_COMPONENTS gpu" "found 1")
foreach(component IN LISTS components)
  string(TOUPPER ${component} built)
  if(${built})
    ask(takes "${minor} REQUIRED COMPONENTS ${component}" "found 1.* ${component} TRUE")
    foreach(package IN LISTS packages_of_${component})
      ask(refuses "REQUIRED COMPONENTS ${component}" "Its component ${component} needs ${package}, which is not found\\."
        -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
      ask(takes "REQUIRED OPTIONAL_COMPONENTS ${component}" "found 1.* ${component} FALSE"
        -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
    endforeach()
  else()
    list(JOIN packages_of_${component} " and " packages)
    ask(refuses "REQUIRED COMPONENTS ${component}" "installed without its component ${component}, or without ${packages}\\.")
  endif()
endforeach()
if(COMPRESSED)  # libzstd as packagers leave it who give it no targets, or none that is known
  file(WRITE ${BUILD}.plain/zstdConfig.cmake "")
  ask(takes "REQUIRED COMPONENTS compressed" "compressed TRUE" -Dzstd_DIR=${BUILD}.plain)
  ask(refuses "REQUIRED COMPONENTS compressed" "Its component compressed needs zstd, which is not found\\."
    -Dzstd_DIR=${BUILD}.plain -Dzstd_LIBRARY=OFF)
endif()

ask(refuses "REQUIRED" "package configuration file provided by \"Eigen3\"" -DBARE=ON)
ask(refuses "REQUIRED" "package configuration file provided by \"xtensor\"" -DBARE=ON -DEigen3_DIR=${EIGEN})
ask(takes "QUIET" "ciess ${VERSION}: found (0|FALSE)" -DBARE=ON)
file(WRITE ${BUILD}.old/Eigen3Config.cmake "")
file(WRITE ${BUILD}.old/Eigen3ConfigVersion.cmake "set(PACKAGE_VERSION 3.3.9)\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n")
ask(refuses "REQUIRED" "ciess needs Eigen 3.4 or newer, found 3.3.9 in " -DEigen3_DIR=${BUILD}.old)
