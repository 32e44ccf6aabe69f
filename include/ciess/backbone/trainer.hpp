// SPDX-License-Identifier: MIT
/// @file
/// Training until it stops helping.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/backbone/sized_model.hpp>
#include <ciess/backbone/training_report.hpp>
#include <ciess/core/error.hpp>

namespace ciess {

/// When to look, and when to stop.
struct train_until_options {
  int every = 100;   ///< steps between two measurements
  int patience = 2;  ///< measurements in a row without improvement that end the training (paper: 2)
  int max_steps = 2000;  ///< never more steps than this
  double min_gain = 0;   ///< an improvement is larger than this

  /// @throws argument_error if one is out of range
  void check(const char* who) const {
    if (every < 1 || patience < 1 || max_steps < 0 || !(min_gain >= 0))
      detail::throw_error<argument_error>(
          who, ": a training needs every >= 1, patience >= 1, max_steps >= 0, min_gain >= 0, got ",
          every, ", ", patience, ", ", max_steps, ", ", min_gain);
  }

  /// See `field_visitor::same`.
  template <class F>
  void visit(F& f) const {
    f.same("every", std::int64_t{every});
    f.same("patience", std::int64_t{patience});
    f.same("max_steps", std::int64_t{max_steps});
    f.same("min_gain", min_gain);
  }
};

/// How a training went.
struct training_outcome {
  double best = 0;            ///< best quality measured
  int best_step = 0;          ///< after so many steps
  int steps = 0;              ///< steps taken
  std::vector<double> curve;  ///< quality after 0, every, 2 * every, ... steps
};

namespace detail {

/// Seconds since it was made.
class stop_clock {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Nobody watches.
struct unwatched {};

}  // namespace detail

/// Trains in blocks and measures before the first and after each, until the quality stops
/// improving. A model that can be restored is left at its best, any other where training ended.
/// @param measure  callable () -> double, the quality of the model as it is; larger is better
/// @param watch    callable (const training_report&), told after each measurement; what it throws
///                 ends the training
/// @throws argument_error if an option is out of range; numeric_error if a measured quality is not
/// finite
template <sized_model Model, std::invocable<> Measure, class Watch = detail::unwatched>
training_outcome train_until(Model& model, Measure&& measure, const train_until_options& o,
                             Watch&& watch = {}) {
  o.check("train_until");
  using kept = decltype([] {
    if constexpr (restorable_backbone<Model>)
      return std::optional<std::decay_t<decltype(std::declval<const Model&>().snapshot())>>{};
    else
      return 0;
  }());
  [[maybe_unused]] kept best_state{};
  constexpr bool watched = !std::same_as<std::remove_cvref_t<Watch>, detail::unwatched>;
  [[maybe_unused]] std::conditional_t<watched, detail::stop_clock, detail::unwatched> clock{};
  training_outcome outcome;  // NOLINT(misc-const-correctness): `look` changes them
  int misses = 0;            // NOLINT(misc-const-correctness)
  const auto look = [&] {
    const double quality = measure();
    if (!std::isfinite(quality))
      detail::throw_error<numeric_error>("train_until: quality is ", quality, " after ",
                                         outcome.steps, " steps");
    const bool better = outcome.curve.empty() || quality > outcome.best + o.min_gain;
    outcome.curve.push_back(quality);
    if (better) {
      outcome.best = quality;
      outcome.best_step = outcome.steps;
      if constexpr (restorable_backbone<Model>) best_state = model.snapshot();
      misses = 0;
    } else {
      ++misses;
    }
    if constexpr (watched)
      watch(training_report{.what = {},
                            .step = outcome.steps,
                            .most_steps = o.max_steps,
                            .quality = quality,
                            .best = outcome.best,
                            .best_step = outcome.best_step,
                            .seconds = clock.seconds(),
                            .last = outcome.steps >= o.max_steps || misses >= o.patience});
  };
  look();
  while (outcome.steps < o.max_steps && misses < o.patience) {
    const int block = std::min(o.every, o.max_steps - outcome.steps);
    model.train(block);
    outcome.steps += block;
    look();
  }
  if constexpr (restorable_backbone<Model>)
    if (outcome.best_step != outcome.steps) model.restore(*best_state);
  return outcome;
}

}  // namespace ciess
