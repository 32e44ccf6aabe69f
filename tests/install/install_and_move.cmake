# SPDX-License-Identifier: MIT
# Installs ciess and moves what was installed: nothing of it may know where it was.
#   cmake -DBUILD=... -DPREFIX=... -P install_and_move.cmake
file(REMOVE_RECURSE ${PREFIX} ${PREFIX}.before)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}.before COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${PREFIX}.before ${PREFIX})
foreach(file include/ciess/ciess.hpp share/cmake/ciess/ciessConfig.cmake share/licenses/ciess/LICENSE)
  if(NOT EXISTS ${PREFIX}/${file})
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()
