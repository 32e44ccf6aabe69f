// SPDX-License-Identifier: MIT
#include <ciess/study/all_methods.hpp>
// its own header first
#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/study/study_files.hpp>

#include <algorithm>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

namespace {

const ciess::interactions& data() {
  static const ciess::interactions made =
      ciess::make_synthetic({.users = 90, .items = 60, .interactions = 1500, .factors = 6}).data;
  return made;
}

/// Names of the methods of a study, in order.
template <class Methods>
std::vector<std::string> names_of(const Methods& methods) {
  std::vector<std::string> names;
  std::apply(
      [&](const auto&... lists) {
        const auto add = [&](const auto& list) {
          for (const auto& m : list) names.emplace_back(m.how.name());
        };
        (add(lists), ...);
      },
      methods);
  return names;
}

}  // namespace

TEST_CASE("methods that learn by slopes are not to be had with a model that has none", "[study]") {
  auto p = ciess::warm_preset<ciess::ials>({1, 8}, data(), 1);
  p.compared = {"equal", "dnis"};
  CHECK_THROWS_WITH(ciess::all_methods(p), ContainsSubstring("dnis is not to be had"));
  p.compared = {"pep"};
  CHECK_THROWS_WITH(ciess::all_methods(p), ContainsSubstring("pep is not to be had"));
  p.compared = {"all"};
  CHECK_NOTHROW(ciess::all_methods(p));
  CHECK_NOTHROW(ciess::all_methods(ciess::warm_preset<ciess::ials>({1, 8}, data(), 1)));
}

TEST_CASE("a preset compares what is asked for, and refuses what it has not", "[study]") {
  auto p = ciess::warm_preset<ciess::lightgcn>({1, 8}, data(), 1);
  const auto texts = [](const auto& names) {
    return std::vector<std::string>(names.begin(), names.end());
  };
  CHECK(names_of(p.methods()) == texts(ciess::usual_methods));
  CHECK(names_of(ciess::all_methods(p)) == texts(ciess::usual_methods));
  p.compared = {"all"};
  CHECK(names_of(ciess::all_methods(p)) == texts(ciess::method_names));
  CHECK(names_of(p.methods()).back() == "ciess");  // all that it has
  p.compared = {"ciess", "evolution", "equal"};
  CHECK(names_of(ciess::all_methods(p)) == std::vector<std::string>{"equal", "evolution", "ciess"});
  CHECK_THROWS_AS(p.methods(), ciess::argument_error);  // no evolution without all_methods
  p.compared = {"best"};
  CHECK_THROWS_AS(ciess::all_methods(p), ciess::argument_error);
  auto paper = ciess::paper_preset<ciess::lightgcn>({1, 8}, data(), 1);
  paper.compared = {"equal", "weighted-frequency"};  // it has no weights
  CHECK_THROWS_AS(ciess::all_methods(paper), ciess::argument_error);
  paper.compared = {"all"};
  CHECK(std::ranges::count(names_of(ciess::all_methods(paper)), "weighted-frequency") == 0);
}

TEST_CASE("every method keeps bytes that only rows of one size meet", "[study]") {
  auto p = ciess::warm_preset<ciess::lightgcn>({1, 8}, data(), 1);
  const auto parts = ciess::split_interactions(data(), {}, 1);
  p.environment.nested_steps = 0;
  p.environment.full.max_steps = 20;
  p.environment.steps = 2;
  p.environment.stored_as = ciess::number_format::eight_bits;
  p.compared = {"all"};
  ciess::recommender_environment<ciess::lightgcn> env(ciess::lightgcn(parts.train, p.model, 1),
                                                      parts.train, parts.validation, p.environment);
  const auto shapes = env.shapes();
  const auto share = [&](std::int64_t bytes) {
    return 1 - static_cast<double>(bytes) / static_cast<double>(4 * ciess::dense_numbers(shapes));
  };
  const std::int64_t least = ciess::least_bytes(shapes, p.environment.stored_as);
  const std::int64_t unequal = ciess::least_unequal_bytes(shapes, p.environment.stored_as);
  CHECK(least == 150 + 150 * 4);  // a byte and a scale for each row
  p.asked.of = ciess::budget_of::bytes;
  p.asked.budgets = {share(least), share(unequal - 1)};
  p.allow(50);
  std::apply(
      [&](const auto&... lists) {
        const auto check = [&](const auto& list) {
          for (const auto& m : list) {
            INFO(m.how.name());
            auto run = m.how.begin(env, p.asked);
            int steps = 0;
            for (; !run.done() && steps < 400; ++steps) run.step();
            CHECK(run.done());
            for (std::size_t b = 0; b < 2; ++b) {
              REQUIRE_FALSE(run.best(b).empty());
              for (const ciess::candidate& c : run.best(b)) {
                CHECK(ciess::packed_bytes(c.sizes, p.environment.stored_as) <=
                      (b == 0 ? least : unequal - 1));
                for (const auto& table : c.sizes) CHECK(ciess::only_size(table) != 0);
              }
            }
          }
        };
        (check(lists), ...);
      },
      ciess::all_methods(p));
  p.asked.budgets = {share(least - 1)};
  CHECK_THROWS_WITH(ciess::check_budgets(p.asked, shapes, p.environment.stored_as),
                    ContainsSubstring("smallest sizes, which take " + std::to_string(least)));
}

TEST_CASE("all methods that search have the same effort", "[study]") {
  auto p = ciess::warm_preset<ciess::lightgcn>({1, 8}, data(), 1);
  p.asked.budgets = {0.7, 0.8};
  p.compared = {"random-bet", "bet", "optembed", "evolution", "dnis", "pep", "ciess", "portfolio"};
  const auto parts = ciess::split_interactions(data(), {}, 1);
  p.environment.nested_steps = 0;
  p.environment.full.max_steps = 20;
  ciess::recommender_environment<ciess::lightgcn> env(ciess::lightgcn(parts.train, p.model, 1),
                                                      parts.train, parts.validation, p.environment);
  for (const int measurements : {46, 55, 75, 98, 100}) {  // the shapes are 45
    p.allow(measurements);
    const int steps = measurements * p.environment.steps;  // for each budget
    std::apply(
        [&](const auto&... lists) {
          const auto check = [&](const auto& list) {
            for (const auto& m : list) {
              INFO(m.how.name() << ", " << measurements);
              using method = std::remove_cvref_t<decltype(m.how)>;
              const auto as_many_steps = [&](int taken, int trained) {
                const int each = p.environment.steps + trained;
                CHECK(taken * each <= steps);
                CHECK((taken + 1) * each > steps);
              };
              if constexpr (std::is_same_v<method, ciess::dnis>)
                as_many_steps(m.how.steps, m.how.steps_of_pair() * m.how.pairs);
              else if constexpr (std::is_same_v<method, ciess::pep>)
                as_many_steps(m.how.steps + 1, m.how.stretch);  // the first is of random sizes
              else if constexpr (std::is_same_v<method, ciess::ciess_sizer<>>) {
                CHECK(m.how.episodes % 2 == 0);  // as many for each budget
                CHECK(45 + m.how.episodes / 2 * m.how.steps ==
                      (measurements == 98 ? 95 : measurements));  // 53 is prime
                CHECK(m.how.begin(env, p.asked).total() <= p.study.most.steps);
              } else
                CHECK(std::min(m.how.begin(env, p.asked).total(), p.study.most.steps) ==
                      2 * measurements);
            }
          };
          (check(lists), ...);
        },
        ciess::all_methods(p));
  }
  for (const int bad : {44, 0, -1, 1'000'001}) CHECK_THROWS_AS(p.allow(bad), ciess::argument_error);
  p.compared = {"bet", "portfolio", "pep"};
  CHECK_NOTHROW(p.allow(2));
  CHECK_NOTHROW(ciess::all_methods(p));
  p.allow(1);
  CHECK_THROWS_WITH(ciess::all_methods(p), ContainsSubstring("at least 2 for pep"));
}
