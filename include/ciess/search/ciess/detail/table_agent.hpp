// SPDX-License-Identifier: MIT
/// @file
/// What a search has for each table.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/types.hpp>
#include <ciess/rl/replay_buffer.hpp>

namespace ciess::detail {

/// log(frequency + 1), shifted and scaled to mean 0 and standard deviation 1 (or all 0) over the
/// rows of a table.
class standard_log_frequency {
 public:
  /// @param frequency  of all rows. O(rows)
  explicit standard_log_frequency(std::span<const double> frequency) {
    double sum = 0;
    double squares = 0;
    for (const double f : frequency) {
      const double l = std::log1p(f);
      sum += l;
      squares += l * l;
    }
    const auto n = static_cast<double>(std::max<std::size_t>(frequency.size(), 1));
    mean_ = sum / n;
    deviation_ = std::sqrt(std::max(0.0, squares / n - mean_ * mean_));
  }

  [[nodiscard]] float operator()(double frequency) const {
    return deviation_ > 1e-9 ? static_cast<float>((std::log1p(frequency) - mean_) / deviation_) : 0;
  }

 private:
  double mean_, deviation_;
};

/// One table's agent: what it has learnt, what it remembers, how it explores. Of the rows it keeps
/// their states; the rest is as large as the sample of them that a step remembers.
template <class Policy, class Explorer, class Noise>
struct table_agent {
  Policy policy;
  replay_buffer replay;
  Explorer explorer;
  Noise noise;
  matrix states;  ///< of the rows, [rows, features]

  // Of a step.
  std::vector<index_t> remembered;  ///< rows whose transitions go into the replay buffer
  transition_batch transitions;     ///< of these

  standard_log_frequency tilt;

  template <class F>
  void visit(F& f) {
    visit_part(f, "policy", policy);
    visit_part(f, "replay", replay);
    visit_part(f, "explorer", explorer);
    visit_part(f, "noise", noise);
    const std::span<float> all(states.data(), static_cast<std::size_t>(states.size()));
    f("states", all);
    f.check("states", all_finite(all), "finite numbers");
  }
};

/// Copies rows of states. @param out  [rows.size(), features]
inline void gather_states(const matrix& states, std::span<const index_t> rows, matrix& out) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    out.row(static_cast<index_t>(i)) = states.row(rows[i]);
}

}  // namespace ciess::detail
