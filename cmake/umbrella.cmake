# SPDX-License-Identifier: MIT
# Checks that include/ciess/ciess.hpp includes every header, area by area, the lowest first, except those of
# components.cmake and what lies in folders named detail, and that no header includes one of an area above its own:   cmake -P cmake/umbrella.cmake
# Writes it anew:              cmake -DWRITE=ON -P cmake/umbrella.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/components.cmake)
set(include ${CMAKE_CURRENT_LIST_DIR}/../include)
set(lines "")
set(lower "")
foreach(area core data embedding io nn backbone ranking rl search study)
  # An include only ever points down.
  list(APPEND lower ${area})
  file(GLOB_RECURSE headers ${include}/ciess/${area}/*.hpp)
  foreach(header IN LISTS headers)
    file(STRINGS ${header} included REGEX "^#include <ciess/")
    foreach(line IN LISTS included)
      string(REGEX REPLACE "^#include <ciess/([^/>]*)[/>].*$" "\\1" other "${line}")
      if(NOT other IN_LIST lower AND NOT other STREQUAL "ciess.hpp")
        message(FATAL_ERROR "${header}: ${line} points up: ${area} stands on ${lower} alone")
      endif()
    endforeach()
  endforeach()
  file(GLOB_RECURSE headers RELATIVE ${include} ${include}/ciess/${area}/*.hpp)
  list(REMOVE_ITEM headers ${ciess_component_headers})
  list(FILTER headers EXCLUDE REGEX "/detail/")
  foreach(header IN LISTS headers)
    string(APPEND lines "#include <${header}>\n")
  endforeach()
endforeach()
set(wanted "// SPDX-License-Identifier: MIT
/// @file
/// Everything that needs Eigen and xtensor only. Written by cmake/umbrella.cmake.
#pragma once

// clang-format off
${lines}")

if(WRITE)
  file(WRITE ${include}/ciess/ciess.hpp "${wanted}")
  return()
endif()
file(READ ${include}/ciess/ciess.hpp found)
if(NOT found STREQUAL wanted)
  message(FATAL_ERROR "ciess.hpp is out of date. Write it anew: cmake -DWRITE=ON -P cmake/umbrella.cmake")
endif()
