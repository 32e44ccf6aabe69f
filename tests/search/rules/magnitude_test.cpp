// SPDX-License-Identifier: MIT
#include <ciess/search/rules/magnitude.hpp>
// its own header first
#include <algorithm>
#include <limits>
#include <tuple>

#include <ciess/core/threads.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/search.hpp>

#include "support/catch.hpp"
#include "support/energetic_environment.hpp"

namespace {
using ciess::magnitude_proposal;
using ciess::matrix;
using ciess::matrix_view;

const matrix users{{2, -1, 3}, {0, 0.5F, 0}};
const matrix items{{-1, 9, 0}};
const std::vector<matrix_view> tables{users, items};
const std::vector<ciess::table_shape> shapes{{.rows = 2, .range = {1, 3}},
                                             {.rows = 1, .range = {1, 3}}};

matrix drawn(ciess::index_t rows, ciess::index_t columns, std::uint64_t seed) {
  const ciess::random_stream stream(seed, ciess::purpose::baseline);
  matrix m(rows, columns);
  for (ciess::index_t r = 0; r < rows; ++r)
    for (ciess::index_t c = 0; c < columns; ++c) {
      auto engine = stream.at(static_cast<std::uint64_t>(r), static_cast<std::uint64_t>(c));
      // few values, so that many are equal
      m(r, c) =
          std::round(8 * (ciess::uniform01<float>(engine) - 0.5F)) / static_cast<float>(r % 5 + 1);
    }
  return m;
}

/// All numbers in one list, sorted: how many each row keeps.
ciess::proposal naive(std::span<const matrix_view> all, ciess::index_t numbers,
                      ciess::index_t protect) {
  struct number {
    float magnitude;
    std::size_t table, row;
  };
  ciess::proposal p;
  std::vector<number> rest;
  for (std::size_t t = 0; t < all.size(); ++t) {
    p.emplace_back(static_cast<std::size_t>(all[t].rows()), static_cast<float>(protect));
    for (ciess::index_t r = 0; r < all[t].rows(); ++r) {
      std::vector<float> row;
      for (ciess::index_t c = 0; c < all[t].cols(); ++c) row.push_back(std::abs(all[t](r, c)));
      std::ranges::sort(row, std::greater<>{});
      for (auto j = static_cast<std::size_t>(protect); j < row.size(); ++j)
        rest.push_back({row[j], t, static_cast<std::size_t>(r)});
      numbers -= protect;
    }
  }
  std::ranges::sort(rest, [](const number& x, const number& y) {
    return std::tuple(-x.magnitude, x.table, x.row) < std::tuple(-y.magnitude, y.table, y.row);
  });
  for (std::size_t i = 0; std::cmp_less(i, numbers); ++i) ++p[rest[i].table][rest[i].row];
  return p;
}

}  // namespace

TEST_CASE("rows keep what they have among the largest numbers, by hand", "[search]") {
  const auto kept = [](ciess::index_t numbers, const ciess::magnitude_options& o) {
    return magnitude_proposal(shapes, tables, {numbers}, o);
  };
  // 3 2 1, 0.5 0 0 and 9 1 0: the four largest of all; of the two ones the users' comes first
  CHECK(kept(4, {.joint = true}) == ciess::proposal{{3, 0}, {1}});
  CHECK(kept(5, {.joint = true}) == ciess::proposal{{3, 0}, {2}});
  CHECK(kept(6, {.joint = true}) == ciess::proposal{{3, 1}, {2}});
  // two thirds are the users'
  CHECK(kept(3, {}) == ciess::proposal{{2, 0}, {1}});
  CHECK(kept(6, {}) == ciess::proposal{{3, 1}, {2}});
  // half of the mean of two numbers: one of each row
  CHECK(kept(6, {.joint = true, .protect = 0.5}) == ciess::proposal{{3, 1}, {2}});
  CHECK(kept(4, {.joint = true, .protect = 0.8}) == ciess::proposal{{2, 1}, {1}});
  CHECK(kept(6, {.joint = true, .protect = 1}) == ciess::proposal{{2, 2}, {2}});
  CHECK(kept(9, {}) == ciess::proposal{{3, 3}, {3}});
  CHECK(kept(0, {}) == ciess::proposal{{0, 0}, {0}});
}

TEST_CASE("numbers kept by magnitude are those of a sorted list, equal ones by table and row",
          "[search]") {
  const matrix a = drawn(50, 8, 1);
  const matrix b = drawn(30, 8, 2);
  const std::vector<ciess::table_shape> two{{.rows = 50, .range = {1, 8}},
                                            {.rows = 30, .range = {1, 8}}};
  const std::vector<matrix_view> both{a, b};
  for (const ciess::index_t numbers : {80, 160, 321, 639}) {
    CAPTURE(numbers);
    for (const double protect : {0.0, 0.3, 1.0}) {
      CAPTURE(protect);
      const auto mean = static_cast<double>(numbers) / 80;
      const auto k = static_cast<ciess::index_t>(std::floor(protect * mean));
      const auto joint = magnitude_proposal(two, both, {numbers}, {true, protect});
      CHECK(joint == naive(both, numbers, k));
      const auto each = magnitude_proposal(two, both, {numbers}, {false, protect});
      for (const std::size_t t : {0U, 1U}) {
        const auto share = std::llround(static_cast<double>(numbers) * (t == 0 ? 0.625 : 0.375));
        CHECK(each[t] == naive({&both[t], 1}, share, k)[0]);
      }
      const ciess::threads one(1);
      CHECK(magnitude_proposal(two, both, {numbers}, {true, protect}) == joint);
    }
  }
}

TEST_CASE("sizes by magnitude meet the budget to the number, and refuse what they cannot rank",
          "[search]") {
  energetic_analytic_environment env(3, {60, 40}, {1, 16});
  const auto found = ciess::search(env, ciess::rule(ciess::magnitude_rule()), {.budgets = {0.8}});
  CHECK(found.sizes(0.8).total() == 320);
  CHECK(found.steps == 8);
  CHECK(found.best[0][0].origin.starts_with("magnitude ("));

  CHECK_THROWS_WITH(magnitude_proposal(shapes, tables, {3}, {.protect = 1.5}),
                    ContainsSubstring("protect must be in [0, 1], got 1.5"));
  CHECK_THROWS_AS(magnitude_proposal(shapes, std::span(tables).first(1), {3}),
                  ciess::argument_error);
  matrix spoilt = users;
  spoilt(1, 2) = std::numeric_limits<float>::quiet_NaN();
  const std::vector<matrix_view> bad{spoilt, items};
  CHECK_THROWS_WITH(magnitude_proposal(shapes, bad, {3}), ContainsSubstring("table 0, row 1"));
  const analytic_environment closed(1, {4, 3}, {1, 8});
  CHECK_THROWS_WITH(ciess::rule(ciess::magnitude_rule()).check(closed, {.budgets = {0.5}}),
                    ContainsSubstring("does not show its full-size tables"));
}
