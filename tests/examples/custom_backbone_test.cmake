# SPDX-License-Identifier: MIT
# The example's promise, counted: its adaptor takes at most 40 lines, and the shop's code before it does without us.
#   cmake -P custom_backbone_test.cmake
cmake_minimum_required(VERSION 3.25)
file(READ ${CMAKE_CURRENT_LIST_DIR}/../../examples/custom_backbone.cpp text)
if(NOT text MATCHES "\n// ---- adaptor begins ----\n(.*)// ---- adaptor ends ----\n")
  message(FATAL_ERROR "custom_backbone.cpp: the marks around the adaptor are gone")
endif()
string(REGEX REPLACE "[^\n]" "" ends "${CMAKE_MATCH_1}")
string(LENGTH "${ends}" lines)
if(lines GREATER 40)
  message(FATAL_ERROR "custom_backbone.cpp: the adaptor has ${lines} lines, more than 40")
endif()
string(FIND "${text}" "}  // namespace shop" end)
string(FIND "${text}" "ciess" first)
if(end LESS 0 OR first LESS end)
  message(FATAL_ERROR "custom_backbone.cpp: the shop's code, which comes first, must not know of ciess")
endif()
message("the adaptor has ${lines} lines")
