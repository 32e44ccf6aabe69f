// SPDX-License-Identifier: MIT
// The search, and nothing done with it.
#include <ciess/search/search.hpp>

int main() {}
