// SPDX-License-Identifier: MIT
#include <ciess/search/bet/law_sampler.hpp>
// its own header first
#include <array>
#include <cmath>
#include <numeric>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

namespace {

ciess::random_engine engine_for(std::uint64_t number) {
  return ciess::random_stream(9, ciess::purpose::bet).at(0, number);
}

/// Frequencies and ranges as given; kinds: each table its own, or all one.
struct tables {
  tables(std::vector<std::vector<double>> f, std::vector<ciess::size_range> ranges,
         bool one_kind = false)
      : frequency{std::move(f)} {
    for (std::size_t t = 0; t < frequency.size(); ++t)
      shapes.push_back({static_cast<ciess::index_t>(frequency[t].size()), ranges[t]});
    facts.shapes = shapes;
    for (const auto& one : frequency) facts.frequency.emplace_back(one);
    for (std::size_t t = 0; t < frequency.size(); ++t) facts.kind.push_back(one_kind ? 0 : t);
  }
  tables(const tables&) = delete;
  std::vector<std::vector<double>> frequency;
  std::vector<ciess::table_shape> shapes;
  ciess::table_facts facts;
};

std::vector<double> falling(std::size_t n) {
  std::vector<double> f;
  for (std::size_t r = 0; r < n; ++r) f.push_back(std::floor(1000.0 / double(r + 1)));
  return f;
}

/// Many draws for a budget: each uses it up, and gives no row less than a rarer one of its table.
void check_draws(const tables& of, std::int64_t numbers, std::uint64_t draws = 200) {
  CAPTURE(numbers);
  const ciess::row_ranks ranks(of.facts);
  const ciess::law_sampler sampler(ranks, numbers);
  std::int64_t most = 0;
  for (const auto& s : of.shapes) most += s.rows * s.range.max;
  for (std::uint64_t i = 0; i < draws; ++i) {
    CAPTURE(i);
    auto engine = engine_for(i);
    const auto drawn = sampler.draw(engine);
    const auto a = ciess::project(of.shapes, sampler.proposed(of.shapes, drawn), {numbers});
    REQUIRE(a.total() == std::min(numbers, most));
    bool in_order = true;
    for (const auto& k : ranks.kinds())
      for (std::size_t r = 1; r < k.rows.size(); ++r) {
        const auto [table, row] = k.rows[r - 1];
        const auto [next_table, next_row] = k.rows[r];
        if (table == next_table && of.frequency[table][row] > of.frequency[table][next_row])
          in_order = in_order && a[table][row] >= a[table][next_row];
      }
    CHECK(in_order);
    // what the predictor sees has all rows, and about as many numbers
    std::uint64_t rows = 0;
    double total = 0;
    for (const auto& s : sampler.sets(drawn)) {
      rows += s.rows;
      total += double(s.rows) * s.size;
    }
    CHECK(rows == static_cast<std::uint64_t>(ranks.rows()));
    CHECK(std::abs(total - double(a.total())) <= 0.5 * double(rows));
  }
}

}  // namespace

TEST_CASE("drawn sizes use their budget up and never exceed it", "[search]") {
  const tables two({falling(150), falling(200)}, {{1, 128}, {1, 128}});
  for (const double keep : {0.01, 0.05, 0.1, 0.2, 0.5, 0.9})
    check_draws(two, static_cast<std::int64_t>(keep * 350 * 128));
  const tables five({falling(90), falling(3), falling(1), falling(400), falling(20)},
                    {{1, 64}, {1, 64}, {4, 16}, {1, 32}, {2, 2}});
  for (const std::int64_t numbers : {600, 1000, 5000, 12'000}) check_draws(five, numbers);
  const tables pooled({falling(90), falling(3), falling(1), falling(400), falling(20)},
                      {{1, 64}, {1, 64}, {1, 64}, {1, 64}, {1, 64}}, true);
  for (const std::int64_t numbers : {600, 5000, 12'000}) check_draws(pooled, numbers);
}

TEST_CASE("kinds of tables have parts of what numbers take", "[search]") {
  const tables of({falling(300), falling(200)}, {{1, 32}, {1, 32}});
  const ciess::row_ranks ranks(of.facts);
  const ciess::budget limit{.numbers = 5000, .tables = {{1, 1, 1}, {1, 1, 4}}};
  const ciess::law_sampler sampler(ranks, limit.whole_numbers(of.shapes),
                                   limit.number_costs(of.shapes));
  double of_first = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    auto engine = engine_for(i);
    const auto drawn = sampler.draw(engine);
    CHECK(drawn.kinds[0].part + drawn.kinds[1].part == Approx(1));
    of_first += drawn.kinds[0].part / 200;
    const auto a = ciess::project(of.shapes, sampler.proposed(of.shapes, drawn), limit);
    CHECK(a[0].total() + 4 * a[1].total() <= 5000);
    CHECK(a[0].total() + 4 * a[1].total() > 5000 - 4);
    // About the same as the predictor sees of it.
    double seen[2] = {};
    for (const auto& s : sampler.sets(drawn))
      seen[ranks.groups()[s.group].kind] += double(s.rows) * s.size;
    CHECK(std::abs(seen[0] - double(a[0].total())) <= 0.5 * 300);
    CHECK(std::abs(seen[1] - double(a[1].total())) <= 0.5 * 200);
  }
  // Uniform among those that hold both: of the first from 300 to 4,200 of 5,000.
  CHECK(of_first == Approx(2250.0 / 5000).epsilon(0.15));  // four deviations of the mean
}

TEST_CASE("odd tables have sizes, too", "[search]") {
  check_draws({{{3, 3, 3, 3}, {0, 0, 0}}, {{1, 8}, {1, 8}}}, 20);        // no differences
  check_draws({{{5}, {2}}, {{1, 8}, {1, 8}}}, 9);                        // one row each
  check_draws({{{5}}, {{1, 8}}}, 3);                                     // one row in all
  check_draws({{{5, 1}, {3, 2}}, {{4, 4}, {1, 8}}}, 17);                 // a table without choice
  check_draws({{falling(30), falling(20)}, {{1, 8}, {2, 8}}}, 70);       // d_min everywhere
  check_draws({{falling(30), falling(20)}, {{1, 8}, {2, 8}}}, 71);       // and one more
  check_draws({{falling(30), falling(20)}, {{1, 8}, {2, 8}}}, 400);      // d_max everywhere
  check_draws({{falling(30), {}}, {{1, 8}, {1, 8}}}, 100);               // a table without rows
  check_draws({{falling(3000), falling(2)}, {{1, 16}, {1, 16}}}, 9000);  // hardly any rows
  check_draws({{falling(7000), falling(9000)}, {{1, 16}, {1, 16}}}, 50'000, 10);  // many rows
}

TEST_CASE("rows of one frequency are served by their number", "[search]") {
  const tables alike({{3, 3, 3, 3, 3, 3, 3, 3}}, {{1, 16}});
  const ciess::row_ranks ranks(alike.facts);
  const ciess::law_sampler sampler(ranks, 40);
  auto engine = engine_for(1);
  const auto a =
      ciess::project(alike.shapes, sampler.proposed(alike.shapes, sampler.draw(engine)), {40});
  CHECK(std::ranges::is_sorted(a[0].values(), std::greater<>{}));
  CHECK(a[0][0] > a[0][7]);
}

TEST_CASE("parts of a budget are uniform among those that are possible", "[search]") {
  // Two kinds; 100 rows of 1 to 10 and 300 of 1 to 10 share 1000 numbers: 100 to 700 for the first
  // one's 100 to 1000, 300 to 900 for the other's.
  const tables two({falling(100), falling(300)}, {{1, 10}, {1, 10}});
  const ciess::row_ranks ranks(two.facts);
  const ciess::law_sampler sampler(ranks, 1000);
  std::vector<double> parts;
  constexpr int n = 4000;
  for (std::uint64_t i = 0; i < n; ++i) {
    auto engine = engine_for(i);
    const auto drawn = sampler.draw(engine);
    REQUIRE(drawn.kinds[0].part + drawn.kinds[1].part == Approx(1));
    parts.push_back(drawn.kinds[0].part);
  }
  std::ranges::sort(parts);
  double most = 0;
  for (std::size_t k = 0; k < parts.size(); ++k)
    most = std::max(most, std::abs((parts[k] - 0.1) / 0.6 - (double(k) + 0.5) / n));
  CHECK(most < 1.95 / std::sqrt(double{n}));

  // Four kinds of which each can have nearly all: the mean of w is 1/4, of w^2 2 / (4 * 5), and of
  // two of them together 1 / (4 * 5).
  const tables four({falling(10), falling(10), falling(10), falling(10)},
                    {{1, 10'000}, {1, 10'000}, {1, 10'000}, {1, 10'000}});
  const ciess::row_ranks four_ranks(four.facts);
  const ciess::law_sampler four_sampler(four_ranks, 100'000);
  double mean = 0;
  double square = 0;
  double both = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    auto engine = engine_for(i);
    const auto k = four_sampler.draw(engine).kinds;
    mean += k[2].part / n;
    square += k[2].part * k[2].part / n;
    both += k[0].part * k[3].part / n;
  }
  CHECK(mean == Approx(0.25).epsilon(0.05));
  CHECK(square == Approx(0.1).epsilon(0.08));
  CHECK(both == Approx(0.05).epsilon(0.08));
}

TEST_CASE("what a candidate looks like before it is made is what it is, nearly", "[search]") {
  const auto check = [&](const tables& of, std::int64_t numbers, double limit) {
    const ciess::row_ranks ranks(of.facts);
    const ciess::law_sampler sampler(ranks, numbers);
    for (std::uint64_t i = 0; i < 30; ++i) {
      CAPTURE(numbers, i);
      auto engine = engine_for(i);
      const auto drawn = sampler.draw(engine);
      const auto made = ciess::sets_of(
          ranks, ciess::project(of.shapes, sampler.proposed(of.shapes, drawn), {numbers}));
      // the mean size of each group of rows
      std::vector<double> before(ranks.groups().size()), after(before);
      for (const auto& s : sampler.sets(drawn)) before[s.group] += double(s.rows) * s.size;
      for (const auto& s : made) after[s.group] += double(s.rows) * s.size;
      double furthest = 0;
      for (std::size_t g = 0; g < before.size(); ++g)
        furthest = std::max(furthest, std::abs(before[g] - after[g]) /
                                          double(ranks.groups()[g].last - ranks.groups()[g].first));
      CHECK(furthest <= limit);
    }
  };
  const tables small({falling(300), falling(200)}, {{1, 128}, {1, 128}});
  check(small, 6400, 1);
  check(small, 12'800, 1);
  // where many rows share a draw, the first of them are steep
  check({{falling(6000), falling(9000)}, {{1, 64}, {1, 64}}}, 96'000, 3);
}

TEST_CASE("few draws are too large for a row, and many rows have the shape of few", "[search]") {
  const tables of({falling(150), falling(200)}, {{1, 128}, {1, 128}});
  const ciess::row_ranks ranks(of.facts);
  const ciess::law_sampler sampler(ranks, 350 * 128 / 5);
  int above = 0;
  std::array<int, ciess::share_laws> count{};
  for (std::uint64_t i = 0; i < 1000; ++i) {
    auto engine = engine_for(i);
    for (const auto& k : sampler.draw(engine).kinds) {
      above += k.asked.front() >= 129 ? 1 : 0;
      ++count[static_cast<std::size_t>(k.law.law)];
    }
  }
  CHECK(above < 10);
  for (const int c : count) CHECK(c > 300);  // each law fits often

  const tables many({falling(20'000)}, {{1, 128}});
  const ciess::row_ranks many_ranks(many.facts);
  const ciess::law_sampler many_sampler(many_ranks, 20'000 * 20);
  auto engine = engine_for(3);
  const auto drawn = many_sampler.draw(engine);
  CHECK(drawn.kinds[0].asked.size() == ciess::law_sampler::draws);
  const auto p = many_sampler.proposed(many.shapes, drawn)[0];
  CHECK(std::ranges::is_sorted(p, std::greater<>{}));
  CHECK(p.front() == drawn.kinds[0].asked.front());
  CHECK(p.back() == drawn.kinds[0].asked.back());
  CHECK(std::accumulate(p.begin(), p.end(), 0.0) == Approx(20'000 * 20).epsilon(0.01));
  CHECK(drawn.text().starts_with(name_of(drawn.kinds[0].law.law)));
  CHECK(drawn.text().ends_with(" 100%"));
}
