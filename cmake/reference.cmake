# SPDX-License-Identifier: MIT
# Target `reference`: the public headers and the README as pages, reference/index.html in the build folder. A warning is
# an error. 1.9.4 is the oldest Doxygen that is known to read these headers.
find_package(Doxygen 1.9.4 QUIET)
if(DOXYGEN_FOUND)
  file(CONFIGURE OUTPUT Doxyfile @ONLY CONTENT [[
@INCLUDE         = "@PROJECT_SOURCE_DIR@/Doxyfile"
PROJECT_NUMBER   = @PROJECT_VERSION@
OUTPUT_DIRECTORY = "@PROJECT_BINARY_DIR@"
]])
  # Where the README's links lead, and those of bench/*.md and examples/README.md. These are no pages, as Doxygen 1.9.4
  # knows no anchors made of headings; a link to them needs one, or it is taken for a reference to a page.
  set(copies "")
  foreach(folder .github bench examples include tests/backbone)
    list(APPEND copies COMMAND ${CMAKE_COMMAND} -E copy_directory ${folder} ${PROJECT_BINARY_DIR}/reference/${folder})
  endforeach()
  list(APPEND copies COMMAND ${CMAKE_COMMAND} -E copy CITATION.cff LICENSE ${PROJECT_BINARY_DIR}/reference)
  add_custom_target(reference VERBATIM
    COMMAND Doxygen::doxygen ${PROJECT_BINARY_DIR}/Doxyfile
    ${copies}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(CIESS_BUILD_TESTS AND NOT CIESS_TEST_TAG)
    add_test(NAME reference_has_no_warnings COMMAND ${DOXYGEN_EXECUTABLE} ${PROJECT_BINARY_DIR}/Doxyfile
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
endif()
