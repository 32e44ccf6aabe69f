// SPDX-License-Identifier: MIT
/// @file
/// What the policy sees of a row.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <ciess/core/types.hpp>
#include <ciess/embedding/sizes.hpp>

namespace ciess {

/// What a search knows about the rows of one table between two steps; all spans have one entry per
/// row.
struct table_status {
  std::span<const double> frequency;  ///< occurrences in training
  const sizes& current;               ///< sizes chosen last
  std::span<const double>
      quality;                   ///< quality measured last; 0 before the first step of an episode
  std::span<const double> full;  ///< quality with the full-size table
};

/// Share of its full-size quality that a row reaches, in [0, 1]: min(1, q / full); 0 where that is
/// 0.
[[nodiscard]] inline double relative_quality(double quality, double full) noexcept {
  return full > 0 ? std::min(1.0, quality / full) : 0.0;
}

/// Rule that describes each row by a few numbers in [-1, 1].
/// Checked:  `features()` numbers per row; `write(status, out)` fills out [rows, features()].
template <class S>
concept state_policy =
    std::copyable<S> && requires(const S& s, const table_status& status, matrix_span out) {
      { s.features() } -> std::convertible_to<int>;
      s.write(status, out);
    };

/// The paper's state (section 4.1): training frequency, current size, relative quality, each scaled
/// to [-1, 1].
class paper_state {
 public:
  struct options {
    /// Scale the logarithm of the frequency, not the frequency: with a power law nearly all rows
    /// have almost the same linear feature. The paper and the reference program scale linearly.
    bool log_frequency = false;
  };

  paper_state() = default;
  explicit paper_state(const options& o) : options_{o} {}

  [[nodiscard]] const options& settings() const noexcept { return options_; }
  [[nodiscard]] int features() const noexcept { return 3; }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) const {
    f.same("kind", std::string_view("paper"));
    f.same("log_frequency", std::int64_t{options_.log_frequency});
  }

  /// O(rows). @pre out has status.current.rows() rows and 3 columns
  void write(const table_status& status, matrix_span out) const {
    const auto scaled = [&](double f) { return options_.log_frequency ? std::log1p(f) : f; };
    const auto n = status.current.rows();
    if (n == 0) return;
    const auto [least, most] = std::ranges::minmax(status.frequency);
    const double low = scaled(least);
    const double width = scaled(most) - low;
    const auto [d_min, d_max] = status.current.range();
    for (index_t r = 0; r < n; ++r) {
      const auto i = static_cast<std::size_t>(r);
      const double f = width > 0 ? (scaled(status.frequency[i]) - low) / width : 0.5;
      const double d =
          d_max > d_min ? double(status.current[r] - d_min) / double(d_max - d_min) : 0.5;
      const double q = relative_quality(status.quality[i], status.full[i]);
      out(r, 0) = static_cast<float>(2 * f - 1);
      out(r, 1) = static_cast<float>(2 * d - 1);
      out(r, 2) = static_cast<float>(2 * q - 1);
    }
  }

 private:
  options options_;
};
static_assert(state_policy<paper_state>);

}  // namespace ciess
