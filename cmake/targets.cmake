# What users get: headers, a language level, dependencies. No flags, no definitions.
add_library(ciess INTERFACE)
add_library(ciess::ciess ALIAS ciess)
file(GLOB_RECURSE ciess_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.hpp)
list(REMOVE_ITEM ciess_headers ${PROJECT_SOURCE_DIR}/include/ciess/core/threads.hpp)
target_sources(ciess INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${ciess_headers})
target_compile_features(ciess INTERFACE cxx_std_20)
target_link_libraries(ciess INTERFACE Eigen3::Eigen xtensor)
set_target_properties(ciess PROPERTIES VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})

# Threads by oneTBB: the one header that needs it.
if(CIESS_PARALLEL AND TBB_FOUND)
  add_library(ciess_parallel INTERFACE)
  add_library(ciess::parallel ALIAS ciess_parallel)
  set_target_properties(ciess_parallel PROPERTIES EXPORT_NAME parallel
    VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
  target_sources(ciess_parallel INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include
    FILES ${PROJECT_SOURCE_DIR}/include/ciess/core/threads.hpp)
  target_link_libraries(ciess_parallel INTERFACE ciess TBB::tbb)
endif()

# What we add for ourselves; never installed.
add_library(ciess_dev INTERFACE)
target_link_libraries(ciess_dev INTERFACE ciess $<TARGET_NAME_IF_EXISTS:ciess_parallel>)
target_compile_options(ciess_dev INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror
  # g++ 12 sees reads past the end in Eigen's inlined products that are not there (GCC bug 106247 and kin), and
  # overlaps in sums of strings (GCC bug 105651)
  $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-restrict>)
if(CIESS_NATIVE)
  target_compile_options(ciess_dev INTERFACE -march=native)
endif()
