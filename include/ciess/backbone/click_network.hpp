// SPDX-License-Identifier: MIT
/// @file
/// What is particular to one kind of click model: a map from the rows that an impression shows to
/// its log odds. Everything else, from gathering rows to the optimiser, is shared
/// (`click_model.hpp`).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>

namespace ciess {

/// What a click network reads of an impression: a row of `columns` numbers in each of its slots,
/// one behind the other, and numeric features.
struct click_input {
  index_t slots = 0;
  index_t columns = 0;   ///< of a slot: the largest d_max of any table; narrower rows end in zeros
  index_t features = 0;  ///< numbers beside the slots
  std::vector<std::size_t> table_of{};  ///< [slots]

  [[nodiscard]] index_t width() const noexcept { return slots * columns; }
};

/// Parameters of a network, by name and in one piece.
struct click_layer {
  std::string name;
  std::vector<index_t> shape;

  [[nodiscard]] index_t numbers() const noexcept {
    index_t product = 1;
    for (const index_t n : shape) product *= n;
    return product;
  }
};

/// Where a training step draws what it leaves out.
struct click_dropout {
  random_stream stream;
  std::uint64_t step = 0;
  index_t first = 0;  ///< number in the batch of the first impression of a block

  /// The choices of a layer for the r-th impression of the block.
  [[nodiscard]] random_engine at(std::uint64_t layer, index_t r) const noexcept {
    return stream.child(layer).at(step, static_cast<std::uint64_t>(first + r));
  }
};

/// Impressions that a network is given at a time, at most.
inline constexpr index_t click_block = 256;

/// The particular part of a click model.
///
/// Checked, and promised; n <= `click_block` impressions are a block, and several threads may be at
/// work on blocks of their own, each with a tape of its own:
/// - `N(input, options)`: throws `argument_error` if an option is out of range;
/// - `N::first_order(options)`: whether the model adds a bias and a weight for each row and
/// feature;
/// - `N::features_are_rows(options)`: whether each feature has a row, in a table of their own,
/// which is
///   multiplied by its number and stands in a slot behind those of the fields. Else the network is
///   given the numbers;
/// - `layers()`: names and shapes of its parameters, which lie one behind the other;
/// - `draw(parameters, stream)`: their first values;
/// - `pack(parameters, packed, backward)`: what it wants to work out once for all blocks of a step,
///   for `backward`, too, if it says so;
/// - `forward(parameters, packed, x, numbers, dropped, tape, log_odds)`: adds to `log_odds` [n]
///   what it says of `x` [n, width] and `numbers` [n, features]; `dropped` is null where nothing is
///   left out;
/// - `backward(parameters, packed, x, numbers, slopes, tape, gradient, dx)`: after `forward` with
///   the same tape; `slopes` [n] are those of the loss by the log odds. Adds to the gradient of the
///   parameters, overwrites `dx` [n, width].
///
/// The sums of a block must not depend on threads.
template <class N>
concept click_network =
    requires {
      typename N::value_type;
      typename N::options;
      typename N::packed;
      typename N::tape;
    } &&
    requires(const typename N::options& o) {
      { N::first_order(o) } -> std::convertible_to<bool>;
      { N::features_are_rows(o) } -> std::convertible_to<bool>;
    } && std::constructible_from<N, const click_input&, const typename N::options&> &&
    requires(const N& net, std::span<typename N::value_type> numbers,
             std::span<const typename N::value_type> parameters, const random_stream& stream,
             typename N::packed& packed, typename N::tape& tape, const click_dropout* dropped,
             const basic_matrix_view<typename N::value_type>& in,
             basic_matrix_span<typename N::value_type> dx) {
      { net.layers() } -> std::convertible_to<std::vector<click_layer>>;
      net.draw(numbers, stream);
      net.pack(parameters, packed, true);
      net.forward(parameters, packed, in, in, dropped, tape, numbers);
      net.backward(parameters, packed, in, in, parameters, tape, numbers, dx);
    };

}  // namespace ciess
