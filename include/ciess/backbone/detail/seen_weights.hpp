// SPDX-License-Identifier: MIT
/// @file
/// What a network reads in place of a model's weights.
#pragma once

#include <functional>
#include <vector>

#include <ciess/backbone/network.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/round_as.hpp>

namespace ciess::detail {

/// A copy of a model's weights whose tables are changed, and rounded if they are to be stored so,
/// before a network reads them. The memory of the copy is kept.
template <class T>
class seen_weights {
 public:
  void store_as(number_format format) {
    format_ = format;
    round_ = nullptr;
    if (format != number_format::float32)
      round_ = [format](auto& table) { round_as(table, format); };
  }
  [[nodiscard]] number_format stored_as() const noexcept { return format_; }
  [[nodiscard]] bool rounds() const noexcept { return format_ != number_format::float32; }

  /// The weights with what `look(tables)` makes of the tables, rounded; valid until the next call.
  template <class Look>
  const model_weights<T>& of(const model_weights<T>& weights, Look&& look) {
    seen_ = weights;
    look(seen_.tables);
    round(seen_.tables);
    return seen_;
  }
  /// Rounds tables as they are to be stored.
  void round(std::vector<basic_masked_table<T>>& tables) const {
    if (round_)
      for (auto& table : tables) round_(table);
  }
  /// What the last `of` returned.
  [[nodiscard]] const model_weights<T>& last() const noexcept { return seen_; }

 private:
  number_format format_ = number_format::float32;
  std::function<void(basic_masked_table<T>&)> round_;  ///< of floats: none
  model_weights<T> seen_;
};

}  // namespace ciess::detail
