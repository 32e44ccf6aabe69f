# Target `reference`: the public headers and the README as pages, reference/index.html in the build folder. A warning is
# an error. 1.9.4 is the oldest Doxygen that is known to read these headers.
find_package(Doxygen 1.9.4 QUIET)
if(DOXYGEN_FOUND)
  file(CONFIGURE OUTPUT Doxyfile @ONLY CONTENT [[
@INCLUDE         = "@PROJECT_SOURCE_DIR@/Doxyfile"
PROJECT_NUMBER   = @PROJECT_VERSION@
OUTPUT_DIRECTORY = "@PROJECT_BINARY_DIR@"
]])
  add_custom_target(reference VERBATIM
    COMMAND Doxygen::doxygen ${PROJECT_BINARY_DIR}/Doxyfile
    # where the README's links to files lead
    COMMAND ${CMAKE_COMMAND} -E copy_directory examples ${PROJECT_BINARY_DIR}/reference/examples
    COMMAND ${CMAKE_COMMAND} -E copy_directory tests/backbone ${PROJECT_BINARY_DIR}/reference/tests/backbone
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(CIESS_BUILD_TESTS AND NOT CIESS_TEST_TAG)
    add_test(NAME reference_has_no_warnings COMMAND ${DOXYGEN_EXECUTABLE} ${PROJECT_BINARY_DIR}/Doxyfile
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
endif()
