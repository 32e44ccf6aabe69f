// SPDX-License-Identifier: MIT
// The search, and nothing done with it.
#include <ciess/search/find_sizes.hpp>

int main() {}
