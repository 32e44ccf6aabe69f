// SPDX-License-Identifier: MIT
// The door, for a method of one's own.
#include <ciess/search/search.hpp>

int main() {}
