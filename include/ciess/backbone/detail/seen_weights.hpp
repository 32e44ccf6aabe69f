// SPDX-License-Identifier: MIT
/// @file
/// What a network reads in place of a model's weights.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include <ciess/backbone/network.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/round_as.hpp>
#include <ciess/embedding/table_formats.hpp>

namespace ciess::detail {

/// A copy of a model's weights whose tables are changed, and rounded if they are to be stored so,
/// before a network reads them. The memory of the copy is kept.
template <class T>
class seen_weights {
 public:
  void store_as(const table_formats& formats) {
    formats_ = formats;
    round_ = nullptr;
    if (rounds())
      round_ = [](auto& table, number_format format) {
        if (format != number_format::float32) round_as(table, format);
      };
  }
  [[nodiscard]] const table_formats& stored_as() const noexcept { return formats_; }
  [[nodiscard]] bool rounds() const noexcept { return !formats_.all_floats(); }

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
    if (!round_) return;
    for (std::size_t t = 0; t < tables.size(); ++t) round_(tables[t], formats_.of(t));
  }
  /// What the last `of` returned.
  [[nodiscard]] const model_weights<T>& last() const noexcept { return seen_; }

 private:
  table_formats formats_;
  std::function<void(basic_masked_table<T>&, number_format)> round_;  ///< of floats: none
  model_weights<T> seen_;
};

}  // namespace ciess::detail
