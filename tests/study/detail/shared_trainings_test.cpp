// SPDX-License-Identifier: MIT
#include <ciess/study/detail/shared_trainings.hpp>
// its own header first
#include <ciess/backbone/mf.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/core/shared_store.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/study/run_study.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_store.hpp"
#include "support/thread_group.hpp"

namespace {

using strings = std::vector<std::string>;

const ciess::split& parts() {
  static const ciess::split split = ciess::split_interactions(
      ciess::make_synthetic({.users = 60, .items = 40, .interactions = 900, .factors = 4}).data, {},
      1);
  return split;
}

/// What processes have seen and done.
struct notes {
  std::mutex lock;
  strings said;
  std::vector<double> handed;  ///< budgets
  int steps = 0;
};

/// A study as one process of a group.
/// @param store    the root's
/// @param stop_at  asks to stop when a phase begins so
ciess::study_result study(ciess::process_group& g, memory_store* store, notes& seen,
                          const std::string& stop_at = {}) {
  const auto make = [](const ciess::interactions& train) {
    return ciess::mf(train, {.range = {1, 8}, .batch = 200}, 1);
  };
  ciess::recommender_environment<ciess::mf>::options e;
  e.full = {.every = 10, .patience = 1, .max_steps = 40};
  e.tune = {.every = 5, .patience = 1, .max_steps = 10};
  e.from = ciess::start::warm;
  e.steps = 3;
  const auto methods = ciess::study_methods(
      ciess::study_method{ciess::equal_rule(), 1, {ciess::start::scratch, ciess::start::warm}},
      ciess::study_method{ciess::rule(ciess::frequency_rule({0, 1}, {1, 2})), 2, {}},
      ciess::study_method{ciess::evolution{.steps = 4, .drawn = 2, .parents = 2}, 3, {}});
  const auto say = [&](const ciess::phase_report& phase) {
    const std::scoped_lock hold(seen.lock);
    seen.said.push_back(phase.text);
    return stop_at.empty() || !phase.text.starts_with(stop_at);
  };
  const auto step = [&](const ciess::step_report&) {
    const std::scoped_lock hold(seen.lock);
    ++seen.steps;
  };
  const auto keep = [&](const ciess::best_trained<ciess::mf>& best) {
    const std::scoped_lock hold(seen.lock);
    seen.handed.push_back(best.budget);
  };
  const ciess::study_options options{.processes = &g};
  return ciess::run_study(make, parts(), e, {.budgets = {0.5, 0.7, 0.8}, .seed = 2}, methods,
                          options, ciess::shared_store<memory_store>(g, store), say, step, keep);
}

/// All of a result that does not tell of times, as text.
std::string text_of(const ciess::study_result& r) {
  std::string text = std::to_string(r.stopped) + ' ' + std::to_string(r.full_validation) + ' ' +
                     std::to_string(r.full.mean) + '\n';
  for (const auto& row : r.budgets) {
    text += std::to_string(row.best) + ' ' + std::to_string(row.smaller_budget) + '\n';
    for (const auto& m : row.methods) {
      text += m.method + '\t' + m.origin + '\t' + std::to_string(m.recipe.steps) + '\t' +
              std::to_string(static_cast<int>(m.recipe.from)) + '\t';
      auto figures = m.test;
      text += ciess::process_group::bytes_of(m.validation) +
              ciess::detail::kept_fields(figures).packed() + '\n';
    }
  }
  for (const auto& s : r.searches)
    text += s.method + ' ' + std::to_string(s.measurements) + ' ' +
            std::to_string(s.training_steps.value_or(-1)) + '\n';
  return text;
}

/// The texts of a study by `size` processes.
std::vector<std::string> texts(int size, notes& seen, memory_store& store,
                               const std::string& stop_at = {}) {
  std::vector<std::string> all(static_cast<std::size_t>(size));
  const auto thrown = thread_groups::run(size, [&](ciess::process_group& g) {
    all[static_cast<std::size_t>(g.rank())] =
        text_of(study(g, g.is_root() ? &store : nullptr, seen, stop_at));
  });
  for (const auto& t : thrown) CHECK(t.empty());
  return all;
}

struct whole_study {
  std::string text;
  int steps;
  std::vector<double> handed;
};
const whole_study& alone() {
  static const whole_study whole = [] {
    notes seen;
    memory_store store;
    std::string text = texts(1, seen, store)[0];
    return whole_study{std::move(text), seen.steps, seen.handed};
  }();
  return whole;
}

}  // namespace

TEST_CASE("a study of several processes finds the same bytes on each", "[study][threads]") {
  (void)parts();
  for (const int size : {2, 3, 4}) {
    INFO(size << " processes");
    notes seen;
    memory_store store;
    for (const auto& text : texts(size, seen, store)) CHECK((text == alone().text));
    // The root alone has seen it.
    CHECK(std::ranges::count(seen.said, "last training on train + validation, measured on test") ==
          1);
    CHECK(seen.handed == alone().handed);
    CHECK(seen.steps == alone().steps);
    CHECK(std::ranges::count_if(seen.said, [&](const std::string& s) {
            return s.starts_with("training ") &&
                   s.ends_with(" candidates, " + std::to_string(size) + " at a time");
          }) == 1);
  }
}

TEST_CASE("a study that was killed goes on with another number of processes, to the same bytes",
          "[study][threads]") {
  (void)parts();
  int killed_at_all = 0;
  for (const auto& [before, after] : {std::pair{4, 1}, {1, 3}, {2, 4}})
    for (const int lives : {1, 3, 8, 14, 20, 26}) {
      INFO(before << " processes, killed after " << lives << " saves, then " << after);
      memory_store store(lives);
      notes seen;
      std::vector<std::string> rest;
      try {
        const auto thrown = thread_groups::run(before, [&](ciess::process_group& g) {
          try {
            (void)study(g, g.is_root() ? &store : nullptr, seen);
          } catch (const killed&) {
            throw ciess::io_error("killed");
          }
        });
        if (!thrown[0].empty()) {
          ++killed_at_all;
          CHECK(thrown[0] == "killed");
          for (std::size_t r = 1; r < thrown.size(); ++r) CHECK(thrown[r] == "rank 0: killed");
        }
      } catch (const killed&) {
      }
      store.revive(1'000'000);
      for (const auto& text : texts(after, seen, store)) CHECK((text == alone().text));
    }
  CHECK(killed_at_all >= 15);
}

TEST_CASE("a study of several processes stops where its root's observer asks", "[study]") {
  (void)parts();
  for (const std::string at : {"training ", "last training", "searching, optembed"}) {
    INFO(at);
    notes seen;
    memory_store store;
    const auto all = texts(3, seen, store, at);
    CHECK((all[1] == all[0]));
    CHECK((all[2] == all[0]));
    CHECK(all[0].starts_with("1 "));
  }
}

TEST_CASE("several processes want a store that they share", "[study]") {
  (void)parts();
  const auto thrown = thread_groups::run(2, [&](ciess::process_group& g) {
    const auto make = [](const ciess::interactions& train) {
      return ciess::mf(train, {.range = {1, 8}}, 1);
    };
    memory_store own;
    (void)ciess::run_study(make, parts(), ciess::recommender_environment<ciess::mf>::options{},
                           {.budgets = {0.5}}, ciess::study_methods(ciess::equal_rule()),
                           {.processes = &g}, own);
  });
  CHECK(thrown == strings(2, "run_study: 2 processes need one store: expected a shared_store"));
  CHECK(thread_groups::run(2,
                           [&](ciess::process_group& g) {
                             const ciess::shared_store<memory_store> none(g, nullptr);
                           }) == strings{"shared_store: rank 0 needs a store",
                                         "rank 0: shared_store: rank 0 needs a store"});
}
