# SPDX-License-Identifier: MIT
# Target `tidy`: clang-tidy over one translation unit with every header. Needs no more than a configured build.
find_program(CIESS_CLANG_TIDY NAMES clang-tidy-19 clang-tidy)
if(CIESS_CLANG_TIDY)
  add_custom_target(tidy VERBATIM USES_TERMINAL
    COMMAND ${CIESS_CLANG_TIDY} --quiet ${PROJECT_SOURCE_DIR}/tests/odr_test.cpp -- -std=c++20
      -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/tests
      -isystem $<JOIN:$<TARGET_PROPERTY:Eigen3::Eigen,INTERFACE_INCLUDE_DIRECTORIES>,-isystem>)
endif()
