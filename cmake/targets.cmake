# SPDX-License-Identifier: MIT
include(${CMAKE_CURRENT_LIST_DIR}/components.cmake)

# What users get: headers, a language level, dependencies. No flags, no definitions.
add_library(ciess INTERFACE)
add_library(ciess::ciess ALIAS ciess)
file(GLOB_RECURSE ciess_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.hpp)
foreach(header IN LISTS ciess_component_headers)
  list(REMOVE_ITEM ciess_headers ${PROJECT_SOURCE_DIR}/include/${header})
endforeach()
target_sources(ciess INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${ciess_headers})
target_compile_features(ciess INTERFACE cxx_std_20)
target_link_libraries(ciess INTERFACE Eigen3::Eigen xtensor)
set_target_properties(ciess PROPERTIES VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})

# ciess_add_component(NAME DEPENDENCY...): the headers of one component, for those who have what it needs.
function(ciess_add_component name)
  add_library(ciess_${name} INTERFACE)
  add_library(ciess::${name} ALIAS ciess_${name})
  set_target_properties(ciess_${name} PROPERTIES EXPORT_NAME ${name}
    VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
  list(TRANSFORM ciess_${name}_headers PREPEND ${PROJECT_SOURCE_DIR}/include/ OUTPUT_VARIABLE headers)
  target_sources(ciess_${name} INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${headers})
  target_link_libraries(ciess_${name} INTERFACE ciess ${ARGN})
endfunction()

if(CIESS_PARALLEL AND TBB_FOUND)
  ciess_add_component(parallel TBB::tbb)
endif()
if(CIESS_FILES AND nlohmann_json_FOUND)
  ciess_add_component(files nlohmann_json::nlohmann_json)
endif()
if(CIESS_COMPRESSED AND ZLIB_FOUND AND zstd_FOUND)
  ciess_add_component(compressed ZLIB::ZLIB ciess::zstd)
endif()
if(CIESS_MPI AND MPI_CXX_FOUND)
  ciess_add_component(mpi MPI::MPI_CXX)
endif()

# What we add for ourselves; never installed.
add_library(ciess_dev INTERFACE)
target_link_libraries(ciess_dev INTERFACE ciess $<TARGET_NAME_IF_EXISTS:ciess_parallel>
  $<TARGET_NAME_IF_EXISTS:ciess_files> $<TARGET_NAME_IF_EXISTS:ciess_compressed>)
set(ciess_warnings -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)
target_compile_options(ciess_dev INTERFACE ${ciess_warnings}
  # g++ 12 sees reads past the end in Eigen's inlined products that are not there (GCC bug 106247 and kin), and
  # overlaps in sums of strings (GCC bug 105651)
  $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-restrict>)
# g++ collects garbage at every few megabytes of growth, which takes a third of its time where templates abound.
target_compile_options(ciess_dev INTERFACE
  "$<$<CXX_COMPILER_ID:GNU>:SHELL:--param ggc-min-expand=200 --param ggc-min-heapsize=800000>")
if(CIESS_NATIVE)
  target_compile_options(ciess_dev INTERFACE -march=native)
endif()
