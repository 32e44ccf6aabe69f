// SPDX-License-Identifier: MIT
#include "../bench/methods/check_runs.hpp"
// its own header first
#include <ciess/core/error.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/run_summaries.hpp"

using ciess_bench::check_runs;
using ciess_bench::run_summary;

TEST_CASE("runs are of one experiment, or it is said what differs", "[bench]") {
  const auto first = run_of(1, 0.5);
  CHECK_NOTHROW(check_runs({first}, false));
  CHECK_NOTHROW(check_runs({first, run_of(2, 0.25)}, false));
  const std::vector<std::pair<std::function<void(run_summary&)>, std::string>> differences{
      {[](run_summary& r) { r.backbone = "ncf"; }, "backbone: expected mf"},
      {[](run_summary& r) { r.dim = 9; }, "dim: expected 8"},
      {[](run_summary& r) { r.preset = "paper"; }, "preset: expected warm"},
      {[](run_summary& r) { r.at = {5}; }, "at: expected 5 10"},
      {[](run_summary& r) { r.users = 9; }, "data.users: expected 3"},
      {[](run_summary& r) { r.items = 9; }, "data.items: expected 4"},
      {[](run_summary& r) { r.interactions = 9; }, "data.interactions: expected 12"},
      {[](run_summary& r) { r.train = 9; }, "data.parts.train: expected 6"},
      {[](run_summary& r) { r.validation = 9; }, "data.parts.validation: expected 4"},
      {[](run_summary& r) { r.test = 9; }, "data.parts.test: expected 2"},
      {[](run_summary& r) { r.split = "temporal"; }, "data.split: expected random"},
      {[](run_summary& r) { r.budgets_of = "bytes"; }, "budgets_of: expected numbers"},
      {[](run_summary& r) { r.stored_as = "3"; }, "stored_as: expected 4"},
      {[](run_summary& r) { r.loss = R"({"kind":"sce"})"; }, R"(loss: expected {"kind":"bpr"})"},
      {[](run_summary& r) { r.full_numbers = 9; }, "full.parameters: expected 1000"},
      {[](run_summary& r) { r.other_numbers = 9; }, "other_parameters: expected 0"}};
  for (const auto& [change, expected] : differences) {
    auto other = run_of(2, 0.5);
    change(other);
    CHECK_THROWS_AS(check_runs({first, other}, true), ciess::argument_error);
    CHECK_THROWS_WITH(
        check_runs({first, run_of(3, 0.5), other}, true),
        ContainsSubstring("run2/summary.json: " + expected + ", as in run1/summary.json, got "));
  }
}

TEST_CASE("interrupted runs are taken where they are allowed", "[bench]") {
  auto stopped = run_of(2, 0.5);
  stopped.interrupted = true;
  CHECK_NOTHROW(check_runs({run_of(1, 0.5), stopped}, true));
  CHECK_THROWS_WITH(check_runs({run_of(1, 0.5), stopped}, false),
                    "run2/summary.json: interrupted: expected false, got true "
                    "(--allow-interrupted takes it)");
}

TEST_CASE("a seed may come again with other methods or budgets", "[bench]") {
  auto first = run_of(2, 0.5);
  add_budget(first, 0.9, {{"bet", 0.25}});
  auto again = run_of(2, 0.5);
  again.file = "again/summary.json";
  add_budget(again, 0.9, {{"ciess", 0.25}, {"bet, scratch", 0.5}});
  add_budget(again, 0.95, {{"bet", 0.25}});
  CHECK_NOTHROW(check_runs({run_of(1, 0.5), first, again}, false));
  add_budget(again, 0.90, {{"bet", 0.25}});
  CHECK_THROWS_WITH(check_runs({run_of(1, 0.5), first, again}, false),
                    "again/summary.json: seed: expected one whose 0.9 no other run has of bet, got "
                    "2, that of run2/summary.json");
  auto other = run_of(2, 0.25);
  other.file = "other/summary.json";
  CHECK_THROWS_WITH(check_runs({first, other}, false),
                    "other/summary.json: full.test: expected that of run2/summary.json, with seed "
                    "2, too, got another: these are not of one program");
}
