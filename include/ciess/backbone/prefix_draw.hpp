// SPDX-License-Identifier: MIT
/// @file
/// Sizes drawn at random, step by step: what a nested training trains.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/embedding/assignment.hpp>

namespace ciess {

/// How the sizes of a step are drawn, each row for itself.
enum class prefix_law {
  uniform,      ///< every size in the range is as likely
  log_uniform,  ///< every factor of two is as likely: small sizes are trained more often
  frequency     ///< near a power of the row's frequency; the power of each table, the mean size
                ///< (within a table's own range) and the shares that the kinds of tables have of
                ///< it are drawn for each step: shapes a search comes to
};

/// Draws an assignment for each step of a nested training. The same seed and step give the same
/// sizes, at any number of threads.
/// Memory: 8 bytes a row.
class prefix_draw {
 public:
  /// Every table is of a kind of its own.
  /// @throws as below
  prefix_draw(std::span<const table_shape> shapes,
              std::span<const std::span<const double>> frequency, prefix_law law,
              std::uint64_t seed)
      : prefix_draw(shapes, frequency, own_kinds(shapes.size()), law, seed) {}

  /// @param frequency  [tables][rows], >= 0; used by `prefix_law::frequency` only
  /// @param kinds      [tables], 0, 1, ...: tables of one kind stand to the others alike
  /// @throws argument_error if frequencies are used, and they or the kinds do not fit
  prefix_draw(std::span<const table_shape> shapes,
              std::span<const std::span<const double>> frequency,
              std::span<const std::size_t> kinds, prefix_law law, std::uint64_t seed)
      : shapes_(shapes.begin(), shapes.end()),
        kinds_(kinds.begin(), kinds.end()),
        law_{law},
        stream_{seed, purpose::prefixes},
        drawn_{shapes} {
    if (law != prefix_law::frequency) return;
    if (kinds.size() != shapes.size())
      detail::throw_error<argument_error>("prefix_draw: ", shapes.size(), " tables, kinds of ",
                                          kinds.size());
    for (const std::size_t kind : kinds_) {
      if (kind >= shapes.size())
        detail::throw_error<argument_error>("prefix_draw: ", shapes.size(),
                                            " tables cannot be of kind ", kind);
      rows_of_kind_.resize(std::max(rows_of_kind_.size(), kind + 1));
    }
    for (std::size_t t = 0; t < shapes.size(); ++t)
      rows_of_kind_[kinds_[t]] += static_cast<double>(shapes[t].rows);
    if (frequency.size() != shapes.size())
      detail::throw_error<argument_error>("prefix_draw: ", shapes.size(),
                                          " tables, frequencies of ", frequency.size());
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      if (std::ssize(frequency[t]) != shapes[t].rows)
        detail::throw_error<argument_error>("prefix_draw: table ", t, " has ", shapes[t].rows,
                                            " rows, got frequencies of ", frequency[t].size());
      auto& log = log_frequency_.emplace_back();
      for (const double f : frequency[t]) {
        if (!(f >= 0 && std::isfinite(f)))
          detail::throw_error<argument_error>("prefix_draw: table ", t, " has a frequency of ", f);
        log.push_back(static_cast<float>(std::log2(f + 1)));
      }
    }
  }

 private:
  static std::vector<std::size_t> own_kinds(std::size_t tables) {
    std::vector<std::size_t> kinds(tables);
    std::iota(kinds.begin(), kinds.end(), std::size_t{0});
    return kinds;
  }

  /// Callable (row, engine): the logarithm of a row's size, to base 2.
  [[nodiscard]] auto exponent_of(std::size_t t, std::uint64_t step) const {
    const auto range = shapes_[t].range;
    const auto least = std::log2(static_cast<float>(range.min));
    const auto most = std::log2(static_cast<float>(range.max));
    float power = 0;
    float shift = 0;
    if (law_ == prefix_law::frequency) {
      // What all tables share: the mean size, and how the kinds stand to the last of them.
      auto common = stream_.child(0).at(step);
      const float mean = uniform(common, least + 0.15F * (most - least), most);
      const std::size_t last = rows_of_kind_.size() - 1;
      float own_tilt = 0;
      double all = 0, tilted = 0, weighted = 0;
      for (std::size_t kind = 0; kind <= last; ++kind) {
        const float tilt = kind < last ? uniform(common, -2.0F, 6.0F) : 0.0F;
        if (kind == kinds_[t]) own_tilt = tilt;
        all += rows_of_kind_[kind];
        tilted += rows_of_kind_[kind] * std::exp2(tilt);
      }
      auto own = stream_.child(0).at(step, t + 1);
      power = uniform(own, 0.0F, 0.7F);
      // exp2(mean) is the mean over all rows; the rows of a kind share its part of the numbers.
      const double scale = all / std::max(tilted, 1.0);
      for (const float l : log_frequency_[t]) weighted += std::exp2(power * l);
      const double own_mean = log_frequency_[t].empty()
                                  ? 1.0
                                  : weighted / static_cast<double>(log_frequency_[t].size());
      shift = mean + static_cast<float>(std::log2(scale) - std::log2(own_mean)) + own_tilt;
    }
    return [=, this](std::size_t row, random_engine& engine) {
      if (law_ == prefix_law::log_uniform) return uniform(engine, least, most);
      return shift + power * log_frequency_[t][row] + uniform(engine, -1.0F, 1.0F);
    };
  }

 public:
  /// The sizes of a step; valid until the next call.  O(rows)
  const assignment& operator()(std::int64_t step) {
    const auto at = static_cast<std::uint64_t>(step);
    std::vector<sizes> tables;
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      const auto [rows, range] = shapes_[t];
      const random_stream own = stream_.child(t + 1);
      const auto exponent = exponent_of(t, at);
      std::vector<int> size(static_cast<std::size_t>(rows));
      parallel_for(rows, 4096, [&](index_t first, index_t last) {
        for (index_t r = first; r < last; ++r) {
          auto engine = own.at(at, static_cast<std::uint64_t>(r));
          const auto i = static_cast<std::size_t>(r);
          size[i] =
              law_ == prefix_law::uniform
                  ? range.min + static_cast<int>(bounded(
                                    engine, static_cast<std::uint32_t>(range.max - range.min + 1)))
                  // As floats first: a size may be far past what an int can hold.
                  : static_cast<int>(std::lround(std::clamp(std::exp2(exponent(i, engine)),
                                                            static_cast<float>(range.min),
                                                            static_cast<float>(range.max))));
        }
      });
      tables.emplace_back(std::span<const int>(size), range);
    }
    drawn_ = assignment(std::move(tables));
    return drawn_;
  }

 private:
  std::vector<table_shape> shapes_;
  std::vector<std::size_t> kinds_;    ///< [tables]
  std::vector<double> rows_of_kind_;  ///< [kinds]
  prefix_law law_;
  random_stream stream_;
  std::vector<std::vector<float>> log_frequency_;  ///< [tables][rows], log2(frequency + 1)
  assignment drawn_;
};

}  // namespace ciess
