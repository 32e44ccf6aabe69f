// SPDX-License-Identifier: MIT
// A second translation unit with every header: anything defined twice keeps the test program from
// linking.
#include <ciess/ciess.hpp>

#include <strings.h>

#include <cstdlib>

// Names of ours that POSIX or the standard have in the global namespace would be ambiguous here.
using namespace ciess;
[[maybe_unused]] static const index_t beside_posix = 0;
