// SPDX-License-Identifier: MIT
#include <ciess/search/bet/row_ranks.hpp>
// its own header first
#include <utility>

#include "support/catch.hpp"

namespace {

/// Facts of tables that are given by their frequencies.
struct given {
  given(std::vector<std::vector<double>> f, std::vector<std::size_t> kinds,
        std::vector<ciess::size_range> ranges = {})
      : frequency{std::move(f)} {
    for (std::size_t t = 0; t < frequency.size(); ++t)
      shapes.push_back({static_cast<ciess::index_t>(frequency[t].size()),
                        ranges.empty() ? ciess::size_range{1, 8} : ranges[t]});
    facts.shapes = shapes;
    for (const auto& one : frequency) facts.frequency.emplace_back(one);
    facts.kind = std::move(kinds);
  }
  given(const given&) = delete;
  std::vector<std::vector<double>> frequency;
  std::vector<ciess::table_shape> shapes;
  ciess::table_facts facts;
};

std::vector<std::pair<int, int>> order(const ciess::row_ranks& ranks, std::size_t kind) {
  std::vector<std::pair<int, int>> all;
  for (const auto& r : ranks.kinds()[kind].rows) all.emplace_back(r.table, r.row);
  return all;
}

}  // namespace

TEST_CASE("rows are ranked by frequency, then by their number", "[search]") {
  const given two({{3, 7, 3, 0}, {1, 2}}, {0, 1});
  const ciess::row_ranks ranks(two.facts);
  CHECK(order(ranks, 0) == std::vector<std::pair<int, int>>{{0, 1}, {0, 0}, {0, 2}, {0, 3}});
  CHECK(order(ranks, 1) == std::vector<std::pair<int, int>>{{1, 1}, {1, 0}});
  CHECK(ranks.rows() == 6);
  CHECK(ranks.largest() == 8);
  CHECK(ranks.kinds()[0].least == 4);
  CHECK(ranks.kinds()[0].most == 32);
  REQUIRE(ranks.groups().size() == 5);
  CHECK(ranks.groups()[0].frequency == 1);
  CHECK(ranks.groups()[1].frequency == Approx(3.0 / 7));
  CHECK(ranks.groups()[1].first == 1);
  CHECK(ranks.groups()[1].last == 3);
  CHECK(ranks.groups()[2].frequency == 0);
  CHECK(ranks.groups()[3].kind == 1);
  CHECK(ranks.groups()[4].frequency == 0.5);
}

TEST_CASE("tables of one kind are one list", "[search]") {
  const given three({{1, 5}, {9}, {1, 5, 2}}, {0, 1, 0}, {{2, 8}, {1, 64}, {1, 16}});
  const ciess::row_ranks ranks(three.facts);
  CHECK(order(ranks, 0) ==
        std::vector<std::pair<int, int>>{{0, 1}, {2, 1}, {2, 2}, {0, 0}, {2, 0}});
  CHECK(ranks.kinds()[0].range == ciess::size_range{1, 16});
  CHECK(ranks.kinds()[0].least == 2 * 2 + 3 * 1);
  CHECK(ranks.kinds()[0].most == 2 * 8 + 3 * 16);
  CHECK(ranks.largest() == 64);
}

TEST_CASE("groups of ranks are found", "[search]") {
  const given one({{9, 9, 9, 4, 4, 1}, {}}, {0, 1});
  const ciess::row_ranks ranks(one.facts);
  using found = std::vector<std::pair<std::size_t, ciess::index_t>>;
  const auto in = [&](ciess::index_t first, ciess::index_t last, std::size_t kind = 0) {
    found all;
    ranks.over_groups(kind, first, last,
                      [&](std::size_t g, ciess::index_t rows) { all.emplace_back(g, rows); });
    return all;
  };
  CHECK(in(0, 6) == found{{0, 3}, {1, 2}, {2, 1}});
  CHECK(in(1, 4) == found{{0, 2}, {1, 1}});
  CHECK(in(4, 5) == found{{1, 1}});
  CHECK(in(3, 3).empty());
  CHECK(in(0, 0, 1).empty());
}

TEST_CASE("frequencies that differ by less than a thousandth are one group", "[search]") {
  std::vector<double> many;
  for (int i = 0; i < 50'000; ++i) many.push_back(i);
  const given one({many}, {0});
  const ciess::row_ranks ranks(one.facts);
  CHECK(ranks.groups().size() <= 1 + ciess::row_ranks::bins);
  ciess::index_t at = 0;
  for (const auto& g : ranks.groups()) {
    CHECK(g.first == at);
    at = g.last;
    const double first = (50'000.0 - 1 - double(g.first)) / (50'000 - 1);
    CHECK(std::abs(g.frequency - first) < 1.0 / ciess::row_ranks::bins);
  }
  CHECK(at == 50'000);
}

TEST_CASE("what never occurs is one group, and nothing at all is none", "[search]") {
  const given zero({{0, 0, 0}}, {0});
  const ciess::row_ranks ranks(zero.facts);
  CHECK(order(ranks, 0) == std::vector<std::pair<int, int>>{{0, 0}, {0, 1}, {0, 2}});
  REQUIRE(ranks.groups().size() == 1);
  CHECK(ranks.groups()[0].frequency == 0);
  const given none({{}}, {0});
  CHECK(ciess::row_ranks(none.facts).groups().empty());
  CHECK(ciess::row_ranks(none.facts).largest() == 1);
}

TEST_CASE("more rows than can be numbered are refused", "[search]") {
  const std::vector<ciess::table_shape> shapes{{.rows = ciess::index_t{1} << 32, .range = {1, 8}}};
  const ciess::table_facts facts{.shapes = shapes, .kind = {0}};
  CHECK_THROWS_WITH(ciess::row_ranks::check(facts),
                    ContainsSubstring("fewer than 2^32 rows, got 4294967296"));
}
