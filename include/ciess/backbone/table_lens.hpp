// SPDX-License-Identifier: MIT
/// @file
/// What stands between the tables of a model and its network while it is trained.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>

namespace ciess {

/// Something that tables are looked at through: the network reads what `look` makes of them, and
/// what it says of that comes back to the tables through `back`. A lens may have numbers of its own
/// that learn: thresholds, masks. In each training step, in this order:
///
/// - `look(step, tables)`   `tables` are a copy of the model's, to be changed into what the network
///                          reads: other numbers, or rows that are cut. Numbers that a cut takes
///                          away do not learn in this step
/// - `back(tables, slopes)` `slopes` [rows, d_max] a table are those of the loss by what the
/// network
///                          read; to be changed into those by the model's `tables`, in the numbers
///                          that were not cut
/// - `learn(step)`          a step of the lens's own numbers
///
/// One lens looks at one model. It is told the number of each step, and draws what it draws by it.
template <class L, class T>
concept table_lens = requires(L& lens, std::int64_t step, std::vector<basic_masked_table<T>>& copy,
                              const std::vector<basic_masked_table<T>>& tables,
                              std::vector<basic_matrix<T>>& slopes) {
  lens.look(step, copy);
  lens.back(tables, slopes);
  lens.learn(step);
};

/// The lens of drawn prefixes: each step cuts the rows to the sizes that are drawn for it, so every
/// prefix of a row learns to stand alone.
/// @tparam Draw  callable (std::int64_t step) -> const assignment&
template <class Draw>
  requires std::convertible_to<std::invoke_result_t<Draw&, std::int64_t>, const assignment&>
class prefix_lens {
 public:
  /// @param shapes  of the model
  prefix_lens(std::span<const table_shape> shapes, Draw& draw) : shapes_{shapes}, draw_{&draw} {}

  /// @throws argument_error if a drawn assignment does not fit
  template <class T>
  void look(std::int64_t step, std::vector<basic_masked_table<T>>& tables) {
    const assignment& sizes = (*draw_)(step);
    check_shapes("train_nested", shapes_, sizes);
    for (std::size_t t = 0; t < tables.size(); ++t) tables[t].cut(sizes[t]);
  }
  void back(const auto&, auto&) const noexcept {}
  void learn(std::int64_t) const noexcept {}

 private:
  std::span<const table_shape> shapes_;
  Draw* draw_;
};

}  // namespace ciess
