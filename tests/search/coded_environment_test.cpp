// SPDX-License-Identifier: MIT
#include <ciess/search/coded_environment.hpp>
// its own header first
#include <ciess/core/threads.hpp>
#include <ciess/search/bet/bet.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/kept_lists.hpp>
#include <ciess/search/list_fit.hpp>
#include <ciess/search/portfolio.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/search/search.hpp>
#include <ciess/search/sizer.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/random_tables.hpp"
#include "support/sizer_laws.hpp"

namespace {

using ciess::assignment;
using ciess::coded_environment;
using ciess::index_t;
using ciess::sizes;

static_assert(ciess::environment<coded_environment>);
static_assert(ciess::energetic_environment<coded_environment>);
static_assert(!ciess::retrainable_environment<coded_environment>);
static_assert(ciess::sizer<ciess::rule, coded_environment>);
static_assert(ciess::sizer<ciess::bet, coded_environment>);
static_assert(ciess::sizer<ciess::evolution, coded_environment>);
static_assert(ciess::sizer<ciess::ciess_sizer<>, coded_environment>);
static_assert(ciess::sizer<ciess::portfolio<ciess::bet, ciess::evolution>, coded_environment>);
static_assert(
    !std::is_constructible_v<coded_environment, ciess::vector_environment, std::array<int, 2>>);
static_assert(!std::is_constructible_v<coded_environment, const ciess::vector_environment&,
                                       std::array<int, 2>, ciess::interactions,
                                       const ciess::interactions&, ciess::evaluation_options>);
static_assert(!std::is_constructible_v<coded_environment, const ciess::vector_environment&,
                                       std::array<int, 2>, const ciess::interactions&,
                                       ciess::interactions, ciess::evaluation_options>);

/// 40 users, 30 items, 20 columns that fall by a fifth each; what has a high score is known or
/// held out.
struct drawn {
  ciess::matrix users = falling(40, 1), items = falling(30, 2);
  ciess::interactions train = pairs(0), held_out = pairs(1);
  ciess::vector_environment vectors{users, items, train, held_out};
  // What whole vectors take as floats.
  static constexpr std::int64_t dense = 4 * 20 * (40 + 30);

  static ciess::matrix falling(index_t rows, std::uint64_t seed) {
    ciess::matrix m = random_table(rows, {20, 20}, seed).values();
    for (index_t c = 0; c < m.cols(); ++c)
      m.col(c) *= static_cast<float>(std::pow(0.8, static_cast<double>(c)));
    return m;
  }
  [[nodiscard]] ciess::interactions pairs(index_t part) const {
    std::vector<ciess::interaction> some;
    for (index_t u = 0; u < users.rows(); ++u)
      for (index_t i = 0; i < items.rows(); ++i)
        if (users.row(u).dot(items.row(i)) > 1.0F && (3 * u + 5 * i) % 2 == part)
          some.push_back({static_cast<ciess::row_id>(u), static_cast<ciess::row_id>(i)});
    return {users.rows(), items.rows(), some};
  }
};

/// A share of the bytes of floats.
ciess::sizing_request asked_for(std::vector<std::int64_t> bytes, std::uint64_t seed = 5) {
  ciess::sizing_request asked{
      .budgets = {}, .keep = 2, .seed = seed, .of = ciess::budget_of::bytes};
  for (const auto b : bytes)
    asked.budgets.push_back(1 - static_cast<double>(b) / static_cast<double>(drawn::dense));
  return asked;
}

assignment any_bytes(int users, int items, std::uint64_t seed) {
  return assignment({random_sizes(40, {1, users}, seed), random_sizes(30, {1, items}, seed + 1)});
}
assignment equal_bytes(const coded_environment& env, int users, int items) {
  return assignment(
      {sizes(40, env.shapes()[0].range, users), sizes(30, env.shapes()[1].range, items)});
}

std::vector<std::uint8_t> stored_in(const auto& users, const auto& items) {
  std::vector<std::uint8_t> all;
  for (const auto* view : {&users, &items}) {
    for (const auto b : view->parts().values) all.push_back(b.value);
    for (const auto b : view->parts().narrow) all.push_back(b);
    for (const auto b : view->parts().book->bits()) all.push_back(b);
    for (const auto s : view->parts().book->steps()) {
      all.push_back(static_cast<std::uint8_t>(s.bits));
      all.push_back(static_cast<std::uint8_t>(s.bits >> 8));
    }
  }
  return all;
}

std::int64_t takes(coded_environment& env, const assignment& bytes) {
  return env.with_packed(bytes, [](const auto& users, const auto& items) {
    return users.memory().total() + items.memory().total();
  });
}

}  // namespace

TEST_CASE("rows of code bytes are packed as their vectors pack them, each time alike", "[search]") {
  const drawn d;
  coded_environment env(d.vectors, {9, 7});
  std::vector<assignment> tried{any_bytes(9, 7, 1), any_bytes(9, 7, 2), assignment(env.shapes())};
  for (const auto& [users, items] :
       {std::pair{1, 1}, std::pair{4, 3}, std::pair{9, 1}, std::pair{1, 7}})
    tried.push_back(equal_bytes(env, users, items));
  std::set<index_t> columns;
  for (int again = 0; again < 2; ++again)  // steps are known by then
    for (const assignment& bytes : tried) {
      const auto mine = env.with_packed(bytes, [&](const auto& u, const auto& i) {
        CHECK(u.columns() == i.columns());
        CHECK(u.columns() <= env.columns());
        CHECK(u.memory().values == bytes[0].total());
        CHECK(i.memory().values == bytes[1].total());
        columns.insert(u.columns());
        return stored_in(u, i);
      });
      CHECK(mine == d.vectors.with_own_bits(env.stored(bytes), [](const auto& u, const auto& i) {
        return stored_in(u, i);
      }));
      const auto m = env.measure(bytes);
      const auto figures = d.vectors.with_own_bits(
          env.stored(bytes),
          [&](const auto& u, const auto& i) { return d.vectors.judge_packed(u, i); });
      CHECK(m.quality == figures.mean);
      CHECK(m.rows[0] == figures.user_quality);
      CHECK(m.rows[1] == figures.item_quality);
    }
  CHECK(columns.size() > 2);  // narrow rows have a book of their own
  CHECK(*columns.rbegin() == env.columns());
}

TEST_CASE("where all rows have few bytes these say as much as they can", "[search]") {
  const drawn d;
  coded_environment wide(d.vectors, {20, 20}), narrow(d.vectors, {3, 3});
  CHECK(wide.measure(equal_bytes(wide, 3, 3)).quality ==
        narrow.measure(assignment(narrow.shapes())).quality);
  CHECK(wide.full().quality ==
        d.vectors.with_packed(
            assignment(d.vectors.shapes()), ciess::number_format::float32, false,
            [&](const auto& u, const auto& i) { return d.vectors.judge_packed(u, i).mean; }));
  CHECK(wide.full().quality > 0.5);
  CHECK(wide.measure(equal_bytes(wide, 20, 20)).quality > 0.97 * wide.full().quality);
  CHECK(wide.measure(equal_bytes(wide, 1, 1)).quality < 0.95 * wide.full().quality);
}

TEST_CASE("bytes of code rows have the energy of the columns that they stand for", "[search]") {
  const drawn d;
  const coded_environment env(d.vectors, {6, 4});
  CHECK(env.axes_group(0) != env.axes_group(1));
  CHECK(coded_environment(d.vectors, {5, 5}).axes_group(1) ==
        coded_environment(d.vectors, {5, 5}).axes_group(0));
  const auto bits = d.vectors.own_bits(assignment({sizes(40, {1, 6}), sizes(30, {1, 4})}));
  for (std::size_t t = 0; t < 2; ++t) {
    const auto& energy = env.full_table(t);
    REQUIRE(energy.cols() == env.shapes()[t].range.max);
    const index_t columns = std::ssize(bits[t]);
    // All bytes of a row are all columns that have bits, the first of them the first.
    for (index_t r = 0; r < energy.rows(); ++r) {
      CHECK(energy.row(r).norm() ==
            Approx(d.vectors.full_table(t).row(r).head(columns).norm()).epsilon(1e-5));
      index_t first = 0;
      for (int used = 0; used < 8; ++first) used += bits[t][static_cast<std::size_t>(first)];
      CHECK(energy(r, 0) ==
            Approx(d.vectors.full_table(t).row(r).head(first).norm()).epsilon(1e-5));
    }
  }
}

TEST_CASE("budgets of code bytes count values, sizes, index, padding and books", "[search]") {
  const drawn d;
  coded_environment env(d.vectors, {9, 7});
  const auto shapes = env.shapes();
  const std::int64_t least = ciess::least_code_bytes(shapes, env.columns());
  const assignment all(shapes);
  int of_one_size = 0;
  int of_many_sizes = 0;
  const std::int64_t unequal = ciess::least_unequal_code_bytes(shapes, env.columns());
  REQUIRE(unequal > least);
  for (std::int64_t bytes = least; bytes < unequal; bytes += 7) {  // no index fits
    const assignment equal = ciess::project(shapes, ciess::random_proposal(shapes, 3),
                                            env.byte_budget(asked_for({bytes}).budgets.front()));
    CHECK((ciess::only_size(equal[0]) != 0 && ciess::only_size(equal[1]) != 0));
    CHECK(takes(env, equal) <= bytes);
  }
  for (std::int64_t bytes = unequal; bytes < takes(env, all); bytes += 17) {
    const auto removed = asked_for({bytes}).budgets.front();
    const ciess::budget limit = env.byte_budget(removed);
    CHECK(limit == ciess::budget_in_code_bytes(shapes, env.columns(), bytes));
    // Where a row has the most, it is exact to the byte.
    assignment ragged = ciess::project(shapes, ciess::random_proposal(shapes, 3), limit);
    const bool equal_rows = ciess::only_size(ragged[0]) != 0 && ciess::only_size(ragged[1]) != 0;
    if (equal_rows)  // the smallest sizes beside the indices would be fewer
      CHECK(ragged.total() >= limit.numbers);
    else
      CHECK(ragged.total() == limit.numbers);
    of_many_sizes += !equal_rows;
    const auto narrower = [&](const assignment& a) {
      return env.with_packed(
          a, [&](const auto& u, const auto&) { return 6 * (env.columns() - u.columns()); });
    };
    std::int64_t index = 0;
    for (std::size_t t = 0; t < 2; ++t)
      if (ciess::only_size(ragged[t]) != 0) index += limit.one_size[t];
    if (ragged.total() == limit.numbers)
      CHECK(takes(env, ragged) + narrower(ragged) + index == bytes);
    CHECK(takes(env, ragged) <= bytes);
    // One size a table: no index, and its bytes may be had.
    for (const float weight : {0.25F, 1.0F, 4.0F}) {
      const assignment equal = ciess::project(
          shapes, {std::vector<float>(40, weight), std::vector<float>(30, 1.0F)}, limit);
      CHECK(takes(env, equal) <= bytes);
      of_one_size += ciess::only_size(equal[0]) != 0 && ciess::only_size(equal[1]) != 0;
    }
  }
  CHECK(of_one_size > 10);
  CHECK(of_many_sizes > 10);
  CHECK_THROWS_WITH(
      env.byte_budget(asked_for({least - 1}).budgets.front()),
      ContainsSubstring("do not hold the smallest sizes, which take " + std::to_string(least)));
  CHECK_THROWS_AS(env.byte_budget(1.0), ciess::argument_error);
  // In a search the same.
  CHECK_THROWS_WITH(ciess::limits_of(asked_for({least - 1}), env),
                    ContainsSubstring("do not hold"));
  CHECK_THROWS_WITH(ciess::limits_of(asked_for({4000}), env),
                    ContainsSubstring("there is nothing to choose"));
  CHECK_THROWS_WITH(ciess::limits_of(asked_for({}), env), ContainsSubstring("no budget is given"));
  CHECK(ciess::limits_of(asked_for({400}), env).front() ==
        ciess::budget_in_code_bytes(shapes, env.columns(), 400));
  // Multiples hold; and of numbers a budget is a share of the bytes that rows may have.
  const assignment even =
      ciess::project(shapes, ciess::random_proposal(shapes, 3),
                     ciess::budget_in_code_bytes(shapes, env.columns(), 520, 2));
  CHECK(takes(env, even) <= 520);
  for (const std::uint16_t size : even[0].values()) CHECK((size % 2 == 0 || size == 9));
  CHECK(ciess::limits_of({.budgets = {0.5}}, env).front().numbers == (9 * 40 + 7 * 30) / 2);
}

namespace {

template <class S>
void searches_code_bytes(const S& how) {
  CAPTURE(how.name());
  const drawn d;
  const std::vector<std::int64_t> bytes{330, 480};
  const auto asked = asked_for(bytes);
  const auto at = [&](int threads) {
    const ciess::threads pool(threads);
    coded_environment env(d.vectors, {9, 9});
    auto run = how.begin(env, asked);
    ciess::take_steps(run);
    return sizer_laws::state_of(run);
  };
  const auto whole = at(1);
  CHECK((at(2) == whole));

  coded_environment env(d.vectors, {9, 9});
  const auto found = ciess::find_sizes(env, how, asked);
  for (std::size_t b = 0; b < bytes.size(); ++b) {
    REQUIRE_FALSE(found.best[b].empty());
    for (const ciess::candidate& c : found.best[b]) {
      CHECK(takes(env, c.sizes) <= bytes[b]);
      CHECK(env.measure(c.sizes).quality == c.quality);
    }
  }
  // Stopped half way, saved, and gone on with by another environment.
  auto half = how.begin(env, asked);
  while (2 * static_cast<int>(half.history().size()) < found.steps) half.step();
  const auto saved = save_fields(half);
  coded_environment other(d.vectors, {9, 9});
  auto rest = how.begin(other, asked);
  load_fields(saved, rest);
  ciess::take_steps(rest);
  CHECK((sizer_laws::state_of(rest) == whole));
  // Not by one whose rows may have other bytes.
  coded_environment wider(d.vectors, {9, 10});
  auto none = how.begin(wider, asked);
  CHECK_THROWS_AS(load_fields(saved, none), ciess::data_error);
}

}  // namespace

TEST_CASE(
    "whatever searches sizes searches code bytes, within its budget, resumed to the same bytes",
    "[search][threads][resume]") {
  searches_code_bytes(ciess::equal_rule());
  searches_code_bytes(ciess::random_rule());
  searches_code_bytes(ciess::rule(ciess::frequency_rule()));
  searches_code_bytes(ciess::rule(ciess::frequency_rule({0, 0.5}, {0.5, 2})));
  searches_code_bytes(ciess::rule(ciess::tail_energy_rule()));
  const ciess::bet bet{.steps = 8, .candidates = 5, .updates = 4, .seeds = {ciess::equal_rule()}};
  const ciess::evolution evolution{.steps = 8, .drawn = 2, .seeds = {ciess::equal_rule()}};
  searches_code_bytes(bet);
  searches_code_bytes(evolution);
  searches_code_bytes(ciess::portfolio(bet, evolution));
  searches_code_bytes(sizer_laws::small_ciess());
}

TEST_CASE("code bytes can be judged by lists, without anything held out", "[search]") {
  const drawn d;
  std::vector<ciess::interaction> best;
  const std::vector<ciess::row_id> who = ciess::kept_lists::some_of(40);
  ciess::top_lists lists(40, 5);
  ciess::rank_products(d.vectors.full_table(0), d.vectors.full_table(1), d.train, who, 5, lists);
  for (const ciess::row_id u : who)
    for (const ciess::row_id i : lists[index_t{u}]) best.push_back({u, i});
  const ciess::interactions kept(40, 30, best);
  coded_environment env(d.vectors, {6, 6}, d.train, kept, {.cutoffs = {5}});
  CHECK(env.full().quality == Approx(1.0));
  CHECK(env.full_figures().recall_at(5) == Approx(1.0));
  CHECK(env.measure(equal_bytes(env, 6, 6)).quality > env.measure(equal_bytes(env, 2, 2)).quality);
  const auto shown = [](const coded_environment& of) {
    fields_writer all;
    of.visit_conditions(all);
    return all.saved;
  };
  const auto before = shown(env);
  CHECK(shown(coded_environment(d.vectors, {6, 6}, d.train, kept, {.cutoffs = {5}})) == before);
  CHECK(shown(coded_environment(d.vectors, {6, 6})) != before);
  CHECK(shown(coded_environment(d.vectors, {6, 6}, d.train, d.held_out, {.cutoffs = {5}})) !=
        before);
  ciess::matrix changed = d.items;
  changed(29, 19) += 0.001F;
  const ciess::vector_environment others(d.users, changed, d.train, d.held_out);
  CHECK(shown(coded_environment(others, {6, 6}, d.train, kept, {.cutoffs = {5}})) != before);
  const drawn other;
  CHECK(shown(coded_environment(other.vectors, {6, 6}, d.train, kept, {.cutoffs = {5}})) == before);
}

TEST_CASE("what was found is fitted to lists in the bytes that were found", "[search]") {
  const drawn d;
  coded_environment env(d.vectors, {9, 9});
  const auto found = ciess::search(env, ciess::rule(ciess::tail_energy_rule()), asked_for({480}));
  const assignment& bytes = found.best[0].front().sizes;
  const auto fitted = ciess::list_fit(d.vectors, d.train).fit(env.stored(bytes));
  CHECK(fitted.users.view().memory().total() + fitted.items.view().memory().total() ==
        takes(env, bytes));
}

TEST_CASE("code bytes that cannot be are refused", "[search]") {
  const drawn d;
  const std::string words = "code bytes: expected at most 1 to 20 bytes a row, got ";
  for (const auto& [users, items, got] :
       {std::tuple{0, 3, 0}, std::tuple{3, -1, -1}, std::tuple{21, 3, 21}})
    CHECK_THROWS_WITH(coded_environment(d.vectors, {users, items}), words + std::to_string(got));
  const ciess::interactions other(40, 31, std::vector<ciess::interaction>{{0, 0}});
  CHECK_THROWS_WITH(coded_environment(d.vectors, {3, 3}, other, other, {}),
                    "code bytes: expected interactions of 40 users and 30 items");
  CHECK_THROWS_WITH(coded_environment(d.vectors, {3, 3}, d.train, d.held_out, {.known_only = true}),
                    "code bytes: known_only is not for packed tables, which are ranked whole");
  CHECK_THROWS_WITH(
      coded_environment(d.vectors, {3, 3}, d.train, d.held_out, {.share = 0.5, .candidates = 9}),
      ContainsSubstring("code bytes: candidates are not for packed tables"));
  coded_environment env(d.vectors, {3, 3});
  CHECK_THROWS_AS(env.measure(assignment()), ciess::argument_error);
  CHECK_THROWS_AS(env.measure(any_bytes(4, 3, 1)), ciess::argument_error);
}
