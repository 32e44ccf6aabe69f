// SPDX-License-Identifier: MIT
/// @file
/// The last trainings of a study, shared by processes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/detail/kept_fields.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/result.hpp>
#include <ciess/study/study_result.hpp>

namespace ciess::detail {

/// What a method has found, and what is done with it.
struct found_by {
  std::string method;
  std::vector<std::vector<candidate>> best;  ///< [budgets]
  std::vector<start> starts;
};

[[nodiscard]] inline std::vector<int> numbers_of(std::span<const start> starts) {
  std::vector<int> from;
  for (const start s : starts) from.push_back(static_cast<int>(s));
  return from;
}

/// A training of a candidate to its end.
struct candidate_training {
  const assignment* sizes;
  std::span<const start> starts;
};

/// Trainings that `memory` does not know yet, each once, in the order in which a study wants them.
/// @param usual  starts of methods that name none
template <class Memory>
[[nodiscard]] std::vector<candidate_training> open_candidates(std::span<const found_by> found,
                                                              std::size_t budgets,
                                                              std::span<const start> usual,
                                                              Memory& memory) {
  std::vector<candidate_training> jobs;
  for (std::size_t b = 0; b < budgets; ++b)
    for (const found_by& f : found) {
      const auto add = [&](std::span<const start> starts) {
        for (const candidate& c : f.best[b])
          if (!memory.find(c.sizes, numbers_of(starts)) &&
              std::ranges::none_of(jobs, [&](const candidate_training& j) {
                return *j.sizes == c.sizes && std::ranges::equal(j.starts, starts);
              }))
            jobs.push_back({&c.sizes, starts});
      };
      if (f.starts.empty())
        add(usual);
      else
        for (const start& from : f.starts) add(std::span(&from, 1));
    }
  return jobs;
}

/// Trains them, each process one at a time, and files what came of it.
/// @param env      has `retrain` and `last_recipe`
/// @param stopped  whether to leave the rest; asked by all processes before each round
/// @param done     called after each round
template <class E, class Memory, class Stopped, class Done>
void train_shared(process_group& processes, std::span<const candidate_training> jobs, E& env,
                  Memory& memory, Stopped&& stopped, Done&& done) {
  const auto size = static_cast<std::size_t>(processes.size());
  for (std::size_t first = 0; first < jobs.size() && !stopped(); first += size) {
    const auto shares = processes.all_gather("trainings", [&] {
      const std::size_t mine = first + static_cast<std::size_t>(processes.rank());
      if (mine >= jobs.size()) return std::string();
      const measurement m = env.retrain(*jobs[mine].sizes, jobs[mine].starts);
      const auto recipe = env.last_recipe();
      return process_group::bytes_of(m.quality) + process_group::bytes_of(recipe.from) +
             process_group::bytes_of(recipe.steps);
    });
    for (std::size_t r = 0; r < size && first + r < jobs.size(); ++r) {
      auto& known = memory.trained.emplace_back();
      known.sizes = *jobs[first + r].sizes;
      known.starts = numbers_of(jobs[first + r].starts);
      std::size_t at = 0;
      process_group::read(shares[r], at, known.quality);
      process_group::read(shares[r], at, known.recipe.from);
      process_group::read(shares[r], at, known.recipe.steps);
    }
    done();
  }
}

/// A last training, by a recipe, and its test.
template <class Figures>
using test_training = const basic_method_result<Figures>*;

/// Tests that `memory` does not know yet, each once.
template <class Figures>
struct open_tests {
  std::vector<test_training<Figures>> handed;  ///< of the best of each budget
  std::vector<test_training<Figures>> others;

  /// @param rows  of a `basic_study_result`
  /// @param hand  whether models are handed over
  template <class Rows, class Memory>
  open_tests(const Rows& rows, Memory& memory, bool hand) {
    const auto add = [&](auto& jobs, const basic_method_result<Figures>& m) {
      const auto same = [&](test_training<Figures> j) {
        return j->sizes == m.sizes && j->recipe == m.recipe;
      };
      if (!memory.find(m.sizes, m.recipe) && std::ranges::none_of(handed, same) &&
          std::ranges::none_of(others, same))
        jobs.push_back(&m);
    };
    for (std::size_t b = 0; b < rows.size(); ++b)
      if (!rows[b].methods.empty()) add(hand ? handed : others, rows[b].best_of_all());
    for (std::size_t b = 0; b < rows.size(); ++b)
      if (!rows[b].methods.empty()) add(others, rows[b].methods.back());
    for (std::size_t b = 0; b < rows.size(); ++b)
      for (const auto& m : rows[b].methods) add(others, m);
  }
};

/// Trains and tests them, each process one at a time, and files what came of it. The root takes
/// what is to be handed over, as long as there is something.
/// @param env      has `train_by`
/// @param stopped  as of `train_shared`
/// @param done     callable (std::int64_t number): after each round; the number in `memory.tested`
///                 of the test whose model the root has
template <class Figures, class E, class Memory, class Stopped, class Done>
void test_shared(process_group& processes, const open_tests<Figures>& jobs, E& env, Memory& memory,
                 Stopped&& stopped, Done&& done) {
  const auto size = static_cast<std::size_t>(processes.size());
  for (std::size_t h = 0, o = 0;
       (h < jobs.handed.size() || o < jobs.others.size()) && !stopped();) {
    std::vector<test_training<Figures>> round;
    if (h < jobs.handed.size()) round.push_back(jobs.handed[h++]);
    while (round.size() < size && o < jobs.others.size()) round.push_back(jobs.others[o++]);
    const auto shares = processes.all_gather("tests", [&] {
      const auto mine = static_cast<std::size_t>(processes.rank());
      if (mine >= round.size()) return std::string();
      const auto& m = *round[mine];
      Figures figures = env.train_by(m.recipe, m.sizes);
      return kept_fields(figures).packed();
    });
    const std::int64_t first = std::ssize(memory.tested);
    for (std::size_t r = 0; r < round.size(); ++r) {
      auto& known = memory.tested.emplace_back();
      known.sizes = round[r]->sizes;
      known.recipe = round[r]->recipe;
      kept_fields(std::string_view(shares[r])).put_into(known.figures);
    }
    done(first);
  }
}

}  // namespace ciess::detail
