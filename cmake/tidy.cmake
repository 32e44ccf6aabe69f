# SPDX-License-Identifier: MIT
# Target `tidy`: clang-tidy over one translation unit with every header of the core and one with those of the components
# that there are. Needs no more than a configured build.
find_program(CIESS_CLANG_TIDY NAMES clang-tidy-19 clang-tidy)
if(CIESS_CLANG_TIDY)
  set(includes "")
  foreach(component IN LISTS ciess_components)
    if(TARGET ciess_${component})
      foreach(header IN LISTS ciess_${component}_headers)
        string(APPEND includes "#include <${header}>\n")
      endforeach()
    endif()
  endforeach()
  set(components ${PROJECT_BINARY_DIR}/tidy/components.cpp)
  file(CONFIGURE OUTPUT ${components} CONTENT "${includes}" @ONLY)
  add_custom_target(tidy VERBATIM USES_TERMINAL COMMAND_EXPAND_LISTS
    COMMAND ${CIESS_CLANG_TIDY} --quiet --config-file=${PROJECT_SOURCE_DIR}/.clang-tidy
      ${PROJECT_SOURCE_DIR}/tests/odr_test.cpp ${components} -- -std=c++20
      -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/tests
      "-isystem$<JOIN:$<TARGET_PROPERTY:Eigen3::Eigen,INTERFACE_INCLUDE_DIRECTORIES>,;-isystem>")
endif()
