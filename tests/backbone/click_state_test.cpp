// SPDX-License-Identifier: MIT
#include <ciess/backbone/click_state.hpp>
// its own header first
#include <limits>
#include <string>

#include <ciess/backbone/fm.hpp>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/small_clicks.hpp"

static_assert(ciess::visitable<ciess::click_state<float>>);

TEST_CASE("a state of a click model names what does not fit", "[backbone]") {
  auto model = support::small_click_model<ciess::fm>();
  model.train(2);
  const auto good = model.snapshot();
  CHECK_NOTHROW(good.check("x", good));
  const auto refused = [&](auto change, const char* why) {
    auto bad = good;
    change(bad);
    CHECK_THROWS_WITH(bad.check("x", good), ContainsSubstring(why));
  };
  refused([](auto& s) { s.weights.tables.pop_back(); }, "x: expected 5 tables, got 4");
  refused([](auto& s) { s.rows.pop_back(); }, "states of tables");
  refused([](auto& s) { s.first_order.pop_back(); }, "states of first weights");
  refused([](auto& s) { s.rows[1].second.resize(20, 5); }, "columns of moments");
  refused([](auto& s) { s.first_order[1].first.resize(2, 1); }, "rows of moments");
  refused([](auto& s) { s.rows[1].squares.resize(3); }, "sums of squares");
  refused([](auto& s) { s.second.resize(7); }, "moments, got 7");
  refused([](auto& s) { s.weights.tables[1] = ciess::masked_table(ciess::sizes(20, {2, 6})); },
          "table 1 has 20 rows with sizes in [2, 6], expected 20 in [1, 6]");
  refused([](auto& s) { s.rate.factor = 7; }, "factor");
  refused([](auto& s) { s.steps = -3; }, "steps must be >= 0, got -3");
}

TEST_CASE("a loaded state of a click model is refused where it cannot be", "[backbone]") {
  auto model = support::small_click_model<ciess::fm>();
  model.train(2);
  const auto spoiled = [&](auto change) {
    auto s = model.snapshot();
    change(s);
    const auto saved = save_fields(s);
    auto to = model.snapshot();
    CHECK_THROWS_AS(load_fields(saved, to), ciess::data_error);
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  spoiled([&](auto& s) { s.weights.parameters[3] = nan; });
  spoiled([&](auto& s) { s.first[0] = nan; });
  spoiled([&](auto& s) { s.rows[2].second(1, 1) = nan; });
  spoiled([&](auto& s) { s.first_order[0].first(1, 0) = nan; });
  spoiled([&](auto& s) { s.weights.tables[0][1][1] = nan; });
  spoiled([](auto& s) { s.steps = -1; });
  spoiled([](auto& s) { s.rate.every = 0; });
}
