# SPDX-License-Identifier: MIT
# Several sources in one translation unit: the library's templates are then compiled once for all of them, which takes
# half the time of a whole build, or less. One that changes takes its neighbours with it, so it is for machines that build
# everything, and off by default.
option(CIESS_TOGETHER "Compile several sources of tests and programs at once" OFF)

# With it, what is compiled to be tested is compiled with less zeal: -O1 takes two fifths less time than -O3, and g++ an
# eighth less again if it inlines small functions alone, which run as fast.
set(ciess_sooner "")
if(CIESS_TOGETHER)
  set(ciess_sooner $<$<CONFIG:Release>:-O1> "$<$<CXX_COMPILER_ID:GNU>:SHELL:--param max-inline-insns-single=15>")
endif()

# ciess_together(OUT FOLDER UNITS SOURCE...): OUT is the sources in as many units, each source in a namespace of its own with
# its includes before it, each if there is such a header. Which unit is told by its name alone: one that is added changes
# no other unit. Sources that define macros or open namespaces that are not theirs stay alone. Who compiles them needs
# ${PROJECT_SOURCE_DIR} among the last of its include folders.
function(ciess_together out folder units)
  set(result "")
  set(sources ${ARGN})
  list(SORT sources)
  foreach(source IN LISTS sources)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    file(STRINGS ${source} bad REGEX
      "^(#define|#ifn?def|#if [^_]|using namespace ciess|namespace [a-z_:]+ {)")
    if(bad)
      list(APPEND result ${source})
      continue()
    endif()
    file(RELATIVE_PATH name ${CMAKE_CURRENT_SOURCE_DIR} ${source})
    string(MAKE_C_IDENTIFIER ${name} name)
    string(REGEX REPLACE "^_+" "" name ${name})  # of files of the build folder
    string(SHA256 hash ${name})
    string(SUBSTRING ${hash} 0 8 hash)
    math(EXPR number "0x${hash} % ${units}")
    file(STRINGS ${source} lines REGEX "^#include")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include (<[^>]*>).*$" "#if __has_include(\\1)\n#include \\1\n#endif" line "${line}")
      list(APPEND includes_${number} "${line}")
    endforeach()
    # By a path that says nothing of this machine: what is compiled in one clone is then, to ccache, the same in another.
    file(RELATIVE_PATH include ${PROJECT_SOURCE_DIR} ${source})
    if(include MATCHES "^[.][.]/")
      set(include ${source})
    endif()
    string(APPEND unit_${number} "namespace ${name} {\n#include \"${include}\"\n}\n")
  endforeach()
  math(EXPR last "${units} - 1")
  foreach(number RANGE ${last})
    if(DEFINED unit_${number})
      list(REMOVE_DUPLICATES includes_${number})
      list(JOIN includes_${number} "\n" includes)
      set(file ${CMAKE_CURRENT_BINARY_DIR}/${folder}/${number}.cpp)
      file(CONFIGURE OUTPUT ${file} CONTENT "${includes}\n${unit_${number}}" @ONLY)
      list(APPEND result ${file})
    endif()
  endforeach()
  set(${out} ${result} PARENT_SCOPE)
endfunction()
