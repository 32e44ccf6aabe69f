# SPDX-License-Identifier: MIT
# A port of the sources around it:   vcpkg install ciess --overlay-ports=<ciess>/cmake/vcpkg
# In a registry, SOURCE_PATH comes from vcpkg_from_github or its kin; the rest stays.
set(SOURCE_PATH "${CURRENT_PORT_DIR}/../..")
set(VCPKG_BUILD_TYPE release)  # headers only

vcpkg_check_features(OUT_FEATURE_OPTIONS options FEATURES
  parallel   CIESS_PARALLEL
  files      CIESS_FILES
  compressed CIESS_COMPRESSED
  mpi        CIESS_MPI)
vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -DCIESS_BUILD_TESTS=OFF -DCIESS_BUILD_EXAMPLES=OFF -DCIESS_INSTALL=ON ${options})
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/ciess)
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
