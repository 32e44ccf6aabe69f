// SPDX-License-Identifier: MIT
// The search with what it does when nobody says how, and nothing done with it.
#include <ciess/search/find_sizes.hpp>

int main() {}
