// SPDX-License-Identifier: MIT
#include <ciess/backbone/click_layout.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/small_clicks.hpp"

using ciess::click_layout;
using ciess::size_range;
using support::small_clicks;

TEST_CASE("tables are the fields, and the features' rows if there are", "[backbone]") {
  const click_layout with(small_clicks(), {1, 8}, {}, true);
  CHECK(with.names == std::vector<std::string>{"user", "item", "genres", "weekday", "features"});
  CHECK(with.feature_rows);
  CHECK(with.shapes[2] == ciess::table_shape{6, {1, 8}});
  CHECK(with.shapes[4].rows == 2);
  CHECK(with.input.slots == 6);
  CHECK(with.input.features == 0);
  CHECK(with.input.width() == 48);
  CHECK(with.input.table_of == std::vector<std::size_t>{0, 1, 2, 3, 4, 4});
  CHECK(with.first_row(0) == 0);
  CHECK(with.first_row(3) == 56);
  CHECK(with.first_row(5) == 61);
  const click_layout without(small_clicks(), {1, 8}, {}, false);
  CHECK(without.tables() == 4);
  CHECK(without.input.features == 2);
  CHECK(without.input.slots == 4);
  const click_layout alone({{"user", 30}, {"genres", 6, true}}, {"price"}, {1, 8}, {}, true);
  CHECK(alone.names == std::vector<std::string>{"user", "genres", "features"});
  CHECK(alone.fields[1].pooled);
  CHECK(alone.shapes[2].rows == 1);
  const auto bare = support::made_clicks({.features = false});
  CHECK(click_layout(bare, {1, 8}, {}, true).tables() == 4);
}

TEST_CASE("each table may have a range of its own", "[backbone]") {
  const std::vector<size_range> ranges{{1, 4}, {2, 16}, {1, 3}, {1, 1}};
  const click_layout layout(small_clicks(), {1, 8}, ranges, false);
  for (std::size_t t = 0; t < ranges.size(); ++t) CHECK(layout.shapes[t].range == ranges[t]);
  CHECK(layout.input.columns == 16);
  CHECK_THROWS_WITH(click_layout(small_clicks(), {1, 8}, ranges, true),
                    ContainsSubstring("ranges of 5 tables, got 4"));
  CHECK_THROWS_AS(click_layout(small_clicks(), {3, 2}, {}, true), ciess::argument_error);
}

TEST_CASE("a field whose list it is must be one when it is shown, too", "[backbone]") {
  const click_layout layout(small_clicks(), {1, 8}, {}, true);
  CHECK_NOTHROW(layout.check("x", support::larger_clicks()));
  ciess::impressions::parts p;
  p.fields = {{"user", 30}, {"item", 20}, {"genres", 6}, {"weekday", 3}};
  p.features = {"price", "age"};
  p.numbers.resize(0, 2);
  const ciess::impressions no_list(p);
  CHECK_THROWS_WITH(
      layout.check("x", no_list),
      "x: field 2 is genres of 6 rows, the model was made for genres of 6 rows, pooled");
}
