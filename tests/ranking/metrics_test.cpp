// SPDX-License-Identifier: MIT
#include <ciess/ranking/metrics.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>

#include "support/catch.hpp"

namespace {

using ciess::average_precision_at;
using ciess::hit_at;
using ciess::ndcg_at;
using ciess::recall_at;
using ciess::reciprocal_rank_at;
using ciess::row_id;

using items = std::vector<row_id>;

row_id identity(row_id item) { return item; }

/// The oracles: from the definitions, one list of right and wrong at a time.
struct naive_figures {
  double hit = 0, reciprocal_rank = 0, average_precision = 0;
};
naive_figures naive(const items& ranked, const items& held_out, int k) {
  std::vector<bool> right;
  for (int r = 1; r <= k && r <= static_cast<int>(ranked.size()); ++r)
    right.push_back(std::count(held_out.begin(), held_out.end(), ranked[right.size()]) > 0);
  naive_figures f;
  for (std::size_t r = right.size(); r > 0; --r) {
    if (!right[r - 1]) continue;
    f.hit = 1;
    f.reciprocal_rank = 1 / static_cast<double>(r);  // the last one to be written is the first hit
    double among = 0;
    for (std::size_t s = 0; s < r; ++s) among += right[s] ? 1 : 0;
    f.average_precision += among / static_cast<double>(r);
  }
  if (!held_out.empty())
    f.average_precision /= std::min(static_cast<double>(k), static_cast<double>(held_out.size()));
  return f;
}

}  // namespace

TEST_CASE("recall_at and ndcg_at agree with values worked by hand", "[ranking]") {
  const items ranked{7, 3, 9, 1};  // hits at positions 1 and 3
  const items held_out{1, 3, 8};
  CHECK(recall_at(ranked, held_out, 1) == 0.0);
  CHECK(recall_at(ranked, held_out, 2) == Approx(1.0 / 3));
  CHECK(recall_at(ranked, held_out, 4) == Approx(2.0 / 3));
  CHECK(recall_at(ranked, held_out, 100) == Approx(2.0 / 3));
  CHECK(ndcg_at(ranked, held_out, 1) == 0.0);
  const double second = 1 / std::log2(3.0);
  const double third = 0.5;
  const double fourth = 1 / std::log2(5.0);
  CHECK(ndcg_at(ranked, held_out, 2) == Approx(second / (1 + second)));
  CHECK(ndcg_at(ranked, held_out, 4) == Approx((second + fourth) / (1 + second + third)));
  CHECK(ndcg_at(ranked, held_out, 100) == Approx((second + fourth) / (1 + second + third)));
}

TEST_CASE("hits, reciprocal ranks and average precisions agree with values worked by hand",
          "[ranking]") {
  const items ranked{7, 3, 9, 1};  // hits at ranks 2 and 4
  const items held_out{1, 3, 8};
  CHECK(hit_at(ranked, held_out, 1) == 0.0);
  CHECK(hit_at(ranked, held_out, 2) == 1.0);
  CHECK(hit_at(ranked, held_out, 100) == 1.0);
  CHECK(reciprocal_rank_at(ranked, held_out, 1) == 0.0);
  CHECK(reciprocal_rank_at(ranked, held_out, 2) == 0.5);
  CHECK(reciprocal_rank_at(ranked, held_out, 100) == 0.5);
  CHECK(average_precision_at(ranked, held_out, 1) == 0.0);
  CHECK(average_precision_at(ranked, held_out, 2) == Approx(0.5 / 2));
  CHECK(average_precision_at(ranked, held_out, 3) == Approx(0.5 / 3));
  CHECK(average_precision_at(ranked, held_out, 4) == Approx((0.5 + 0.5) / 3));
  CHECK(average_precision_at(ranked, held_out, 100) == Approx((0.5 + 0.5) / 3));
}

TEST_CASE("a perfect list has NDCG 1 at every cutoff, an empty one 0", "[ranking]") {
  const int k = GENERATE(1, 2, 3, 10);
  CHECK(ndcg_at(items{4, 2, 9}, items{2, 4, 9}, k) == 1.0);
  CHECK(ndcg_at(items{}, items{2, 4, 9}, k) == 0.0);
  CHECK(recall_at(items{}, items{2, 4, 9}, k) == 0.0);
  CHECK(average_precision_at(items{4, 2, 9}, items{2, 4, 9}, k) == 1.0);
  CHECK(reciprocal_rank_at(items{4, 2, 9}, items{2, 4, 9}, k) == 1.0);
  CHECK(average_precision_at(items{}, items{2, 4, 9}, k) == 0.0);
  CHECK(reciprocal_rank_at(items{}, items{2, 4, 9}, k) == 0.0);
  CHECK(hit_at(items{}, items{2, 4, 9}, k) == 0.0);
}

TEST_CASE("nothing held out is worth 0", "[ranking]") {
  CHECK(recall_at(items{1, 2}, items{}, 5) == 0.0);
  CHECK(ndcg_at(items{1, 2}, items{}, 5) == 0.0);
  CHECK(hit_at(items{1, 2}, items{}, 5) == 0.0);
  CHECK(reciprocal_rank_at(items{1, 2}, items{}, 5) == 0.0);
  CHECK(average_precision_at(items{1, 2}, items{}, 5) == 0.0);
}

TEST_CASE("cutoff_metrics gives the same bytes as the single functions, and those what is defined",
          "[ranking]") {
  const std::vector<int> cutoffs{1, 3, 5, 20, 200};
  const ciess::index_t known_items = GENERATE(30, 1000000);
  const ciess::cutoff_metrics metrics{cutoffs, known_items};
  CHECK(metrics.longest() == std::min<ciess::index_t>(200, known_items));
  const ciess::random_stream stream{1, ciess::purpose::user};
  for (std::uint64_t trial = 0; trial < 50; ++trial) {
    auto engine = stream.at(trial);
    items ranked(30);
    for (std::size_t i = 0; i < ranked.size(); ++i) ranked[i] = static_cast<row_id>(i);
    for (std::size_t i = ranked.size() - 1; i > 0; --i)
      std::swap(ranked[i], ranked[ciess::bounded(engine, static_cast<std::uint32_t>(i + 1))]);
    ranked.resize(ciess::bounded(engine, 31));
    items held_out;
    for (row_id i = 0; i < 30; ++i)
      if (ciess::bounded(engine, 3) == 0) held_out.push_back(i);
    if (held_out.empty()) held_out.push_back(3);
    std::array<double, 5> recall{}, ndcg{}, precision{};
    const int first =
        metrics(std::span<const row_id>{ranked}, identity, held_out, {recall, ndcg, precision});
    for (std::size_t c = 0; c < cutoffs.size(); ++c) {
      const int k = cutoffs[c];
      CHECK(recall[c] == recall_at(ranked, held_out, k));
      CHECK(ndcg[c] == ndcg_at(ranked, held_out, k));
      CHECK(precision[c] == average_precision_at(ranked, held_out, k));
      const bool hit = 0 < first && first <= k;
      CHECK((hit ? 1.0 : 0.0) == hit_at(ranked, held_out, k));
      CHECK((hit ? 1.0 / first : 0.0) == reciprocal_rank_at(ranked, held_out, k));
      const auto expected = naive(ranked, held_out, k);
      CHECK(hit_at(ranked, held_out, k) == expected.hit);
      CHECK(reciprocal_rank_at(ranked, held_out, k) == expected.reciprocal_rank);
      CHECK(average_precision_at(ranked, held_out, k) == Approx(expected.average_precision));
    }
  }
}

TEST_CASE("recall_at finds every held-out item in lists of any length", "[ranking]") {
  const row_id n = GENERATE(1, 2, 31, 32, 33, 64, 65, 66, 1000);
  items held_out;
  for (row_id i = 0; i < n; ++i) held_out.push_back(3 * i);
  int hits = 0;
  int others = 0;
  for (row_id i = -1; i <= 3 * n; ++i) {
    const bool found = recall_at(items{i}, held_out, 1) > 0.0;
    (i >= 0 && i % 3 == 0 && i < 3 * n ? hits : others) += found ? 1 : 0;
  }
  CHECK(hits == n);
  CHECK(others == 0);
}

TEST_CASE("metrics refuse a cutoff that is none", "[ranking]") {
  const int k = GENERATE(0, -1);
  CHECK_THROWS_AS(recall_at(items{1}, items{1}, k), ciess::argument_error);
  CHECK_THROWS_AS(ndcg_at(items{1}, items{1}, k), ciess::argument_error);
  CHECK_THROWS_WITH(hit_at(items{1}, items{}, k), ContainsSubstring("hit_at: a cutoff must be"));
  CHECK_THROWS_WITH(reciprocal_rank_at(items{1}, items{}, k),
                    ContainsSubstring("reciprocal_rank_at: a cutoff must be"));
  CHECK_THROWS_WITH(average_precision_at(items{1}, items{}, k),
                    ContainsSubstring("average_precision_at: a cutoff must be"));
  CHECK_THROWS_WITH(ciess::cutoff_metrics({k}), ContainsSubstring("at least 1, got"));
  CHECK_THROWS_WITH(ciess::cutoff_metrics({}), ContainsSubstring("at least one cutoff"));
  CHECK_THROWS_WITH(ciess::cutoff_metrics({5, 5}), ContainsSubstring("must rise, got 5 after 5"));
}
