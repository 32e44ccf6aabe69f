// SPDX-License-Identifier: MIT
// A second translation unit with every header: anything defined twice keeps the test program from
// linking.
#include <ciess/ciess.hpp>
