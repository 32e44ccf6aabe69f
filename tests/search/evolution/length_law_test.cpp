// SPDX-License-Identifier: MIT
#include <ciess/search/evolution/length_law.hpp>
// its own header first
#include <map>

#include "support/catch.hpp"

namespace {

/// Shares of sizes among quantiles of equal distance.
std::map<int, double> shares(const ciess::length_law& law, std::size_t table) {
  std::map<int, double> count;
  constexpr int n = 1'000'000;
  for (int i = 0; i < n; ++i) count[law.draw(table, (i + 0.5) / n)] += 1.0 / n;
  return count;
}
double mean(const std::map<int, double>& shares) {
  double sum = 0;
  for (const auto& [size, share] : shares) sum += size * share;
  return sum;
}

}  // namespace

TEST_CASE("sizes are drawn with probabilities in a ratio, and have the budget in the mean",
          "[search]") {
  const std::vector<ciess::table_shape> shapes{{.rows = 600, .range = {1, 64}}};
  // a of the published settings, with sizes from 1 to 64: 1.083 for a fifth of 64 numbers
  const ciess::length_law fifth(shapes, {600 * 64 / 5});
  CHECK(std::exp(fifth.log_a()) == Approx(1.083).epsilon(0.01));
  const auto p = shares(fifth, 0);
  CHECK(mean(p) == Approx(12.8).epsilon(1e-3));
  CHECK(p.at(1) / p.at(2) == Approx(std::exp(fifth.log_a())).epsilon(1e-3));
  CHECK(p.at(10) / p.at(11) == Approx(std::exp(fifth.log_a())).epsilon(2e-3));
  // half of all that there is between 1 and 64: all sizes alike
  const ciess::length_law half(shapes, {600 * 65 / 2});
  CHECK(std::abs(half.log_a()) < 1e-9);
  // more than half: large sizes are likelier
  CHECK(mean(shares(ciess::length_law(shapes, {600 * 60}), 0)) == Approx(60).epsilon(1e-3));
}

TEST_CASE("tables of unlike rows and ranges have the budget in common", "[search]") {
  const std::vector<ciess::table_shape> shapes{{.rows = 1000, .range = {1, 64}},
                                               {.rows = 50, .range = {4, 16}},
                                               {.rows = 0, .range = {1, 8}}};
  for (const ciess::index_t numbers : {1300, 6000, 30000, 60000}) {
    CAPTURE(numbers);
    const ciess::length_law law(shapes, {numbers});
    const double together = 1000 * mean(shares(law, 0)) + 50 * mean(shares(law, 1));
    CHECK(together == Approx(static_cast<double>(numbers)).epsilon(1e-3));
  }
}

TEST_CASE("where tables take different bytes, a law has these in the mean", "[search]") {
  const std::vector<ciess::table_shape> shapes{{.rows = 500, .range = {1, 64}},
                                               {.rows = 300, .range = {1, 32}}};
  for (const ciess::index_t bytes : {900, 6000, 20000}) {
    const ciess::budget limit{.numbers = bytes, .tables = {{2, 1, 1}, {1, 1, 2}}};
    const ciess::length_law law(shapes, limit);
    const double together = 500 * mean(shares(law, 0)) / 2 + 300 * mean(shares(law, 1)) * 2;
    CHECK(together == Approx(static_cast<double>(bytes)).epsilon(2e-3));  // whole numbers of it
  }
}

TEST_CASE("at its ends a law draws one size", "[search]") {
  const std::vector<ciess::table_shape> shapes{{.rows = 10, .range = {2, 9}}};
  for (const double u : {1e-9, 0.5, 0.999999}) {
    CHECK(ciess::length_law(shapes, {20}).draw(0, u) == 2);
    CHECK(ciess::length_law(shapes, {90}).draw(0, u) == 9);
    CHECK(ciess::length_law(shapes, {1000}).draw(0, u) == 9);
    CHECK(ciess::length_law({{{.rows = 3, .range = {5, 5}}}}, {15}).draw(0, u) == 5);
  }
}
