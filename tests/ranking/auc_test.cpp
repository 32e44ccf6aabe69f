// SPDX-License-Identifier: MIT
#include <ciess/ranking/auc.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

struct predictions {
  std::vector<float> log_odds;
  std::vector<std::uint8_t> labels;
};

/// Every pair by itself.
double naive_auc(const predictions& p) {
  double right = 0, pairs = 0;
  for (std::size_t i = 0; i < p.labels.size(); ++i)
    for (std::size_t j = 0; j < p.labels.size(); ++j) {
      if (p.labels[i] != 1 || p.labels[j] != 0) continue;
      ++pairs;
      if (p.log_odds[i] > p.log_odds[j]) right += 1;
      if (p.log_odds[i] == p.log_odds[j]) right += 0.5;
    }
  return right / pairs;
}

/// @param steps  of which log odds are multiples, so that some are equal; 0: next to none are
/// @param scale  of their normal law
predictions made_up(std::size_t n, float steps, float scale, float offset = 0) {
  auto engine = ciess::random_stream(n, ciess::purpose::user).at(0);
  predictions p;
  for (std::size_t i = 0; i < n; ++i) {
    const float x = ciess::normal(engine);
    p.labels.push_back(x + ciess::normal(engine) > 0.7F ? 1 : 0);
    const float shown = offset + scale * x;
    p.log_odds.push_back(steps > 0 ? steps * std::round(shown / steps) : shown);
  }
  return p;
}

double auc_of(const predictions& p) { return ciess::auc(p.log_odds, p.labels); }

}  // namespace

TEST_CASE("an AUC is the share of pairs in the right order", "[ranking]") {
  CHECK(auc_of({{1, 2}, {0, 1}}) == 1);
  CHECK(auc_of({{1, 2}, {1, 0}}) == 0);
  CHECK(auc_of({{1, 1}, {1, 0}}) == 0.5);
  CHECK(auc_of({{-0.0F, 0.0F, -1}, {1, 0, 0}}) == 0.75);  // 0 and -0 are equal
  CHECK(auc_of({{-3, -2, -1, 5}, {0, 1, 0, 1}}) == 0.75);
  constexpr float most = std::numeric_limits<float>::max();
  constexpr float least = std::numeric_limits<float>::denorm_min();
  CHECK(auc_of({{-most, -least, 0, least, most}, {0, 0, 1, 1, 1}}) == 1);
}

TEST_CASE("an AUC is that of all pairs one by one, of few and of many", "[ranking]") {
  const ciess::threads pool(GENERATE(1, 2, 3));
  for (const std::size_t n : {17U, 1000U, 16'383U, 16'384U, 20'001U}) {
    CHECK(auc_of(made_up(n, 0, 3)) == Approx(naive_auc(made_up(n, 0, 3))).epsilon(1e-14));
    CHECK(auc_of(made_up(n, 0.5F, 3)) == Approx(naive_auc(made_up(n, 0.5F, 3))).epsilon(1e-14));
  }
}

TEST_CASE("an AUC of many that differ in their last bits only is exact", "[ranking]") {
  // All in one bucket of the first pass of the radix sort.
  const auto p = made_up(70'000, 0, 1e-4F, 1.5F);
  const double found = auc_of(p);
  predictions few;
  few.log_odds.assign(p.log_odds.begin(), p.log_odds.begin() + 18'000);
  few.labels.assign(p.labels.begin(), p.labels.begin() + 18'000);
  CHECK(auc_of(few) == Approx(naive_auc(few)).epsilon(1e-14));
  const double by_sorting =
      static_cast<double>(ciess::detail::count_pairs_of_few(p.log_odds, p.labels)) / 2;
  const double clicks = static_cast<double>(std::count(p.labels.begin(), p.labels.end(), 1));
  CHECK(found == Approx(by_sorting / clicks / (70'000 - clicks)).epsilon(1e-14));
  CHECK(found > 0.7);
}

TEST_CASE("an AUC has the same bytes at any number of threads", "[ranking]") {
  const auto p = made_up(100'000, 1e-3F, 2);
  const auto at = [&](int count) {
    const ciess::threads pool(count);
    return auc_of(p);
  };
  const double one = auc_of(p);
  CHECK(at(1) == one);
  CHECK(at(2) == one);
  CHECK(at(5) == one);
}

TEST_CASE("an AUC refuses what has none", "[ranking]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinite = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(auc_of({{1, 2}, {1}}), ContainsSubstring("got 2 log odds for 1 labels"));
  CHECK_THROWS_AS(auc_of({{1, 2}, {1}}), ciess::argument_error);
  CHECK_THROWS_WITH(auc_of({{1, nan, infinite}, {1, 0, 0}}),
                    ContainsSubstring("impression 1 are nan"));
  CHECK_THROWS_AS(auc_of({{1, 0, infinite}, {1, 0, 0}}), ciess::numeric_error);
  CHECK_THROWS_WITH(auc_of({{1, 2}, {1, 2}}), ContainsSubstring("label 1 to be 0 or 1, got 2"));
  CHECK_THROWS_AS(auc_of({{1, 2}, {1, 2}}), ciess::data_error);
  CHECK_THROWS_WITH(auc_of({{1, 2}, {1, 1}}), ContainsSubstring("of 2 impressions 2 were clicked"));
  CHECK_THROWS_AS(auc_of({{1, 2}, {0, 0}}), ciess::data_error);
  CHECK_THROWS_AS(auc_of({{}, {}}), ciess::data_error);
  auto p = made_up(200'000, 0, 1);
  p.log_odds[150'000] = -infinite;
  CHECK_THROWS_WITH(auc_of(p), ContainsSubstring("impression 150000 are -inf"));
}
