// SPDX-License-Identifier: MIT
// A budget spent to the number, without the rest of the library. Exit code 0 = it works.
#include <vector>

#include <ciess/search/budget/projection.hpp>

int main() {
  const std::vector<ciess::table_shape> shapes{{.rows = 3, .range = {1, 10}}};
  return ciess::project(shapes, {{1, 2, 6}}, {10}).total() == 10 ? 0 : 1;
}
