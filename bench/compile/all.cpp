// SPDX-License-Identifier: MIT
// Everything that needs Eigen and xtensor only, and nothing done with it.
#include <ciess/ciess.hpp>

int main() {}
