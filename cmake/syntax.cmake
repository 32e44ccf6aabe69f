# SPDX-License-Identifier: MIT
# For the preset `syntax`, which reads some 300 headers and sources, each alone: what most of them include is read once,
# into precompiled headers. A file is given one only if it includes, itself or by what it includes, the header that was
# precompiled; that header is then among what it would read anyway, before its own first line. So a file that forgets an
# include finds no more than without: what it does not reach is not there.

# From cheap to dear. Few, for each is read once more; chosen by what they spare.
set(ciess_precompiled
  ciess/core/error.hpp
  ciess/embedding/sizes.hpp
  ciess/search/environment.hpp
  ciess/nn/detail/product.hpp
  ciess/data/loaded.hpp
  ciess/embedding/masked_table.hpp
  ciess/embedding/packed_view.hpp
  ciess/ranking/detail/evaluator.hpp
  ciess/data/detail/doubts.hpp
  ciess/search/ranking_judge.hpp
  ciess/study/presets.hpp)

# ciess_reaches(OUT FILE): those of ciess_precompiled that a file includes, by whatever it includes; not itself.
function(ciess_reaches out file)
  get_property(known GLOBAL PROPERTY "ciess_reaches_${file}" SET)
  if(NOT known)
    set_property(GLOBAL PROPERTY "ciess_reaches_${file}" "")  # a cycle would end here
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    cmake_path(GET file PARENT_PATH folder)
    set(found "")
    file(STRINGS ${file} includes REGEX "^#include [<\"][a-z_0-9/.]+[.]hpp[>\"]")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^#include [<\"]([^>\"]*)[>\"].*$" "\\1" include "${include}")
      if(include IN_LIST ciess_precompiled)
        list(APPEND found ${include})
      endif()
      foreach(root ${folder} ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/bench)
        cmake_path(ABSOLUTE_PATH include BASE_DIRECTORY ${root} NORMALIZE OUTPUT_VARIABLE path)
        if(EXISTS ${path})
          ciess_reaches(more ${path})
          list(APPEND found ${more})
          break()
        endif()
      endforeach()
    endforeach()
    list(REMOVE_DUPLICATES found)
    set_property(GLOBAL PROPERTY "ciess_reaches_${file}" "${found}")
  endif()
  get_property(found GLOBAL PROPERTY "ciess_reaches_${file}")
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# ciess_precompiled_for(OUT FILE): the dearest precompiled header that may stand before a file; empty if there is none.
function(ciess_precompiled_for out file)
  ciess_reaches(reached ${file})
  set(best "")
  foreach(header IN LISTS ciess_precompiled)
    if(header IN_LIST reached)
      set(best ${header})
    endif()
  endforeach()
  if(best)
    string(MAKE_C_IDENTIFIER ${best} best)
    set(best ${PROJECT_BINARY_DIR}/precompiled/${best}.pch)
  endif()
  set(${out} "${best}" PARENT_SCOPE)
endfunction()

# ciess_spare_reading(FILE AS [DIRECTORY FOLDER]): gives source AS, of this folder or another, which is FILE or includes it
# alone, its precompiled header.
function(ciess_spare_reading file as)
  ciess_precompiled_for(precompiled ${file})
  if(precompiled)
    set_source_files_properties(${as} ${ARGN} PROPERTIES
      COMPILE_OPTIONS "-include-pch;${precompiled}" OBJECT_DEPENDS ${precompiled})
  endif()
endfunction()

# ciess_spare_reading_programs(FOLDER): the sources of all programs of a folder, once it was added.
function(ciess_spare_reading_programs folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(NOT type STREQUAL "EXECUTABLE")
      continue()
    endif()
    get_target_property(sources ${target} SOURCES)
    foreach(source IN LISTS sources)
      cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} OUTPUT_VARIABLE file)
      ciess_spare_reading(${file} ${file} DIRECTORY ${folder})
    endforeach()
  endforeach()
endfunction()

set(eigen "$<TARGET_PROPERTY:Eigen3::Eigen,INTERFACE_INCLUDE_DIRECTORIES>")
foreach(header IN LISTS ciess_precompiled)
  string(MAKE_C_IDENTIFIER ${header} name)
  set(file ${PROJECT_BINARY_DIR}/precompiled/${name})
  ciess_precompiled_for(before ${PROJECT_SOURCE_DIR}/include/${header})
  set(on_top_of "")
  if(before)
    set(on_top_of -include-pch ${before})
  endif()
  file(CONFIGURE OUTPUT ${file}.hpp CONTENT "#include <${header}>\n")
  add_custom_command(OUTPUT ${file}.pch VERBATIM COMMAND_EXPAND_LISTS
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 ${ciess_warnings} -I${PROJECT_SOURCE_DIR}/include
      "-isystem$<JOIN:${eigen},;-isystem>" ${on_top_of} -MD -MF ${file}.d -MT ${file}.pch -x c++-header ${file}.hpp -o ${file}.pch
    DEPENDS ${file}.hpp ${before} DEPFILE ${file}.d
    COMMENT "Precompiling ${header}")
  list(APPEND precompiled_files ${file}.pch)
endforeach()
add_custom_target(ciess_precompiled DEPENDS ${precompiled_files})

# The names that CMake gives to sources which include one header alone.
foreach(part "" ${ciess_components})
  if(part)
    set(target ciess_${part})
    list(TRANSFORM ciess_${part}_headers PREPEND ${PROJECT_SOURCE_DIR}/include/ OUTPUT_VARIABLE headers)
  else()
    set(target ciess)
    set(headers ${ciess_headers})
  endif()
  if(TARGET ${target})
    foreach(header IN LISTS headers)
      cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/include OUTPUT_VARIABLE name)
      ciess_spare_reading(${header} ${PROJECT_BINARY_DIR}/${target}_verify_interface_header_sets/${name}.cxx)
    endforeach()
  endif()
endforeach()
