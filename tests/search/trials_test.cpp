// SPDX-License-Identifier: MIT
#include <ciess/search/trials.hpp>
// its own header first
#include <limits>

#include <ciess/search/rules/simple.hpp>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/sizer_laws.hpp"

namespace {

const std::vector<ciess::index_t> rows{4, 3};
const ciess::size_range range{1, 8};

ciess::assignment equal(const analytic_environment& env, int size) {
  std::vector<ciess::sizes> tables;
  for (const auto& s : env.shapes()) tables.emplace_back(s.rows, s.range, size);
  return ciess::assignment(std::move(tables));
}

/// Spoils one number of a measurement.
struct spoilt_environment : analytic_environment {
  spoilt_environment() : analytic_environment(1, rows, range) {}
  ciess::measurement measure(const ciess::assignment& a) const {
    auto m = analytic_environment::measure(a);
    m.rows[1][2] = std::numeric_limits<double>::quiet_NaN();
    return m;
  }
};
/// Has a quality that costs less than a measurement.
struct quick_environment : analytic_environment {
  quick_environment() : analytic_environment(1, rows, range) {}
  double quality(const ciess::assignment&) const { return 7; }
};

}  // namespace

TEST_CASE("a measurement is filed under every budget that it meets, a judgement under its own",
          "[search]") {
  analytic_environment env(1, rows, range);
  ciess::trials<analytic_environment> trials(env, "mine", {.budgets = {0.2, 0.5, 0.8}});
  REQUIRE(trials.limits().size() == 3);
  CHECK(trials.limits()[1].numbers == 28);
  CHECK(trials.full().quality == env.full().quality);

  auto first = trials.begin(1, 2);
  CHECK(first.method == "mine");
  CHECK(first.total == 2);
  CHECK(first.budget == 0.5);
  first.origin = "measured";
  const auto half = equal(env, 4);
  const auto m = trials.measure(first, 1, half);
  CHECK(m.quality == env.measure(half).quality);
  CHECK(first.quality == m.quality);
  CHECK(first.best == m.quality);
  CHECK(first.sparsity == 0.5);
  trials.end(first);
  CHECK(trials.best(0).size() == 1);
  CHECK(trials.best(1).size() == 1);
  CHECK(trials.best(2).empty());

  auto second = trials.begin(0, 2);
  second.origin = "judged";
  const auto quarter = equal(env, 2);
  CHECK(trials.judge(second, 0, quarter) == env.measure(quarter).quality);
  CHECK(second.best == m.quality);  // the measured one, which has more numbers
  trials.end(second);
  CHECK(trials.best(0).size() == 2);
  CHECK(trials.best(1).size() == 1);
  CHECK(trials.best(0)[1].origin == "judged");
  CHECK(trials.best(0)[1].step == 1);
  REQUIRE(trials.history().size() == 2);
  CHECK(trials.history()[1].number == 1);
  CHECK(trials.history()[1].seconds >= trials.history()[0].seconds);
}

TEST_CASE("a judgement asks for the quality alone, where that costs less", "[search]") {
  quick_environment env;
  ciess::trials<quick_environment> trials(env, "mine", {.budgets = {0.5}});
  auto report = trials.begin(0, 1);
  CHECK(trials.judge(report, 0, equal(env, 4)) == 7);
  CHECK(trials.measure(report, 0, equal(env, 4)).quality < 7);
}

TEST_CASE("a number that is not finite is named by step, table and row", "[search]") {
  spoilt_environment env;
  ciess::trials<spoilt_environment> trials(env, "mine", {.budgets = {0.5}});
  auto report = trials.begin(0, 1);
  for (const bool whole : {true, false}) {
    CAPTURE(whole);
    const auto ask = [&] {
      if (whole)
        trials.measure(report, 0, equal(env, 4));
      else
        trials.judge(report, 0, equal(env, 4));
    };
    CHECK_THROWS_AS(ask(), ciess::numeric_error);
    CHECK_THROWS_WITH(ask(), ContainsSubstring("search: step 0") && ContainsSubstring("table 1") &&
                                 ContainsSubstring("row 2"));
  }
  CHECK(trials.best(0).empty());
  CHECK(trials.steps() == 0);
}

TEST_CASE("the state of a search whose environment has its frequencies in vectors can be saved",
          "[search]") {
  struct with_vectors : analytic_environment {
    with_vectors() : analytic_environment(1, rows, range) {}
    const std::vector<double>& frequency(std::size_t t) const { return own[t]; }
    std::vector<std::vector<double>> own{{1, 2, 3, 4}, {5, 6, 7}};
  } env;
  auto run = ciess::equal_rule().begin(env, {.budgets = {0.5}});
  const auto saved = save_fields(run);
  CHECK_NOTHROW(load_fields(saved, run));
  env.own[1][2] = 8;
  CHECK_THROWS_WITH(load_fields(saved, run), ContainsSubstring("table1.frequency"));
}

TEST_CASE("the state of a search is refused where formats of its tables change places",
          "[search]") {
  using ciess::number_format;
  using formats = ciess::table_formats;
  // Alike tables: all else that budgets are made of is the same.
  struct alike : analytic_environment {
    alike() : analytic_environment(1, {300, 300}, range) {}
  };
  using environment = sizer_laws::stored_apart<alike>;
  const ciess::sizing_request asked{.budgets = {0.9}, .of = ciess::budget_of::bytes};
  environment env(formats{number_format::three_bits, number_format::two_bits});
  environment swapped(formats{number_format::two_bits, number_format::three_bits});
  REQUIRE(ciess::limits_of(asked, env).front().numbers ==
          ciess::limits_of(asked, swapped).front().numbers);
  REQUIRE(ciess::limits_of(asked, env).front().one_size ==
          ciess::limits_of(asked, swapped).front().one_size);
  auto run = ciess::equal_rule().begin(env, asked);
  const auto saved = save_fields(run);
  auto same = ciess::equal_rule().begin(env, asked);
  CHECK_NOTHROW(load_fields(saved, same));
  auto other = ciess::equal_rule().begin(swapped, asked);
  CHECK_THROWS_WITH(load_fields(saved, other), ContainsSubstring("portion0.multiple"));

  // Where all have one format, a state has nothing new.
  environment one(number_format::three_bits);
  auto plain = ciess::equal_rule().begin(one, asked);
  for (const auto& [name, bytes] : save_fields(plain))
    CHECK(name.find("portion") == std::string::npos);
}

TEST_CASE("a request that does not fit the tables is refused before anything is measured",
          "[search]") {
  struct counting : analytic_environment {
    counting() : analytic_environment(1, rows, range) {}
    ciess::measurement full() {
      ++asked;
      return analytic_environment::full();
    }
    int asked = 0;
  } env;
  using trials = ciess::trials<counting>;
  CHECK_THROWS_AS(trials(env, "mine", {.budgets = {}}), ciess::argument_error);
  CHECK_THROWS_AS(trials(env, "mine", {.budgets = {0.99}}), ciess::argument_error);
  CHECK_THROWS_AS(trials(env, "mine", {.budgets = {0.5}, .keep = 0}), ciess::argument_error);
  CHECK(env.asked == 0);
  CHECK_NOTHROW(trials(env, "mine", {.budgets = {0.5}}));
  CHECK(env.asked == 1);
}
