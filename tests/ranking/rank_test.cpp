// SPDX-License-Identifier: MIT
#include <ciess/ranking/rank.hpp>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"
#include "support/ranking_data.hpp"

namespace {

using ciess::interactions;
using ciess::matrix;
using ciess::row_id;
using testing_support::make_interactions;
using testing_support::random_interactions;
using testing_support::small_integers;

using lists = std::vector<std::vector<ciess::scored_item>>;

/// Every other user or so.
std::vector<row_id> some_of(ciess::index_t users) {
  std::vector<row_id> who;
  for (row_id u = 0; u < users; u += 1 + u % 2) who.push_back(u);
  return who;
}

}  // namespace

TEST_CASE("rank_products chooses what sorting everything chooses", "[ranking]") {
  // Enough items for several panels after the first threshold; vectors of all lengths, ties, users
  // without a preference (all zero), infinite scores and users who have seen nearly everything.
  const ciess::index_t count = 130, n = GENERATE(5000, 5003);
  const int k = GENERATE(1, 20, 200);
  auto users = small_integers(count, 4, 1);
  auto items = small_integers(n, 4, 2);
  for (ciess::index_t i = 0; i < n; ++i) items.row(i) *= static_cast<float>(1 + i % 3);
  users.row(7).setZero();
  users.row(8) << 1, 0, 0, 0;
  items.row(n - 1) << std::numeric_limits<float>::infinity(), 0, 0, 0;
  for (ciess::index_t u = 0; u < count; ++u)
    if (users(u, 0) == 0.0F) users(u, 0) = 1.0F;
  std::vector<ciess::interaction> pairs;
  for (row_id i = 0; i + 5 < n; ++i) pairs.push_back({9, i});
  for (row_id u = 10; u < count; ++u)
    for (row_id i = u % 11; i < n; i += 1 + u % 40) pairs.push_back({u, i});
  const auto seen = make_interactions(count, n, pairs);
  const auto who = some_of(count);
  lists found(who.size());
  ciess::rank_products(users, items, seen, who, k, [&](ciess::index_t p, auto best) {
    found[static_cast<std::size_t>(p)].assign(best.begin(), best.end());
  });
  for (std::size_t p = 0; p < who.size(); ++p) {
    std::vector<std::pair<float, row_id>> all;
    for (row_id i = 0; i < n; ++i) {
      const auto already = seen.items_of(who[p]);
      float score = 0.0F;
      for (ciess::index_t c = 0; c < 4; ++c) score += users(who[p], c) * items(i, c);
      if (score > -std::numeric_limits<float>::infinity() &&
          !std::binary_search(already.begin(), already.end(), i))
        all.push_back({-score, i});
    }
    std::sort(all.begin(), all.end());
    all.resize(std::min(all.size(), static_cast<std::size_t>(k)));
    std::vector<ciess::scored_item> expected;
    for (const auto& [score, item] : all) expected.push_back({item, -score});
    CHECK(found[p] == expected);
  }
}

TEST_CASE("rank_products finds a NaN behind the first threshold and names the smallest item",
          "[ranking]") {
  const matrix users = matrix::Ones(200, 2);
  matrix items = matrix::Ones(6000, 2);
  items.row(5800).setConstant(std::numeric_limits<float>::quiet_NaN());
  items.row(5990).setConstant(std::numeric_limits<float>::quiet_NaN());
  const auto rank = [&](const interactions& seen) {
    const std::vector<row_id> who{3, 150};
    int taken = 0;
    ciess::rank_products(users, items, seen, who, 5, [&](ciess::index_t, auto) { ++taken; });
    return taken;
  };
  CHECK_THROWS_WITH(rank(make_interactions(200, 6000, {})),
                    ContainsSubstring("user 3 for item 5800 is NaN"));
  CHECK_THROWS_WITH(rank(make_interactions(200, 6000, {{3, 5800}})),
                    ContainsSubstring("user 3 for item 5990 is NaN"));
  CHECK_THROWS_WITH(rank(make_interactions(200, 6000, {{3, 5800}, {3, 5990}})),
                    ContainsSubstring("user 150 for item 5800 is NaN"));
  CHECK(rank(make_interactions(200, 6000, {{3, 5800}, {3, 5990}, {150, 5800}, {150, 5990}})) == 2);
}

TEST_CASE("rank_scores chooses from given scores as rank_products from products", "[ranking]") {
  // Products of small integers are exact, so both see the same numbers and the same ties.
  const auto users = small_integers(130, 4, 1);
  const auto items = small_integers(900, 4, 2);
  const auto seen = random_interactions(130, 900, 9, 3);
  const auto who = some_of(130);
  const auto take_into = [](lists& l) {
    return [&l](ciess::index_t p, auto best) {
      l[static_cast<std::size_t>(p)].assign(best.begin(), best.end());
    };
  };
  lists products(who.size()), scores(who.size());
  ciess::rank_products(users, items, seen, who, 20, take_into(products));
  ciess::rank_scores(
      [&](ciess::index_t first, ciess::matrix_span out) {
        out = users.middleRows(first, out.rows()) * items.transpose();
      },
      seen, who, 20, take_into(scores));
  CHECK(scores == products);
}

TEST_CASE("barred items are in nobody's list", "[ranking][threads]") {
  // Nobody has any left, a panel is left, and there are panels behind the first threshold.
  const ciess::index_t n = 2003;
  const auto users = small_integers(130, 4, 1);
  auto items = small_integers(n, 4, 2);
  auto pairs = std::vector<ciess::interaction>{};
  const auto drawn = random_interactions(130, n, 9, 3);
  for (row_id u = 0; u < 130; ++u)
    for (const row_id i : drawn.items_of(u)) pairs.push_back({u, i});
  for (row_id i = 0; i < n; ++i) pairs.push_back({9, i});  // and some barred ones are seen, too
  const auto seen = make_interactions(130, n, pairs);
  const auto who = some_of(130);
  const auto keep = GENERATE(0, 3, 32, 700, 1900);
  std::vector<row_id> barred;
  for (row_id i = 0; i < n; ++i)
    if (i * 13 % n >= keep) barred.push_back(i);
  REQUIRE(std::ssize(barred) == n - keep);
  // The same without a bar: who has seen the barred items is not given them either.
  for (const row_id i : barred)
    for (row_id u = 0; u < 130; ++u) pairs.push_back({u, i});
  const auto more = make_interactions(130, n, pairs);
  const auto take_into = [](lists& l) {
    return [&l](ciess::index_t p, auto best) {
      l[static_cast<std::size_t>(p)].assign(best.begin(), best.end());
    };
  };
  const int k = GENERATE(1, 20, 100000);
  lists expected(who.size()), products(who.size()), scores(who.size());
  ciess::rank_products(users, items, more, who, k, take_into(expected));
  const auto score = [&](ciess::index_t first, ciess::matrix_span out) {
    out = users.middleRows(first, out.rows()) * items.transpose();
  };
  const bool nan = GENERATE(false, true);
  if (nan)
    for (const row_id i : barred) items.row(i).setConstant(std::numeric_limits<float>::quiet_NaN());
  for (const int count : {1, 2}) {
    const ciess::threads pool{count};
    ciess::rank_products(users, items, seen, who, k, take_into(products), barred);
    ciess::rank_scores(score, seen, who, k, take_into(scores), barred);
    CHECK(products == expected);
    CHECK(scores == expected);
  }
}

TEST_CASE("ranking refuses before the first list", "[ranking]") {
  const matrix users = matrix::Ones(5, 2), items = matrix::Ones(7, 2), wide = matrix::Ones(7, 3);
  const auto seen = make_interactions(5, 7, {});
  int taken = 0;
  const auto take = [&](ciess::index_t, auto) { ++taken; };
  const auto products = [&](const matrix& right, const interactions& known, std::vector<row_id> who,
                            int k) { ciess::rank_products(users, right, known, who, k, take); };
  CHECK_THROWS_WITH(products(wide, seen, {0}, 1),
                    ContainsSubstring("user vectors have 2 columns, item vectors 3"));
  CHECK_THROWS_WITH(products(items, make_interactions(4, 7, {}), {0}, 1),
                    ContainsSubstring("expected interactions of 5 users and 7 items, got 4 and 7"));
  CHECK_THROWS_WITH(products(items, seen, {0, 5}, 1),
                    ContainsSubstring("user 5 is outside [0, 5)"));
  CHECK_THROWS_WITH(products(items, seen, {2, 1}, 1),
                    ContainsSubstring("users must rise, got 1 after 2"));
  CHECK_THROWS_WITH(products(items, seen, {0}, 0),
                    ContainsSubstring("k must be at least 1, got 0"));
  const auto score = [&](ciess::index_t, ciess::matrix_span) { ++taken; };
  const auto barred = GENERATE(std::vector<row_id>{-1}, std::vector<row_id>{7},
                               std::vector<row_id>{1, 1}, std::vector<row_id>{2, 1});
  const std::vector<row_id> one{0};
  CHECK_THROWS_WITH(ciess::rank_products(users, items, seen, one, 1, take, barred),
                    ContainsSubstring("rank_products: barred items must rise in [0, 7), got"));
  CHECK_THROWS_WITH(ciess::rank_scores(score, seen, one, 1, take, barred),
                    ContainsSubstring("rank_scores: barred items must rise in [0, 7), got"));
  const std::vector<row_id> stranger{-1}, nobody;
  CHECK_THROWS_AS(ciess::rank_scores(score, seen, stranger, 1, take), ciess::argument_error);
  CHECK_THROWS_AS(ciess::rank_scores(score, seen, nobody, 0, take), ciess::argument_error);
  CHECK_NOTHROW(ciess::rank_scores(score, seen, nobody, 1, take));
  CHECK(taken == 0);
}
