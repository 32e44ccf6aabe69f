# SPDX-License-Identifier: MIT
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
# Nothing in it depends on the processor, so it goes to share, not to lib.
set(ciess_config_dir ${CMAKE_INSTALL_DATADIR}/cmake/ciess)
install(TARGETS ciess EXPORT ciessTargets FILE_SET HEADERS)
install(EXPORT ciessTargets NAMESPACE ciess:: DESTINATION ${ciess_config_dir})
# A component has a file of targets of its own, which ciessConfig.cmake reads when it is asked for.
foreach(component IN LISTS ciess_components)
  if(TARGET ciess_${component})
    install(TARGETS ciess_${component} EXPORT ciess-${component} FILE_SET HEADERS)
    install(EXPORT ciess-${component} NAMESPACE ciess:: DESTINATION ${ciess_config_dir})
  endif()
endforeach()
if(TARGET ciess_compressed)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/Findzstd.cmake DESTINATION ${ciess_config_dir})
endif()
configure_package_config_file(cmake/ciessConfig.cmake.in ciessConfig.cmake INSTALL_DESTINATION ${ciess_config_dir})
write_basic_package_version_file(ciessConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/ciessConfig.cmake ${PROJECT_BINARY_DIR}/ciessConfigVersion.cmake
  DESTINATION ${ciess_config_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/ciess)
