// SPDX-License-Identifier: MIT
#include <ciess/ranking/popularity.hpp>

#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/ranking/evaluate.hpp>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/ranking_data.hpp"

namespace {

using ciess::row_id;
using testing_support::make_interactions;
using testing_support::random_interactions;

/// What it must agree with: the counts as scores of everybody.
ciess::evaluation by_counts(const ciess::interactions& train, const ciess::interactions& held_out,
                            const ciess::evaluation_options& options) {
  return ciess::evaluate_scores(
      [&](ciess::index_t, ciess::matrix_span out) {
        for (ciess::index_t i = 0; i < out.cols(); ++i)
          out.col(i).setConstant(static_cast<float>(train.item_frequency(static_cast<row_id>(i))));
      },
      train, held_out, options);
}

}  // namespace

TEST_CASE("by_popularity puts the items with the most users first, then the smaller ids",
          "[ranking]") {
  const auto train = make_interactions(3, 5, {{0, 3}, {1, 3}, {2, 4}, {1, 4}, {0, 1}, {0, 3}});
  CHECK(ciess::by_popularity(train) == std::vector<row_id>{3, 4, 1, 0, 2});
  CHECK(ciess::by_popularity(make_interactions(2, 0, {})).empty());
}

TEST_CASE("evaluate_popularity agrees with values worked by hand", "[ranking]") {
  // Two users have 2, one has 0: the list is 2 0 1 3, without what a user has.
  const auto train = make_interactions(3, 4, {{0, 2}, {1, 2}, {1, 0}});
  const auto held_out = make_interactions(3, 4, {{0, 1}, {1, 1}, {2, 3}});
  const auto found = ciess::evaluate_popularity(train, held_out, {{1, 2}});
  CHECK(found.evaluated_users == 3);
  CHECK(found.recall_at(1) == Approx(1.0 / 3));  // shown 0, then 1; 1; 2, then 0
  CHECK(found.recall_at(2) == Approx(2.0 / 3));
  CHECK(found.mrr_at(2) == Approx(1.5 / 3));
  CHECK(found.coverage_at(1) == 0.75);
  const auto known =
      ciess::evaluate_popularity(train, held_out, {.cutoffs = {1, 2}, .known_only = true});
  CHECK(known.evaluated_users == 0);  // nobody wants an item that anybody had
  CHECK(known.left_out_pairs == 3);
}

TEST_CASE("evaluate_popularity gives the bytes of an evaluation of the counts",
          "[ranking][threads]") {
  struct shape {
    ciess::index_t users, items;
    std::uint32_t one_in;
  };
  const auto s = GENERATE(shape{150, 90, 4}, shape{40, 1500, 30}, shape{1, 1, 2}, shape{20, 7, 1});
  const auto cutoffs =
      GENERATE(std::vector<int>{3, 7}, std::vector<int>{5, 10, 20}, std::vector<int>{1, 100000});
  ciess::evaluation_options options{.cutoffs = cutoffs};
  options.known_only = GENERATE(false, true);
  if (GENERATE(false, true)) {
    options.users = testing_support::every_nth_user(s.users, 2);
    options.share = 0.4;
  }
  // Every fifth item is unknown to training, one user has all others.
  std::vector<ciess::interaction> pairs;
  const auto drawn = random_interactions(s.users, s.items, s.one_in, 3);
  for (row_id u = 0; u < s.users; ++u)
    for (const row_id i : drawn.items_of(u))
      if (i % 5 != 2) pairs.push_back({u, i});
  for (row_id i = 0; i < s.items; ++i)
    if (i % 5 != 2) pairs.push_back({0, i});
  const auto train = make_interactions(s.users, s.items, pairs);
  const auto held_out = random_interactions(s.users, s.items, 6, 4);
  auto expected = by_counts(train, held_out, options);
  auto found = ciess::evaluate_popularity(train, held_out, options);
  CHECK(save_fields(found) == save_fields(expected));
  const ciess::threads pool{2};
  found = ciess::evaluate_popularity(train, held_out, options);
  CHECK(save_fields(found) == save_fields(expected));
}

TEST_CASE("evaluate_popularity refuses what evaluate refuses", "[ranking]") {
  const auto train = make_interactions(3, 4, {{0, 0}});
  CHECK_THROWS_WITH(ciess::evaluate_popularity(train, make_interactions(3, 5, {})),
                    ContainsSubstring("3 users and 4 items, got 3 and 5"));
  CHECK_THROWS_WITH(ciess::evaluate_popularity(train, train, {.users = {3}}),
                    ContainsSubstring("user 3 is outside [0, 3)"));
  CHECK_THROWS_AS(ciess::evaluate_popularity(train, train, {.cutoffs = {}}), ciess::argument_error);
}
