// SPDX-License-Identifier: MIT
#include <ciess/study/save_policies.hpp>
// its own header first
#include <ciess/search/find_sizes.hpp>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

TEST_CASE("a policy of each table goes into its file, and sizes rows as the search would",
          "[study]") {
  const temporary_directory dir;
  analytic_environment env(1, {40, 30}, {1, 16});
  const ciess::ciess_sizer<> how{.episodes = 1, .steps = 3, .agent = {.hidden = {8}, .batch = 16}};
  auto run = how.begin(env, {.budgets = {0.5}});
  while (!run.done()) run.step();
  const std::vector<std::string> tables{"users", "items"};
  ciess::save_policies(dir.path(), run, tables);
  for (std::size_t t = 0; t < 2; ++t) {
    const auto loaded = ciess::load_policy(dir.path() / ciess::policy_file(tables[t]));
    const auto frequency = env.frequency(t);
    CHECK(loaded.known.least == ciess::frequency_range::of(frequency).least);
    CHECK(loaded.known.most == ciess::frequency_range::of(frequency).most);
    const ciess::budget half{env.shapes()[t].rows * 8};
    const auto sizes = loaded(frequency, half);
    CHECK(sizes.total() == half.numbers);
    CHECK(sizes == ciess::size_new_rows(run.policy(t), run.options().state, loaded.known, frequency,
                                        {1, 16}, half));
  }
}

TEST_CASE("policies that cannot be written are refused by their file", "[study]") {
  const temporary_directory dir;
  analytic_environment env(1, {4, 3}, {1, 8});
  const ciess::ciess_sizer<> how{.episodes = 1, .steps = 1, .agent = {.hidden = {4}, .batch = 8}};
  const auto run = how.begin(env, {.budgets = {0.5}});
  const std::vector<std::string> tables{"users", "items"};
  CHECK_THROWS_WITH(ciess::save_policies(dir.path() / "none", run, tables),
                    ContainsSubstring("policy-users.safetensors"));
}
