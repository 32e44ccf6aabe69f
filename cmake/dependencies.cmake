# Unversioned first: a request for 3.4 would refuse Eigen 5, which serves as well.
find_package(Eigen3 REQUIRED NO_MODULE)
if(Eigen3_VERSION VERSION_LESS 3.4)
  message(FATAL_ERROR "ciess needs Eigen 3.4 or newer, found ${Eigen3_VERSION}")
endif()
find_package(xtensor REQUIRED)
find_package(TBB QUIET)  # optional: without it everything runs on one thread, with the same results
