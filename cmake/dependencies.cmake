# SPDX-License-Identifier: MIT
# Unversioned first: a request for 3.4 would refuse Eigen 5, which serves as well.
find_package(Eigen3 QUIET NO_MODULE)
if(NOT Eigen3_FOUND)
  message(FATAL_ERROR "ciess needs Eigen 3.4 or newer and finds none. "
    "Debian: apt-get install libeigen3-dev. Elsewhere installed: -DEigen3_DIR=<folder of Eigen3Config.cmake>.")
elseif(Eigen3_VERSION VERSION_LESS 3.4)
  message(FATAL_ERROR "ciess needs Eigen 3.4 or newer, found ${Eigen3_VERSION} in ${Eigen3_DIR}.")
endif()

find_package(xtensor QUIET)
if(NOT xtensor_FOUND)
  message(FATAL_ERROR "ciess needs xtensor and finds none. "
    "Debian: apt-get install libxtensor-dev. Elsewhere installed: -Dxtensor_DIR=<folder of xtensorConfig.cmake>.")
endif()

if(CIESS_PARALLEL)
  find_package(TBB QUIET)  # optional: without it everything runs on one thread, with the same results
endif()
if(PROJECT_IS_TOP_LEVEL AND CIESS_PARALLEL AND NOT TBB_FOUND)
  message(STATUS "ciess: no oneTBB, so no ciess::parallel: everything will run on one thread")
endif()
if(CIESS_FILES)
  find_package(nlohmann_json QUIET)  # optional: without it there is no ciess::files
endif()
if(PROJECT_IS_TOP_LEVEL AND CIESS_FILES AND NOT nlohmann_json_FOUND)
  message(STATUS "ciess: no nlohmann_json, so no ciess::files: tables are not packed into files")
endif()
if(CIESS_COMPRESSED)
  find_package(ZLIB QUIET)  # optional: without one of the two there is no ciess::compressed
  list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
  find_package(zstd QUIET MODULE)
  list(REMOVE_ITEM CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
endif()
if(PROJECT_IS_TOP_LEVEL AND CIESS_COMPRESSED AND NOT (ZLIB_FOUND AND zstd_FOUND))
  message(STATUS "ciess: no zlib or no libzstd, so no ciess::compressed: gzip and zstd are not read")
endif()
if(CIESS_MPI)
  set(MPI_CXX_SKIP_MPICXX ON)  # MPI's C functions are all that is called
  find_package(MPI QUIET COMPONENTS CXX)  # optional: without it there is no ciess::mpi
endif()
if(PROJECT_IS_TOP_LEVEL AND CIESS_MPI AND NOT MPI_CXX_FOUND)
  message(STATUS "ciess: no MPI, so no ciess::mpi: searches run on one machine")
endif()
