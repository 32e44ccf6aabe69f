// SPDX-License-Identifier: MIT
#include <ciess/ranking/click_evaluation.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

ciess::click_evaluation some() {
  ciess::click_evaluation e;
  e.auc = 0.75;
  e.log_loss = 0.5;
  e.impressions = 10;
  e.clicks = 4;
  e.first_row = {0, 2, 2, 3};
  e.likelihood = {0.5, 1, 0.25};
  e.shown = {3, 0, 10};
  return e;
}

}  // namespace

TEST_CASE("a click evaluation gives rows by their table", "[ranking]") {
  const auto e = some();
  CHECK(e.tables() == 3);
  CHECK(std::ranges::equal(e.likelihood_of(0), std::vector{0.5, 1.0}));
  CHECK(e.likelihood_of(1).empty());
  CHECK(std::ranges::equal(e.likelihood_of(2), std::vector{0.25}));
  CHECK(std::ranges::equal(e.shown_of(0), std::vector<ciess::index_t>{3, 0}));
  CHECK(e.mean_likelihood() == std::exp(-0.5));
  CHECK(ciess::click_evaluation{}.tables() == 0);
}

TEST_CASE("a click evaluation comes back from its fields", "[ranking]") {
  auto e = some();
  ciess::click_evaluation back;
  load_fields(save_fields(e), back);
  CHECK(save_fields(back) == save_fields(e));
  CHECK(back.first_row == e.first_row);
  CHECK(back.likelihood == e.likelihood);
  CHECK(back.shown == e.shown);
  CHECK(back.clicks == 4);
}

TEST_CASE("a click evaluation refuses fields that belong to none", "[ranking]") {
  const auto refused = [](auto&& spoil, const char* expected) {
    auto e = some();
    spoil(e);
    ciess::click_evaluation back;
    CHECK_THROWS_WITH(load_fields(save_fields(e), back), ContainsSubstring(expected));
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused([&](auto& e) { e.auc = nan; }, "auc");
  refused([](auto& e) { e.auc = 1.5; }, "auc");
  refused([&](auto& e) { e.log_loss = nan; }, "log_loss");
  refused([](auto& e) { e.log_loss = -1; }, "log_loss");
  refused([](auto& e) { e.impressions = -1; }, "impressions");
  refused([](auto& e) { e.clicks = 11; }, "clicks");
  refused([](auto& e) { e.first_row = {}; }, "first_row");
  refused([](auto& e) { e.first_row = {0, 2, 1, 3}; }, "first_row");
  refused([](auto& e) { e.first_row = {0, 4}; }, "first_row");
  refused([](auto& e) { e.first_row = {1, 3}; }, "first_row");
  refused([&](auto& e) { e.likelihood[1] = nan; }, "likelihood");
  refused([](auto& e) { e.likelihood[1] = 1.5; }, "likelihood");
  refused([](auto& e) { e.shown.pop_back(); }, "shown");
  refused([](auto& e) { e.shown[0] = 11; }, "shown");
}
