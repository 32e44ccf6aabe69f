// SPDX-License-Identifier: MIT
/// @file
/// Exploration noise on proposed sizes.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>

namespace ciess {

/// Something added to the proposed sizes of all rows at once, in columns.
/// - `reset(rows)`               an episode begins
/// - `add(sizes, stream, step)`  adds the noise of this step to `sizes` [rows]; the same address
/// gives the same
///                               draws at any number of threads
template <class N>
concept noise = std::copyable<N> && requires(N& n, index_t rows, std::span<float> sizes,
                                             const random_stream& stream, std::uint64_t step) {
  n.reset(rows);
  n.add(sizes, stream, step);
};

/// Rows of a step's noise: those from `first` on, of `rows`.
struct noise_part {
  index_t first = 0;
  index_t rows = 0;
};

/// One that can be added part by part: `add(sizes, stream, step, part)`. The parts of a step, from
/// row 0 on and in order, get together what one `add` of all rows gives them.
template <class N>
concept noise_in_parts =
    noise<N> && requires(N& n, std::span<float> sizes, const random_stream& stream,
                         std::uint64_t step, noise_part part) { n.add(sizes, stream, step, part); };

/// Who gets a draw of its own.
enum class draws {
  per_row,
  shared  ///< one draw for all rows, as the reference program does
};

namespace detail {

inline void check_noise(const char* who, const char* what, double value) {
  if (!(value >= 0 && std::isfinite(value)))
    throw_error<argument_error>(who, ": ", what, " must be finite and >= 0, got ", value);
}

/// sizes[r - from] += draw(engine of row r, r); with shared draws r is always 0.
template <class Draw>
void add_draws(std::span<float> sizes, draws which, const random_stream& stream, std::uint64_t step,
               index_t from, Draw&& draw) {
  if (sizes.empty()) return;
  if (which == draws::shared) {
    auto engine = stream.at(step);
    const float all = draw(engine, std::size_t{0});
    for (float& s : sizes) s += all;
    return;
  }
  parallel_for(static_cast<index_t>(sizes.size()), 2048, [&](index_t first, index_t last) {
    for (auto k = static_cast<std::size_t>(first); k < static_cast<std::size_t>(last); ++k) {
      const std::size_t r = static_cast<std::size_t>(from) + k;
      auto engine = stream.at(step, r);
      sizes[k] += draw(engine, r);
    }
  });
}

}  // namespace detail

/// Adds nothing.
struct no_noise {
  void reset(index_t) const noexcept {}
  void add(std::span<float>, const random_stream&, std::uint64_t, noise_part = {}) const noexcept {}
};
static_assert(noise_in_parts<no_noise>);

/// Adds N(0, deviation). The paper's choice.
class gaussian_noise {
 public:
  struct options {
    double deviation = 6;  ///< in columns (paper); finite, >= 0
    draws which = draws::per_row;
  };

  gaussian_noise() = default;
  /// @throws argument_error if an option is outside its stated range
  explicit gaussian_noise(const options& o) : options_{o} {
    detail::check_noise("gaussian_noise", "deviation", o.deviation);
  }

  void reset(index_t) const noexcept {}
  void add(std::span<float> sizes, const random_stream& stream, std::uint64_t step,
           noise_part part = {}) const {
    detail::add_draws(sizes, options_.which, stream, step, part.first,
                      [&](random_engine& e, std::size_t) {
                        return static_cast<float>(options_.deviation) * normal(e);
                      });
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) const {
    f.same("deviation", options_.deviation);
    f.same("draws", static_cast<std::int64_t>(options_.which));
  }

 private:
  options options_{};
};
static_assert(noise_in_parts<gaussian_noise>);

/// Adds a number uniform in [-half_width, half_width). Of the paper's ablation.
class uniform_noise {
 public:
  struct options {
    double half_width = 11;  ///< in columns (reference program); finite, >= 0
    draws which = draws::per_row;
  };

  uniform_noise() = default;
  /// @throws argument_error if an option is outside its stated range
  explicit uniform_noise(const options& o) : options_{o} {
    detail::check_noise("uniform_noise", "half_width", o.half_width);
  }

  void reset(index_t) const noexcept {}
  void add(std::span<float> sizes, const random_stream& stream, std::uint64_t step,
           noise_part part = {}) const {
    const auto w = static_cast<float>(options_.half_width);
    detail::add_draws(sizes, options_.which, stream, step, part.first,
                      [&](random_engine& e, std::size_t) { return uniform(e, -w, w); });
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) const {
    f.same("half_width", options_.half_width);
    f.same("draws", static_cast<std::int64_t>(options_.which));
  }

 private:
  options options_{};
};
static_assert(noise_in_parts<uniform_noise>);

/// Adds a process that wanders and is drawn back to 0: x += -theta x dt + deviation sqrt(dt) N(0,
/// 1), from x = 0 at the beginning of an episode. Of the paper's ablation.
class ornstein_uhlenbeck_noise {
 public:
  struct options {
    double deviation = 40;  ///< in columns (reference program), as the next two; all finite, >= 0
    double theta = 0.15;
    double dt = 0.01;
    draws which = draws::per_row;
  };

  ornstein_uhlenbeck_noise() = default;
  /// @throws argument_error if an option is outside its stated range
  explicit ornstein_uhlenbeck_noise(const options& o) : options_{o} {
    detail::check_noise("ornstein_uhlenbeck_noise", "deviation", o.deviation);
    detail::check_noise("ornstein_uhlenbeck_noise", "theta", o.theta);
    detail::check_noise("ornstein_uhlenbeck_noise", "dt", o.dt);
  }

  /// @throws argument_error if rows < 0
  void reset(index_t rows) {
    if (rows < 0)
      detail::throw_error<argument_error>("ornstein_uhlenbeck_noise: rows must be >= 0, got ",
                                          rows);
    state_.assign(static_cast<std::size_t>(rows), 0.0F);
  }

  /// @throws argument_error if `reset` was told of another number of rows
  void add(std::span<float> sizes, const random_stream& stream, std::uint64_t step) {
    add(sizes, stream, step, {0, static_cast<index_t>(sizes.size())});
  }
  /// @throws argument_error as above, or if the part is not one of those rows
  void add(std::span<float> sizes, const random_stream& stream, std::uint64_t step,
           noise_part part) {
    if (part.rows != std::ssize(state_))
      detail::throw_error<argument_error>("ornstein_uhlenbeck_noise: ", part.rows,
                                          " rows, but reset() at the start of the episode said ",
                                          state_.size());
    if (part.first < 0 || part.first > part.rows || std::ssize(sizes) > part.rows - part.first)
      detail::throw_error<argument_error>("ornstein_uhlenbeck_noise: ", sizes.size(),
                                          " rows from row ", part.first, " on, of ", part.rows);
    if (options_.which == draws::shared && part.first > 0) {  // drawn with the first part
      for (float& s : sizes) s += state_.front();
      return;
    }
    const auto kept = static_cast<float>(1 - options_.theta * options_.dt);
    const auto scale = static_cast<float>(options_.deviation * std::sqrt(options_.dt));
    detail::add_draws(sizes, options_.which, stream, step, part.first,
                      [&](random_engine& e, std::size_t row) {
                        return state_[row] = kept * state_[row] + scale * normal(e);
                      });
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f.same("deviation", options_.deviation);
    f.same("theta", options_.theta);
    f.same("dt", options_.dt);
    f.same("draws", static_cast<std::int64_t>(options_.which));
    f("state", state_);
    f.check("state", detail::all_finite(state_), "finite numbers");
  }

 private:
  options options_{};
  std::vector<float> state_;  ///< [rows]; only the first counts when draws are shared
};
static_assert(noise_in_parts<ornstein_uhlenbeck_noise>);

}  // namespace ciess
