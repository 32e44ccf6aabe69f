// SPDX-License-Identifier: MIT
#include <ciess/ranking/rank_packed.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/ranking/rank.hpp>

#include "support/catch.hpp"
#include "support/coded_tables.hpp"
#include "support/ranking_data.hpp"

namespace {

using ciess::bfloat16;
using ciess::float16;
using ciess::interactions;
using ciess::masked_table;
using ciess::matrix;
using ciess::packed_view;
using ciess::row_id;
using ciess::size_range;
using testing_support::make_interactions;
using testing_support::random_interactions;

using lists = std::vector<std::vector<ciess::scored_item>>;

masked_table with_random_sizes(ciess::index_t rows, int columns, std::uint64_t seed) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(2);
  std::vector<int> all(static_cast<std::size_t>(rows));
  for (int& s : all)
    s = 1 + static_cast<int>(ciess::bounded(engine, static_cast<std::uint32_t>(columns)));
  return masked_table(ciess::sizes(std::span<const int>(all), size_range{1, columns}));
}

masked_table normal_table(ciess::index_t rows, int columns, std::uint64_t seed) {
  auto table = with_random_sizes(rows, columns, seed);
  table.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(seed, ciess::purpose::user));
  return table;
}

/// Whole numbers that every format holds, the largest of a row 127: so products are exact and tie
/// often.
masked_table integer_table(ciess::index_t rows, int columns, std::uint64_t seed) {
  auto table = with_random_sizes(rows, columns, seed);
  const matrix small = testing_support::small_integers(rows, columns, seed);
  for (ciess::index_t r = 0; r < rows; ++r) {
    const auto row = table[r];
    std::copy_n(small.row(r).data(), row.size(), row.begin());
    row[0] = r % 2 == 0 ? 127.0F : -127.0F;
  }
  return table;
}

auto into(lists& found) {
  return [&found](ciess::index_t p, std::span<const ciess::scored_item> best) {
    auto& list = found[static_cast<std::size_t>(p)];
    list.insert(list.end(), best.begin(), best.end());  // a second call would show
  };
}

template <class N>
lists ranked(const packed_view<N>& users, const packed_view<N>& items, const interactions& seen,
             const std::vector<row_id>& who, int k) {
  lists found(who.size());
  ciess::rank_packed(users, items, seen, who, k, into(found));
  return found;
}

std::vector<row_id> every(ciess::index_t users, row_id step = 1) {
  std::vector<row_id> who;
  for (row_id u = 0; u < users; u += step) who.push_back(u);
  return who;
}

/// All scores in double, sorted whole.
std::vector<ciess::scored_item> sorted(const matrix& users, const matrix& items, row_id user,
                                       std::span<const row_id> excluded, int k) {
  std::vector<std::pair<double, row_id>> all;
  for (row_id i = 0; i < items.rows(); ++i)
    if (!std::binary_search(excluded.begin(), excluded.end(), i))
      all.push_back({-users.row(user).cast<double>().dot(items.row(i).cast<double>()), i});
  std::sort(all.begin(), all.end());
  all.resize(std::min(all.size(), static_cast<std::size_t>(k)));
  std::vector<ciess::scored_item> best;
  for (const auto& [score, item] : all) best.push_back({item, static_cast<float>(-score)});
  return best;
}

}  // namespace

TEMPLATE_TEST_CASE("rank_packed chooses what sorting all scores of the dense tables chooses",
                   "[ranking]", float, bfloat16, float16, std::int8_t, ciess::bits<4>,
                   ciess::bits<3>, ciess::bits<2>) {
  // One panel and several chunks; sizes in one byte and in two.
  const auto [columns, count] = GENERATE(std::pair{1, 40}, std::pair{24, 1}, std::pair{24, 4500},
                                         std::pair{300, 33}, std::pair{300, 1000});
  const int k = GENERATE(1, 20, 300);
  const auto users = ciess::pack<TestType>(integer_table(40, columns, 1));
  const auto items = ciess::pack<TestType>(integer_table(count, columns, 2));
  // Every seventh user has seen nothing, one all but three items, one all.
  std::vector<ciess::interaction> pairs;
  for (row_id u = 0; u < 40; ++u)
    for (row_id i = u % 3; i < count; i += 1 + u % 11)
      if (u % 7 != 6) pairs.push_back({u, i});
  for (row_id i = 0; i < count; ++i)
    for (const row_id u : {3, 4})
      if (u == 4 || i % 2000 != 7) pairs.push_back({u, i});
  const auto seen = make_interactions(40, count, pairs);
  const matrix dense_users = users.view().dense(), dense_items = items.view().dense();
  const auto who = every(40);
  const auto found = ranked(users.view(), items.view(), seen, who, k);
  for (const row_id u : who)
    CHECK(found[static_cast<std::size_t>(u)] ==
          sorted(dense_users, dense_items, u, seen.items_of(u), k));
}

TEMPLATE_TEST_CASE("rank_packed gives the bytes that rank_products gives for the dense tables",
                   "[ranking]", float, bfloat16, float16, std::int8_t, ciess::bits<4>,
                   ciess::bits<3>, ciess::bits<2>) {
  const ciess::index_t count = GENERATE(1, 7, 400, 900);
  const auto users = ciess::pack<TestType>(normal_table(count, 40, 3));
  const auto items = ciess::pack<TestType>(normal_table(5000, 40, 4));
  const auto seen = random_interactions(count, 5000, 40, 5);
  const auto who = every(count, 2);
  lists dense(who.size());
  ciess::rank_products(users.view().dense(), items.view().dense(), seen, who, 20, into(dense));
  CHECK(ranked(users.view(), items.view(), seen, who, 20) == dense);

  // The vectors of the same users, given directly.
  matrix queries(std::ssize(who), 40);
  users.view().gather(who, queries);
  std::vector<std::span<const row_id>> excluded;
  for (const row_id u : who) excluded.push_back(seen.items_of(u));
  lists found(who.size());
  ciess::rank_packed(queries, items.view(), excluded, 20, into(found));
  CHECK(found == dense);
}

TEMPLATE_TEST_CASE("rank_packed reads rows of one size, and ragged ones beside them", "[ranking]",
                   float, bfloat16, float16, std::int8_t, ciess::bits<4>, ciess::bits<3>,
                   ciess::bits<2>) {
  const auto table = [](ciess::index_t rows, int size, std::uint64_t seed) {
    masked_table t(ciess::sizes(rows, {1, 40}, size));
    t.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(seed, ciess::purpose::user));
    return t;
  };
  const auto users = ciess::pack<TestType>(table(50, 40, 1));
  const auto items = ciess::pack<TestType>(table(5000, 17, 2));
  const auto ragged = ciess::pack<TestType>(normal_table(5000, 40, 3));
  REQUIRE(items.view().parts().size == 17);
  const auto seen = random_interactions(50, 5000, 40, 5);
  for (const auto* other : {&items, &ragged}) {
    lists dense(50);
    ciess::rank_products(users.view().dense(), other->view().dense(), seen, every(50), 20,
                         into(dense));
    CHECK(ranked(users.view(), other->view(), seen, every(50), 20) == dense);
  }
}

TEST_CASE("rank_packed reads numbers of different formats and ranks for queries without a past",
          "[ranking]") {
  const auto users = ciess::pack<std::int8_t>(integer_table(20, 12, 1));
  const auto items = ciess::pack<bfloat16>(integer_table(100, 12, 2));
  const matrix queries = users.view().dense();
  const auto none = make_interactions(20, 100, {});
  lists from_table(20), from_queries(20);
  ciess::rank_packed(users.view(), items.view(), none, every(20), 5, into(from_table));
  ciess::rank_packed(queries, items.view(), {}, 5, into(from_queries));
  CHECK(from_table == from_queries);
  for (row_id u = 0; u < 20; ++u)
    CHECK(from_queries[static_cast<std::size_t>(u)] ==
          sorted(queries, items.view().dense(), u, {}, 5));
}

TEMPLATE_TEST_CASE("rank_packed chooses among some items what it chooses if others are excluded",
                   "[ranking]", float, std::int8_t, ciess::bits<4>) {
  // One panel and several chunks, of items that lie close and far from each other.
  const auto [count, step] =
      GENERATE(std::pair{40, 3}, std::pair{9000, 1}, std::pair{9000, 2}, std::pair{9000, 7},
               std::pair{9000, 10}, std::pair{9000, 1000}, std::pair{9000, 9000});
  const int k = GENERATE(1, 20);
  const auto users = ciess::pack<TestType>(integer_table(30, 24, 1));
  const auto items = ciess::pack<TestType>(integer_table(count, 24, 2));
  std::vector<row_id> among;
  for (row_id i = step / 2; i < count - 1; i += step) among.push_back(i);
  const auto seen = random_interactions(30, count, count == 40 ? 20 : 300, 5);
  const auto who = every(30, 2);
  matrix queries(std::ssize(who), 24);
  users.view().gather(who, queries);
  std::vector<std::span<const row_id>> excluded;
  for (const row_id u : who) excluded.push_back(seen.items_of(u));
  lists expected(who.size());
  for (std::size_t p = 0; p < who.size(); ++p) {
    std::vector<row_id> others;
    for (row_id i = 0; i < count; ++i)
      if (!std::ranges::binary_search(among, i) || seen.contains(who[p], i)) others.push_back(i);
    expected[p] = sorted(queries, items.view().dense(), static_cast<row_id>(p), others, k);
  }
  for (const int threads : {1, 3}) {
    const ciess::threads pool(threads);
    lists by_query(who.size()), by_user(who.size());
    ciess::rank_packed(queries, items.view(), excluded, k, into(by_query), {.among = among});
    ciess::rank_packed(users.view(), items.view(), seen, who, k, into(by_user), {.among = among});
    CHECK(by_query == expected);
    CHECK(by_user == expected);
  }
}

TEST_CASE("rank_packed chooses nothing among nothing", "[ranking]") {
  const auto items = ciess::pack(normal_table(50, 8, 2));
  lists found(3);
  ciess::rank_packed(matrix::Ones(3, 8), items.view(), {}, 5, into(found),
                     {.among = std::span<const row_id>()});
  CHECK(found == lists(3));
}

TEST_CASE("rank_packed reads only the items that it chooses among", "[ranking]") {
  const auto items = ciess::pack(normal_table(300, 8, 2));
  std::vector<float> values(items.view().parts().values.begin(), items.view().parts().values.end());
  const auto& good = items.view().parts();
  const packed_view<float> spoilt(300, {1, 8}, {values, good.narrow, {}, good.starts, {}});
  values[static_cast<std::size_t>(spoilt[70].stored().data() - values.data())] =
      std::numeric_limits<float>::quiet_NaN();
  const std::vector<row_id> with{3, 70, 200}, without{3, 69, 71, 200};
  const auto rank = [&](std::span<const row_id> among) {
    ciess::rank_packed(matrix::Ones(1, 8), spoilt, {}, 5, [](ciess::index_t, auto) {},
                       {.among = among});
  };
  CHECK_THROWS_WITH(rank(with), ContainsSubstring("user 0 for item 70 is NaN"));
  CHECK_NOTHROW(rank(without));
}

TEST_CASE("rank_packed ranks empty tables", "[ranking]") {
  const auto users = ciess::pack(normal_table(3, 8, 1));
  const auto items = ciess::pack(normal_table(0, 8, 2));
  CHECK(ranked(users.view(), items.view(), make_interactions(3, 0, {}), every(3), 5) == lists(3));
  int taken = 0;
  const auto take = [&](ciess::index_t, auto) { ++taken; };
  ciess::rank_packed(items.view(), users.view(), make_interactions(0, 3, {}), {}, 5, take);
  ciess::rank_packed(matrix(0, 8), users.view(), {}, 5, take);
  CHECK(taken == 0);
}

TEST_CASE("rank_packed ranks tables of one row and one column", "[ranking]") {
  const auto users = ciess::pack(normal_table(1, 1, 1));
  const auto items = ciess::pack(normal_table(1, 1, 2));
  const auto found = ranked(users.view(), items.view(), make_interactions(1, 1, {}), every(1), 5);
  REQUIRE(found[0].size() == 1);
  CHECK(found[0][0].item == 0);
  CHECK(found[0][0].score == users.view()[0][0] * items.view()[0][0]);
  CHECK(ranked(users.view(), items.view(), make_interactions(1, 1, {{0, 0}}), every(1), 5) ==
        lists(1));
}

TEST_CASE("rank_packed names user and item of a NaN and the row that is not there", "[ranking]") {
  const auto users = ciess::pack(normal_table(30, 8, 1));
  const auto items = ciess::pack(normal_table(9000, 8, 2));
  const auto& good = items.view().parts();
  std::vector<float> values(good.values.begin(), good.values.end());
  std::vector<std::uint8_t> codes(good.narrow.begin(), good.narrow.end());
  const packed_view<float> spoilt(9000, {1, 8}, {values, codes, {}, good.starts, {}});
  const auto rank = [&](const interactions& seen) {
    const std::vector<row_id> who{3, 17};
    int taken = 0;
    ciess::rank_packed(users.view(), spoilt, seen, who, 5, [&](ciess::index_t, auto) { ++taken; });
    return taken;
  };
  for (const ciess::index_t item : {8800, 8801, 70})
    values[static_cast<std::size_t>(spoilt[item].stored().data() - values.data())] =
        std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(rank(make_interactions(30, 9000, {})),
                    ContainsSubstring("user 3 for item 70 is NaN"));
  CHECK_THROWS_WITH(rank(make_interactions(30, 9000, {{3, 70}})),
                    ContainsSubstring("user 3 for item 8800 is NaN"));
  CHECK_THROWS_WITH(rank(make_interactions(30, 9000, {{3, 70}, {3, 8800}, {3, 8801}})),
                    ContainsSubstring("user 17 for item 70 is NaN"));
  CHECK(rank(make_interactions(
            30, 9000, {{3, 70}, {3, 8800}, {3, 8801}, {17, 70}, {17, 8800}, {17, 8801}})) == 2);
  const matrix two = users.view().dense().topRows(2);
  CHECK_THROWS_WITH(ciess::rank_packed(two, spoilt, {}, 5, [](ciess::index_t, auto) {}),
                    ContainsSubstring("user 0 for item 70 is NaN"));
  codes[8999] = 255;
  CHECK_THROWS_WITH(rank(make_interactions(30, 9000, {})),
                    ContainsSubstring("row 8999 of size 256"));
  CHECK_THROWS_AS(rank(make_interactions(30, 9000, {})), ciess::data_error);
}

TEST_CASE("rank_packed refuses before the first list", "[ranking]") {
  const auto users = ciess::pack(normal_table(5, 2, 1)), items = ciess::pack(normal_table(7, 2, 2)),
             wide = ciess::pack(normal_table(7, 3, 3));
  const auto seen = make_interactions(5, 7, {});
  int taken = 0;
  const auto take = [&](ciess::index_t, auto) { ++taken; };
  const auto rank = [&](const packed_view<float>& right, const interactions& known,
                        std::vector<row_id> who,
                        int k) { ciess::rank_packed(users.view(), right, known, who, k, take); };
  CHECK_THROWS_WITH(rank(wide.view(), seen, {0}, 1),
                    ContainsSubstring("user vectors have 2 columns, item vectors 3"));
  CHECK_THROWS_WITH(rank(items.view(), make_interactions(4, 7, {}), {0}, 1),
                    ContainsSubstring("expected interactions of 5 users and 7 items, got 4 and 7"));
  CHECK_THROWS_WITH(rank(items.view(), seen, {0, 5}, 1),
                    ContainsSubstring("user 5 is outside [0, 5)"));
  CHECK_THROWS_WITH(rank(items.view(), seen, {2, 1}, 1),
                    ContainsSubstring("users must rise, got 1 after 2"));
  CHECK_THROWS_WITH(rank(items.view(), seen, {0}, 0),
                    ContainsSubstring("k must be at least 1, got 0"));

  const matrix queries = matrix::Ones(2, 2);
  const auto query = [&](std::vector<std::vector<row_id>> excluded, int k) {
    const std::vector<std::span<const row_id>> spans(excluded.begin(), excluded.end());
    ciess::rank_packed(queries, items.view(), spans, k, take);
  };
  CHECK_THROWS_WITH(query({{1}}, 1),
                    ContainsSubstring("expected excluded items of 2 queries, got 1"));
  CHECK_THROWS_WITH(query({{}, {0, 3, 3}}, 1),
                    ContainsSubstring("excluded items of query 1 must rise in [0, 7), got 3"));
  CHECK_THROWS_WITH(query({{-1}, {}}, 1), ContainsSubstring("query 0 must rise in [0, 7), got -1"));
  CHECK_THROWS_WITH(query({{}, {6, 7}}, 1), ContainsSubstring("got 7"));
  CHECK_THROWS_WITH(query({}, 0), ContainsSubstring("k must be at least 1, got 0"));
  CHECK_THROWS_WITH(ciess::rank_packed(matrix::Ones(1, 3), items.view(), {}, 1, take),
                    ContainsSubstring("user vectors have 3 columns, item vectors 2"));
  const auto choose = [&](std::vector<row_id> among, std::size_t factors) {
    const std::vector<float> all(factors, 1.0F);
    ciess::rank_packed(queries, items.view(), {}, 1, take, {.among = among, .factors = all});
  };
  CHECK_THROWS_WITH(choose({3, 3}, 0),
                    ContainsSubstring("items to choose from must rise in [0, 7), got 3"));
  CHECK_THROWS_WITH(choose({3, 7}, 0), ContainsSubstring("got 7"));
  CHECK_THROWS_WITH(choose({-1}, 0), ContainsSubstring("got -1"));
  CHECK_THROWS_WITH(choose({3}, 6), ContainsSubstring("expected factors of 7 items, got 6"));
  CHECK(taken == 0);
  CHECK_NOTHROW(query({{}, {0, 6}}, 9));
  CHECK(taken == 2);
}

TEST_CASE("rank_packed gives the same bytes at any number of threads", "[ranking][threads]") {
  // Few users share ranges of items, many do not.
  const ciess::index_t count = GENERATE(1, 9, 3000);
  const auto users = ciess::pack<bfloat16>(integer_table(count, 16, 1));
  const auto items = ciess::pack<bfloat16>(integer_table(count < 10 ? 30'000 : 900, 16, 2));
  const auto seen = random_interactions(count, items.view().rows(), 50, 3);
  const auto at = [&](int threads) {
    const ciess::threads pool(threads);
    return ranked(users.view(), items.view(), seen, every(count), 20);
  };
  const auto expected = at(1);
  CHECK(at(2) == expected);
  CHECK(at(4) == expected);
}

TEST_CASE("rank_packed reads bytes of columns as the dense tables", "[ranking]") {
  const bool ragged = GENERATE(false, true);
  const int bytes = GENERATE(1, 6);
  const auto table = [&](ciess::index_t rows, std::uint64_t seed) {
    return ragged ? coded_table(rows, bytes, seed)
                  : coded_table(ciess::sizes(rows, {1, bytes}, bytes), seed);
  };
  const auto users = table(70, 1), items = table(5000, 2);
  const auto seen = random_interactions(70, 5000, 40, 5);
  lists dense(70);
  ciess::rank_products(users.view().dense(), items.view().dense(), seen, every(70), 20,
                       into(dense));
  CHECK(ranked(users.view(), items.view(), seen, every(70), 20) == dense);
  // Beside numbers of another format, and with factors.
  const int columns = static_cast<int>(users.view().columns());
  const auto floats = ciess::pack(normal_table(70, columns, 4));
  lists mixed(70), plain(70);
  ciess::rank_packed(floats.view(), items.view(), seen, every(70), 20, into(mixed));
  ciess::rank_products(floats.view().dense(), items.view().dense(), seen, every(70), 20,
                       into(plain));
  CHECK(mixed == plain);
  std::vector<float> factors(5000);
  for (std::size_t i = 0; i < factors.size(); ++i) factors[i] = 1.0F + static_cast<float>(i % 3);
  matrix longer = items.view().dense();
  for (ciess::index_t i = 0; i < 5000; ++i) longer.row(i) *= factors[static_cast<std::size_t>(i)];
  lists scaled(70), expected(70);
  ciess::rank_packed(users.view(), items.view(), seen, every(70), 20, into(scaled),
                     {.factors = factors});
  ciess::rank_products(users.view().dense(), longer, seen, every(70), 20, into(expected));
  CHECK(scaled == expected);

  // Rows of unlike length, with scales of their own.
  const scaled_rows_table unlike(ragged ? random_sizes(5000, {1, bytes}, 6)
                                        : ciess::sizes(5000, {1, bytes}, bytes));
  CHECK(ranked(users.view(), unlike.packed.view(), seen, every(70), 20) == [&] {
    lists of_dense(70);
    ciess::rank_products(users.view().dense(), unlike.packed.view().dense(), seen, every(70), 20,
                         into(of_dense));
    return of_dense;
  }());
}
