// SPDX-License-Identifier: MIT
/// @file
/// Factorisation machine: inner products of all pairs of the rows that an impression shows.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <ciess/backbone/click_model.hpp>
#include <ciess/backbone/click_network.hpp>
#include <ciess/backbone/detail/common_axes.hpp>
#include <ciess/backbone/detail/pair_products.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>

namespace ciess {

/// The sum over pairs of slots of inner products; bias and first order are the click model's.
/// Has no parameters.
/// Source: Rendle, "Factorization machines", ICDM 2010.
template <class T>
class fm_network {
 public:
  using value_type = T;
  struct options {};
  struct packed {};
  using tape = detail::pair_sums<T>;
  [[nodiscard]] static bool first_order(const options&) noexcept { return true; }
  [[nodiscard]] static bool features_are_rows(const options&) noexcept { return true; }

  fm_network(const click_input& input, const options&)
      : slots_{input.slots}, columns_{input.columns} {}

  [[nodiscard]] std::vector<click_layer> layers() const { return {}; }
  void draw(std::span<T>, const random_stream&) const {}
  void pack(std::span<const T>, packed&, bool) const {}

  void forward(std::span<const T>, const packed&, const basic_matrix_view<T>& x,
               const basic_matrix_view<T>&, const click_dropout*, tape& memory,
               std::span<T> log_odds) const {
    detail::add_pair_products<T>(x, slots_, columns_, click_block, memory, log_odds);
  }
  void backward(std::span<const T>, const packed&, const basic_matrix_view<T>& x,
                const basic_matrix_view<T>&, std::span<const T> slopes, tape& memory, std::span<T>,
                basic_matrix_span<T> dx) const {
    detail::pair_slopes<false, T>(x, slots_, columns_, memory, slopes, dx);
  }

  /// Only inner products count: all tables are turned together, and no prediction changes.
  void rotate(std::span<basic_masked_table<T>> tables, std::span<T>) const {
    detail::turn_commonly(tables);
  }
  [[nodiscard]] std::size_t axes_group(std::size_t) const noexcept { return 0; }

 private:
  index_t slots_, columns_;
};

/// Factorisation machine for clicks.
template <class T>
using basic_fm = basic_click_model<fm_network<T>>;
using fm = basic_fm<float>;

}  // namespace ciess
