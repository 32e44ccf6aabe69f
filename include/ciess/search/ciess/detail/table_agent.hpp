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
#include <ciess/core/types.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/rl/replay_buffer.hpp>

namespace ciess::detail {

/// One table's agent: what it has learnt, what it remembers, how it explores.
template <class Policy, class Explorer, class Noise>
struct table_agent {
  Policy policy;
  replay_buffer replay;
  Explorer explorer;
  Noise noise;
  matrix before;  ///< states of the rows, [rows, features]

  // Scratch of a step.
  matrix after;
  sizes current;
  std::vector<double> quality;
  std::vector<float> action, reward;
  std::vector<int> chosen;

  std::vector<float> tilt_axis;  ///< standardised log frequency

  template <class F>
  void visit(F& f) {
    visit_part(f, "policy", policy);
    visit_part(f, "replay", replay);
    visit_part(f, "explorer", explorer);
    visit_part(f, "noise", noise);
    const std::span<float> states(before.data(), static_cast<std::size_t>(before.size()));
    f("states", states);
    f.check("states", all_finite(states), "finite numbers");
  }
};

/// log(frequency + 1), shifted and scaled to mean 0 and standard deviation 1 (or all 0).
inline std::vector<float> standard_log_frequency(std::span<const double> frequency) {
  std::vector<float> x(frequency.size());
  double sum = 0;
  double squares = 0;
  for (const double f : frequency) {
    const double l = std::log1p(f);
    sum += l;
    squares += l * l;
  }
  const auto n = static_cast<double>(std::max<std::size_t>(frequency.size(), 1));
  const double mean = sum / n;
  const double deviation = std::sqrt(std::max(0.0, squares / n - mean * mean));
  for (std::size_t r = 0; r < x.size(); ++r)
    x[r] = deviation > 1e-9 ? static_cast<float>((std::log1p(frequency[r]) - mean) / deviation) : 0;
  return x;
}

}  // namespace ciess::detail
