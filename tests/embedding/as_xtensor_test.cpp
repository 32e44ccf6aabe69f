// SPDX-License-Identifier: MIT
#include <ciess/embedding/as_xtensor.hpp>

#include <vector>

#include <ciess/embedding/table_view.hpp>

#include "support/catch.hpp"

namespace {

template <class T>
concept shown = requires(T&& t) { ciess::as_xtensor(std::forward<T>(t)).shape(); };
static_assert(shown<const ciess::masked_table&> && shown<ciess::sizes&>);
static_assert(!shown<ciess::masked_table> && !shown<ciess::sizes>);  // they would dangle

}  // namespace

TEST_CASE("a table and its sizes are xtensor expressions in place", "[embedding]") {
  const std::vector<int> values{2, 3};
  ciess::basic_masked_table<double> table(ciess::sizes(values, {1, 3}));
  table[0][1] = 5;
  table[1][2] = 7;
  const auto x = ciess::as_xtensor(table);
  static_assert(!ciess::table_sink<decltype(x)>);
  CHECK(x.shape() == std::array<std::size_t, 2>{2, 3});
  CHECK(x.storage().data() == table.values().data());
  CHECK(x(0, 1) == 5);
  CHECK(x(0, 2) == 0);
  CHECK(x(1, 2) == 7);
  const xt::xtensor<double, 2> doubled = 2 * x;
  CHECK(doubled(1, 2) == 14);

  const auto s = ciess::as_xtensor(table.row_sizes());
  CHECK(s.shape() == std::array<std::size_t, 1>{2});
  CHECK(s.storage().data() == table.row_sizes().values().data());
  CHECK(s(1) == 3);
}

TEST_CASE("a table without rows is an empty expression", "[embedding]") {
  const ciess::masked_table table(ciess::sizes(0, {1, 3}));
  CHECK(ciess::as_xtensor(table).shape() == std::array<std::size_t, 2>{0, 3});
  CHECK(ciess::as_xtensor(table.row_sizes()).size() == 0);
}
