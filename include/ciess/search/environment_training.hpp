// SPDX-License-Identifier: MIT
/// @file
/// How an environment trains the model that it measures.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <ciess/backbone/prefix_draw.hpp>
#include <ciess/backbone/trainer.hpp>
#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/nn/learning_rate.hpp>

namespace ciess {

/// How an environment trains.
struct environment_training {
  start from = start::scratch;  ///< for `measure`
  int steps = 2000;             ///< training steps of `measure`; 0: a cut alone is judged
  train_until_options full{};   ///< training from scratch to the end: `full`, and `retrain`
  train_until_options tune{};   ///< training to the end after a warm start
  learning_rate tune_rate{.first = 0.01, .factor = 0.9, .every = 100, .least = 1e-3};
  std::vector<start> retrain_from{};  ///< starts that `retrain` tries; empty: that of `from`
  /// Steps of nested training that make the full-size model ready for warm starts, after the turn
  /// onto principal axes: then a cut alone tells good sizes from bad ones.
  int nested_steps = 0;
  prefix_law nested_law = prefix_law::frequency;
  learning_rate nested_rate{.first = 0.01, .factor = 0.9, .every = 100, .least = 1e-3};
  std::uint64_t seed = 1;  ///< of all weights: the same for each assignment, so that they compare
  /// Sized tables are tuned and judged as they will be once they are stored; the full-size model
  /// stays one of floats. One format for all, or for each table its own. See `storable_model`.
  table_formats stored_as{};

  /// @throws argument_error naming the option that is out of range
  void check() const {
    if (steps < 0)
      detail::throw_error<argument_error>("environment: steps must be >= 0, got ", steps);
    if (nested_steps < 0)
      detail::throw_error<argument_error>("environment: nested_steps must be >= 0, got ",
                                          nested_steps);
    full.check("environment: full");
    tune.check("environment: tune");
    tune_rate.check("environment");
    nested_rate.check("environment");
    check_starts(retrain_from);
  }

  /// @throws argument_error if a start is given twice
  static void check_starts(std::span<const start> starts) {
    for (const start from : starts)
      if (std::ranges::count(starts, from) > 1)
        detail::throw_error<argument_error>("environment: a start is given twice");
  }

  /// Shows them all but `retrain_from`, which measurements do not depend on. See
  /// `field_visitor::same`.
  template <class F>
  void visit_conditions(F& f) const {
    visit_training(f);
    f.same("stored_as", std::string_view(name_of(stored_as)));
  }
  /// The same for the full-size model, which is one of floats however sized tables are stored: so
  /// searches for several formats can share one.
  template <class F>
  void visit_full_conditions(F& f) const {
    visit_training(f);
    f.same("stored_as", name_of(number_format::float32));
  }

 private:
  template <class F>
  void visit_training(F& f) const {
    f.same("seed", seed);
    f.same("from", static_cast<std::int64_t>(from));
    f.same("steps", std::int64_t{steps});
    visit_part(f, "full", full);
    visit_part(f, "tune", tune);
    visit_part(f, "tune_rate", tune_rate);
    f.same("nested_steps", std::int64_t{nested_steps});
    f.same("nested_law", static_cast<std::int64_t>(nested_law));
    visit_part(f, "nested_rate", nested_rate);
  }
};

}  // namespace ciess
