// SPDX-License-Identifier: MIT
/// @file
/// What a loss of an inner-product model is: from a batch and two tables of vectors to a number and
/// its slopes.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/named_rows.hpp>

namespace ciess {

/// A loss beside the network, which knows users and items by their vectors alone.
///
/// Checked, and promised:
/// - `L(train, options)`: throws `argument_error` if an option is out of range. May keep a
///   reference to the interactions, which outlive it;
/// - `begin(batch, stream, number, rows)`: the batch of step `number` comes next. Draws what it
///   draws, from `stream` at `number`; adds to `rows` those that it will read. Throws
///   `argument_error` if a triple names a row that is not there, before anything is changed;
/// - `loss(batch, vectors, slopes, columns)`: returns the mean loss of the batch that `begin` was
///   told, 0 if it is empty; overwrites the first `columns` columns of the slopes of both tables
///   with those of the mean loss by the vectors. What lies past these columns is zero. Vectors of
///   rows that were not named may hold anything finite. The same bytes at any number of threads;
/// - `count(table, row)`: how often the last batch named a row, for the penalty on its length;
/// - copyable, and deterministic: the same batch, stream, number and vectors give the same bytes.
template <class L>
concept vector_loss =
    requires {
      typename L::value_type;
      typename L::options;
    } && std::constructible_from<L, const interactions&, const typename L::options&> &&
    std::copyable<L> &&
    requires(L& loss, const L& fixed, const triples& batch, const random_stream& stream,
             std::uint64_t number, named_rows& rows,
             const std::array<const basic_matrix<typename L::value_type>*, 2>& vectors,
             const std::array<basic_matrix<typename L::value_type>*, 2>& slopes, index_t columns,
             std::size_t table) {
      loss.begin(batch, stream, number, rows);
      { loss(batch, vectors, slopes, columns) } -> std::convertible_to<double>;
      { fixed.count(table, columns) } -> std::convertible_to<index_t>;
    };

/// A loss that looks at no other row than those that the triples of its batch name, draws nothing
/// and needs no `begin`: rows may go by other numbers.
///
/// Checked, and promised:
/// - `L::row_loss`: L itself, so that nobody inherits the promise;
/// - `of_rows()`: whether this one does so, with its options.
template <class L>
concept row_loss =
    vector_loss<L> && std::same_as<typename L::row_loss, L> && requires(const L& fixed) {
      { fixed.of_rows() } -> std::convertible_to<bool>;
    };

static_assert(vector_loss<bpr<float>> && row_loss<bpr<float>>);

}  // namespace ciess
