// SPDX-License-Identifier: MIT
#include <ciess/ranking/detail/candidate_ranker.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/ranking_data.hpp"

namespace {

using ciess::index_t;
using ciess::interactions;
using ciess::matrix;
using ciess::row_id;
using ciess::detail::candidate_items;
using ciess::detail::candidate_ranker;
using ciess::detail::sampled_rank;
using testing_support::random_interactions;
using testing_support::small_integers;

constexpr index_t users = 60;
constexpr index_t items = 120;

struct told {
  std::vector<sampled_rank> ranks;
  index_t population = 0, drawn = 0;
};

struct data {
  matrix user_vectors = small_integers(users, 6, 1);
  matrix item_vectors = small_integers(items, 6, 2);
  interactions train = random_interactions(users, items, 9, 3);
  interactions held_out = random_interactions(users, items, 12, 4);

  [[nodiscard]] matrix head_of(const candidate_items& of) const {
    matrix head(std::ssize(of.head), 6);
    for (index_t h = 0; h < head.rows(); ++h)
      head.row(h) = item_vectors.row(of.head[static_cast<std::size_t>(h)]);
    return head;
  }

  [[nodiscard]] std::vector<told> run(const candidate_items& of, std::uint64_t seed, int longest,
                                      std::vector<std::pair<row_id, row_id>>* bad = nullptr) const {
    const matrix head = head_of(of);
    candidate_ranker rank(of, head, items, longest);
    std::vector<told> all(static_cast<std::size_t>(users));
    rank(
        user_vectors, item_vectors, train,
        ciess::random_stream(seed, ciess::purpose::judged).at(0, 0), users,
        [](index_t r) { return static_cast<row_id>(r); },
        [&](index_t r) { return held_out.items_of(static_cast<row_id>(r)); },
        [&](index_t r, std::span<const sampled_rank> ranks, index_t population, index_t drawn) {
          all[static_cast<std::size_t>(r)] = {{ranks.begin(), ranks.end()}, population, drawn};
        },
        [&](row_id u, row_id i) {
          if (bad != nullptr) bad->push_back({u, i});
        });
    return all;
  }

  /// Who may be given to a user, best first.
  [[nodiscard]] std::vector<row_id> ranking(row_id u) const {
    std::vector<row_id> list;
    for (row_id i = 0; i < items; ++i)
      if (!std::ranges::binary_search(train.items_of(u), i)) list.push_back(i);
    std::ranges::sort(list, [&](row_id a, row_id b) {
      const float x = user_vectors.row(u).dot(item_vectors.row(a));
      const float y = user_vectors.row(u).dot(item_vectors.row(b));
      return x != y ? x > y : a < b;
    });
    return list;
  }
};

}  // namespace

TEST_CASE("the head are the most popular items, the tail all others", "[ranking]") {
  const interactions train(3, 6, {{0, 5}, {1, 5}, {2, 5}, {0, 1}, {1, 1}, {0, 2}, {1, 4}});
  const std::vector<row_id> barred{4};
  const candidate_items of(train, barred, 5);
  CHECK(of.head == std::vector<row_id>{1, 5});
  CHECK(of.tail == std::vector<row_id>{0, 2, 3});
  CHECK(of.drawn == 3);
  CHECK(of.in_tail == std::vector<char>{1, 0, 1, 1, 0, 0});
}

TEST_CASE("where the whole tail is drawn, what is told is the rank", "[ranking]") {
  const data d;
  const candidate_items of(d.train, {}, 2 * (items - 20));  // more than the tail has
  const auto all = d.run(of, 1, 1000);
  for (row_id u = 0; u < users; ++u) {
    const auto& mine = all[static_cast<std::size_t>(u)];
    const auto list = d.ranking(u);
    std::vector<row_id> wanted;
    index_t population = 0;
    for (const row_id i : list)
      if (std::ranges::binary_search(d.held_out.items_of(u), i))
        wanted.push_back(i);
      else
        population += of.in_tail[static_cast<std::size_t>(i)];
    CHECK(mine.population == population);
    CHECK(mine.drawn == population);
    REQUIRE(mine.ranks.size() == wanted.size());
    for (std::size_t j = 0; j < wanted.size(); ++j) {
      const auto at = std::ranges::find(list, wanted[j]);
      const auto tail = std::count_if(list.begin(), at, [&](row_id i) {
        return of.in_tail[static_cast<std::size_t>(i)] != 0 &&
               !std::ranges::binary_search(d.held_out.items_of(u), i);
      });
      CHECK(mine.ranks[j].before == tail);
      CHECK(mine.ranks[j].known == (at - list.begin()) - tail + 1);
    }
  }
}

TEST_CASE("the draws of a user are a fair part of what there is", "[ranking]") {
  const data d;
  const candidate_items of(d.train, {}, 40);
  constexpr int rounds = 400;
  // With a tail of 100, what stands before an item by all of its own draws.
  const candidate_items everything = [&] {
    candidate_items all(d.train, {}, 40);
    all.drawn = std::ssize(all.tail);
    return all;
  }();
  const auto truth = d.run(everything, 1, 1000);
  std::vector<std::vector<double>> mean(static_cast<std::size_t>(users));
  for (int round = 1; round <= rounds; ++round) {
    const auto all = d.run(of, static_cast<std::uint64_t>(round), 1000);
    for (std::size_t u = 0; u < all.size(); ++u) {
      CHECK(all[u].population == truth[u].population);
      CHECK(all[u].drawn == 20);  // hardly ever fewer, and with these seeds never
      REQUIRE(all[u].ranks.size() == truth[u].ranks.size());
      mean[u].resize(all[u].ranks.size());
      for (std::size_t j = 0; j < mean[u].size(); ++j) {
        CHECK(all[u].ranks[j].known == truth[u].ranks[j].known);
        mean[u][j] += all[u].ranks[j].before / double{rounds};
      }
    }
  }
  for (std::size_t u = 0; u < mean.size(); ++u)
    for (std::size_t j = 0; j < mean[u].size(); ++j) {
      const auto n = static_cast<double>(truth[u].population);
      const double share = truth[u].ranks[j].before / n;
      const double deviation = std::sqrt(20 * share * (1 - share) * (n - 20) / (n - 1) / rounds);
      // Hundreds of means: five deviations.
      CHECK(std::abs(mean[u][j] - 20 * share) <= 5 * deviation + 1e-9);
    }
}

TEST_CASE("what stands behind the longest list is not looked at", "[ranking]") {
  const data d;
  const candidate_items of(d.train, {}, 40);
  const auto all = d.run(of, 2, 1000);
  const auto near = d.run(of, 2, 3);
  std::size_t left_out = 0;
  for (std::size_t u = 0; u < all.size(); ++u) {
    for (std::size_t j = 0; j < all[u].ranks.size(); ++j) {
      if (all[u].ranks[j].known > 3) {
        ++left_out;
        continue;
      }
      REQUIRE(j < near[u].ranks.size());
      CHECK(near[u].ranks[j].known == all[u].ranks[j].known);
      CHECK(near[u].ranks[j].before == all[u].ranks[j].before);
    }
    CHECK(std::ranges::all_of(near[u].ranks, [](const auto& r) { return r.known <= 3; }));
  }
  CHECK(left_out > 0);
}

TEST_CASE("a user whose score is NaN is reported, the others are told", "[ranking]") {
  data d;
  d.user_vectors(7, 0) = std::numeric_limits<float>::quiet_NaN();
  const candidate_items of(d.train, {}, 40);
  std::vector<std::pair<row_id, row_id>> bad;
  const auto all = d.run(of, 2, 20, &bad);
  REQUIRE(bad.size() == 1);
  CHECK(bad[0].first == 7);
  CHECK(all[7].population == 0);
  CHECK(all[8].population > 0);
}
