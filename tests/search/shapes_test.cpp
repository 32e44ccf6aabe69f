// SPDX-License-Identifier: MIT
#include <ciess/search/shapes.hpp>
// its own header first
#include <limits>
#include <numeric>

#include "support/catch.hpp"

namespace {
const std::vector<ciess::table_shape> shapes{{.rows = 4, .range = {1, 128}},
                                             {.rows = 20'000, .range = {1, 128}}};
}

TEST_CASE("equal sizes differ by at most one column after projection", "[search]") {
  const auto a = ciess::project(shapes, ciess::equal_proposal(shapes), {20'004 * 6 + 11});
  for (const auto& table : a)
    for (const int d : table.values()) CHECK((d == 6 || d == 7));
}

TEST_CASE("random sizes are uniform, and their own for each row, table and seed", "[search]") {
  const auto p = ciess::random_proposal(shapes, 1);
  const auto& v = p[1];
  const double mean = std::accumulate(v.begin(), v.end(), 0.0) / double(v.size());
  CHECK(mean == Approx(65).margin(5 * 37 / std::sqrt(20'000.0)));  // five standard errors
  CHECK(*std::min_element(v.begin(), v.end()) >= 1);
  CHECK(*std::max_element(v.begin(), v.end()) < 129);
  CHECK(p == ciess::random_proposal(shapes, 1));
  CHECK(p != ciess::random_proposal(shapes, 2));
  CHECK(p[0][0] != p[1][0]);
}

TEST_CASE("frequency powers: proportions by hand", "[search]") {
  const std::vector<double> users{0, 3, 8};
  const std::vector<double> items{1, 1};
  const std::vector<std::span<const double>> frequency{users, items};
  const auto p = ciess::power_proposal(frequency, std::vector{0.5, 2.0}, std::vector{3.0, 1.0});
  CHECK(p[0][1] / p[0][0] == Approx(2));
  CHECK(p[0][2] / p[0][0] == Approx(3));
  CHECK(p[0][0] + p[0][1] + p[0][2] == Approx(9));  // mean 1 times weight 3
  CHECK(p[1][0] == Approx(1));
}

TEST_CASE("frequency powers refuse what has no meaning", "[search]") {
  const std::vector<double> users{1, 2};
  const std::vector<std::span<const double>> frequency{users};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(ciess::power_proposal(frequency, std::vector{0.5, 0.5}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::power_proposal(frequency, std::vector{nan}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::power_proposal(frequency, std::vector{0.5}, std::vector{0.0}),
                  ciess::argument_error);
  CHECK_THROWS_AS(ciess::power_proposal(frequency, std::vector{0.5}, std::vector{1.0, 1.0}),
                  ciess::argument_error);
}
