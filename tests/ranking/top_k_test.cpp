// SPDX-License-Identifier: MIT
#include <ciess/ranking/top_k.hpp>

#include <algorithm>
#include <limits>
#include <vector>

#include <ciess/core/random.hpp>

#include "support/catch.hpp"

namespace {

using ciess::index_t;
using ciess::row_id;
using ciess::scored_item;
using ciess::top_k;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// The oracle: sort everything.
std::vector<scored_item> sorted_best(const std::vector<float>& scores,
                                     const std::vector<row_id>& excluded, int k) {
  std::vector<scored_item> all;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto item = static_cast<row_id>(i);
    if (scores[i] > -infinity &&
        std::find(excluded.begin(), excluded.end(), item) == excluded.end())
      all.push_back({item, scores[i]});
  }
  std::sort(all.begin(), all.end(), [](const scored_item& a, const scored_item& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  });
  all.resize(std::min(all.size(), static_cast<std::size_t>(k)));
  return all;
}

std::vector<scored_item> chosen(top_k& selector, index_t row) {
  const auto best = selector.best(row);
  return {best.begin(), best.end()};
}

/// Offers `scores` in pieces of `piece` items.
std::vector<scored_item> best_of(std::vector<float> scores, const std::vector<row_id>& excluded,
                                 int k, std::size_t piece = 1000000) {
  top_k selector{k};
  for (std::size_t first = 0; first < scores.size(); first += piece) {
    const std::span<float> part{scores.data() + first, std::min(piece, scores.size() - first)};
    REQUIRE(selector.offer(0, part, static_cast<row_id>(first), excluded) == -1);
  }
  return chosen(selector, 0);
}

}  // namespace

TEST_CASE("top_k agrees with a row worked by hand", "[ranking]") {
  const std::vector<float> scores{0.5F, 2.0F, -1.0F, 2.0F, 0.5F, 7.0F};
  CHECK(best_of(scores, {}, 3) == std::vector<scored_item>{{5, 7.0F}, {1, 2.0F}, {3, 2.0F}});
  CHECK(best_of(scores, {1, 5}, 3) == std::vector<scored_item>{{3, 2.0F}, {0, 0.5F}, {4, 0.5F}});
  CHECK(best_of(scores, {0, 1, 3, 4, 5}, 3) == std::vector<scored_item>{{2, -1.0F}});
  CHECK(best_of(scores, {0, 1, 2, 3, 4, 5}, 3).empty());
}

TEST_CASE("top_k agrees with sorting everything", "[ranking]") {
  const int k = GENERATE(1, 2, 5, 20, 100, 300, 5000);
  const int levels =
      GENERATE(1, 3, 50, 100000);  // different scores: from all tied to hardly any tie
  const std::size_t n = GENERATE(1U, 31U, 64U, 1000U, 3706U);
  const std::size_t piece = GENERATE(7U, 512U, 100000U);
  const ciess::random_stream stream{7, ciess::purpose::user};
  auto engine = stream.at(static_cast<std::uint64_t>(k), n);
  std::vector<float> scores(n);
  std::vector<row_id> excluded;
  for (std::size_t i = 0; i < n; ++i) {
    const auto level = ciess::bounded(engine, static_cast<std::uint32_t>(levels));
    scores[i] = static_cast<float>(level) / static_cast<float>(levels) - 0.25F;
    if (ciess::bounded(engine, 8) == 0 || (scores[i] > 0.7F && ciess::bounded(engine, 2) == 0))
      excluded.push_back(static_cast<row_id>(i));
    if (ciess::bounded(engine, 50) == 0) scores[i] = -infinity;
    if (ciess::bounded(engine, 500) == 0) scores[i] = infinity;
  }
  CHECK(best_of(scores, excluded, k, piece) == sorted_best(scores, excluded, k));
}

TEST_CASE("top_k is right in the worst order, each score above the one before", "[ranking]") {
  std::vector<float> scores(5000);
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = static_cast<float>(i) - 2000.0F;
  CHECK(best_of(scores, {}, 40) == sorted_best(scores, {}, 40));
  CHECK(best_of(scores, {}, 40, 100) == sorted_best(scores, {}, 40));
}

TEST_CASE("top_k takes items in any order and lets the smaller one win a tie", "[ranking]") {
  const int k = GENERATE(1, 5, 20, 300);
  const int levels = GENERATE(1, 3, 1000);
  constexpr std::size_t n = 2000;
  const ciess::random_stream stream{9, ciess::purpose::user};
  auto engine = stream.at(static_cast<std::uint64_t>(k));
  std::vector<float> scores(n);
  for (float& s : scores)
    s = static_cast<float>(ciess::bounded(engine, static_cast<std::uint32_t>(levels)));
  std::vector<float> turned(scores.rbegin(), scores.rend());
  const auto item_of = [](std::size_t j) { return static_cast<row_id>(n - 1 - j); };
  const auto expected = sorted_best(scores, {}, k);
  top_k selector{k};
  REQUIRE(selector.offer(0, std::span<const float>{turned}, item_of) == -1);
  CHECK(chosen(selector, 0) == expected);
  selector.clear();
  for (std::size_t j = 0; j < n; ++j) {
    REQUIRE(selector.thresholds()[0] <= expected.back().score);
    if (turned[j] < selector.thresholds()[0]) continue;
    REQUIRE(selector.add(0, turned[j], item_of(j)) == -1);
    if (j % 100 == 99) selector.tighten(0);
  }
  CHECK(chosen(selector, 0) == expected);
  turned[10] = turned[700] = not_a_number;
  selector.clear();
  CHECK(selector.offer(0, std::span<const float>{turned}, item_of) == item_of(700));
  CHECK(selector.add(0, not_a_number, 4) == 4);
}

TEST_CASE("top_k takes -0 and +0 for equal", "[ranking]") {
  CHECK(best_of({-0.0F, 0.0F, -0.0F, -1.0F}, {}, 2) ==
        std::vector<scored_item>{{0, 0.0F}, {1, 0.0F}});
}

TEST_CASE("top_k keeps its rows apart and forgets on clear", "[ranking]") {
  top_k selector{2, 3};
  std::vector<float> low{1, 2, 3};
  std::vector<float> high{30, 20, 10};
  REQUIRE(selector.offer(0, low, 0, {}) == -1);
  REQUIRE(selector.offer(2, high, 0, {}) == -1);
  CHECK(chosen(selector, 0) == std::vector<scored_item>{{2, 3.0F}, {1, 2.0F}});
  CHECK(chosen(selector, 1).empty());
  REQUIRE(selector.offer(0, high, 3, {}) == -1);  // goes on after best()
  CHECK(chosen(selector, 0) == std::vector<scored_item>{{3, 30.0F}, {4, 20.0F}});
  CHECK(chosen(selector, 2) == std::vector<scored_item>{{0, 30.0F}, {1, 20.0F}});
  selector.clear();
  CHECK(chosen(selector, 0).empty());
  CHECK(selector.rows() == 3);
  CHECK(selector.k() == 2);
}

TEST_CASE("top_k reports the first NaN, unless it is excluded", "[ranking]") {
  const std::size_t n = GENERATE(3U, 40U, 2000U);
  std::vector<float> scores(n, 1.0F);
  scores[1] = not_a_number;
  scores[n - 1] = not_a_number;
  std::vector<float> copy = scores;
  top_k selector{2};
  CHECK(selector.offer(0, copy, 0, {}) == 1);
  selector.clear();
  copy = scores;
  CHECK(selector.offer(0, copy, 0, std::vector<row_id>{1}) == static_cast<row_id>(n - 1));
  selector.clear();
  copy = scores;
  CHECK(selector.offer(0, copy, 0, std::vector<row_id>{1, static_cast<row_id>(n - 1)}) == -1);
}

TEST_CASE("top_k refuses to choose nothing", "[ranking]") {
  CHECK_THROWS_AS(top_k(0), ciess::argument_error);
  CHECK_THROWS_WITH(top_k(-3), ContainsSubstring("k must be at least 1, got -3"));
  CHECK_THROWS_WITH(top_k(5, 0), ContainsSubstring("rows must be at least 1, got 0"));
}
