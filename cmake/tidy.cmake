# SPDX-License-Identifier: MIT
# Target `tidy`: clang-tidy over one translation unit with every header of the core and those of the components that there
# are; of two units the second would be the core again, for the most part. Needs no more than a configured build.
find_program(CIESS_CLANG_TIDY NAMES clang-tidy-19 clang-tidy)
if(CIESS_CLANG_TIDY)
  set(includes "#include <ciess/ciess.hpp>\n")
  foreach(component IN LISTS ciess_components)
    if(TARGET ciess_${component})
      foreach(header IN LISTS ciess_${component}_headers)
        string(APPEND includes "#include <${header}>\n")
      endforeach()
    endif()
  endforeach()
  set(headers ${PROJECT_BINARY_DIR}/tidy/headers.cpp)
  file(CONFIGURE OUTPUT ${headers} CONTENT "${includes}" @ONLY)
  set(mpi "")
  if(TARGET MPI::MPI_CXX)
    set(mpi "-isystem$<JOIN:$<TARGET_PROPERTY:MPI::MPI_CXX,INTERFACE_INCLUDE_DIRECTORIES>,;-isystem>")
  endif()
  add_custom_target(tidy VERBATIM COMMAND_EXPAND_LISTS
    COMMAND ${CIESS_CLANG_TIDY} --quiet --config-file=${PROJECT_SOURCE_DIR}/.clang-tidy ${headers} -- -std=c++20
      -I${PROJECT_SOURCE_DIR}/include
      "-isystem$<JOIN:$<TARGET_PROPERTY:Eigen3::Eigen,INTERFACE_INCLUDE_DIRECTORIES>,;-isystem>" "${mpi}")
endif()
