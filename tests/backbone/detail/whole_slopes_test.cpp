// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/whole_slopes.hpp>
// its own header first
#include <vector>

#include "support/catch.hpp"
#include "support/made_rows.hpp"
#include "support/small_clicks.hpp"

TEST_CASE("slopes of whole tables are those of a batch's rows, and zeros", "[backbone]") {
  const auto& data = support::small_clicks();
  const ciess::click_layout layout(data, {1, 3}, {}, true);
  std::vector<ciess::basic_masked_table<double>> tables;
  for (const auto& s : layout.shapes)
    tables.emplace_back(ciess::sizes(s.rows, s.range), support::made_rows(s.rows, 3));
  ciess::detail::shown_rows<double> shown(layout);
  ciess::detail::whole_slopes<double> whole;
  // The second batch leaves nothing of the first.
  for (const ciess::index_t i : {5, 11}) {
    const std::vector<ciess::index_t> which{i};
    const ciess::impression_batch batch{&data, which};
    const auto dx = support::made_rows(1, layout.input.width(), 8);
    shown.assign(layout, batch);
    (void)shown.collect(layout, batch, tables, 0, dx, std::vector<double>{2.0});
    whole.spread(layout, shown);
    const auto user = data.values(i, 0)[0];
    CHECK(whole.tables[0].row(user) == dx.row(0).head(3));
    CHECK(whole.first[0][user] == 2);
    CHECK(whole.first[0].sum() == 2);
    CHECK(whole.tables[0].squaredNorm() == Approx(dx.row(0).head(3).squaredNorm()));
    CHECK(whole.tables[4].rows() == 2);
  }
}
