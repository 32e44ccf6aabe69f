// SPDX-License-Identifier: MIT
#include <ciess/ranking/kendall.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <ciess/core/random.hpp>

#include "support/catch.hpp"

namespace {

using ciess::kendall_tau;
using list = std::vector<double>;

/// The definition, pair by pair.
double plain_tau(const list& x, const list& y) {
  double surplus = 0, differ_x = 0, differ_y = 0;
  const auto sign = [](double a, double b) { return a < b ? -1.0 : a > b ? 1.0 : 0.0; };
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      const double a = sign(x[i], x[j]);
      const double b = sign(y[i], y[j]);
      surplus += a * b;
      differ_x += a * a;
      differ_y += b * b;
    }
  return surplus / std::sqrt(differ_x * differ_y);
}

}  // namespace

TEST_CASE("kendall_tau agrees with values worked by hand", "[ranking]") {
  CHECK(kendall_tau(list{1, 2, 3, 4}, list{10, 20, 30, 40}) == Approx(1));
  CHECK(kendall_tau(list{1, 2, 3, 4}, list{4, 3, 2, 1}) == Approx(-1));
  // Six pairs, of which only (3, 4) stands the other way round: (5 - 1) / 6.
  CHECK(kendall_tau(list{1, 2, 3, 4}, list{1, 2, 4, 3}) == Approx(4.0 / 6));
  // Pairs of places: 01 tied in x; 23 tied in y; 02, 03, 12, 13 in the same order. C = 4, D = 0,
  // X = Y = 1: 4 / sqrt(5 * 5).
  CHECK(kendall_tau(list{1, 1, 2, 3}, list{5, 6, 7, 7}) == Approx(4.0 / 5));
  // 01 tied in both, so in neither X nor Y; 02 and 12 in opposite orders: -2 / sqrt(2 * 2).
  CHECK(kendall_tau(list{1, 1, 2}, list{3, 3, 0}) == Approx(-1));
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(kendall_tau(list{-infinity, 0, infinity}, list{1, 2, 3}) == Approx(1));
}

TEST_CASE("kendall_tau agrees with the definition on lists with and without ties", "[ranking]") {
  const ciess::random_stream stream(1, ciess::purpose::user);
  for (std::size_t n = 2; n <= 70; ++n)
    for (const std::uint32_t values : {3U, 12U, 1000U}) {
      auto engine = stream.at(n, values);
      list x, y;
      for (std::size_t i = 0; i < n; ++i) {
        x.push_back(ciess::bounded(engine, values));
        y.push_back(ciess::bounded(engine, values) + (i % 2 == 0 ? x.back() : 0));
      }
      const double plain = plain_tau(x, y);
      const double fast = kendall_tau(x, y);
      INFO(n << " entries of " << values << " values");
      if (std::isnan(plain)) {
        CHECK(std::isnan(fast));
      } else {
        CHECK(fast == Approx(plain).margin(1e-12));
      }
      CHECK((kendall_tau(y, x) == Approx(fast).margin(1e-12) || std::isnan(fast)));
    }
}

TEST_CASE("kendall_tau has no answer where there is no order", "[ranking]") {
  CHECK(std::isnan(kendall_tau({}, {})));
  CHECK(std::isnan(kendall_tau(list{1}, list{2})));
  CHECK(std::isnan(kendall_tau(list{1, 1, 1}, list{1, 2, 3})));
  CHECK(std::isnan(kendall_tau(list{1, 2, 3}, list{7, 7, 7})));
}

TEST_CASE("kendall_tau refuses lists that do not fit and entries that are NaN", "[ranking]") {
  CHECK_THROWS_WITH(kendall_tau(list{1, 2}, list{1}), ContainsSubstring("2 and 1"));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(kendall_tau(list{1, 2}, list{1, nan}), ContainsSubstring("entry 1"));
}
