// SPDX-License-Identifier: MIT
/// @file
/// Words that every floor uses: indices, row ids, matrices.
#pragma once

#include <cstdint>

#include <Eigen/Core>

/// All of the library. Names in its namespace `detail` may change at any time.
namespace ciess {

/// Signed counts and positions.
using index = Eigen::Index;

/// Position of a row in its embedding table: a user or an item by its internal number, from 0.
using row_id = std::int32_t;

/// Row-major dense matrix; an embedding table is [rows, d_max].
template <class T>
using basic_matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using matrix = basic_matrix<float>;

/// Numbers in one piece, aligned: Eigen may sum in another order at another alignment.
template <class T>
using basic_vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;

/// Read-only and writable views of a row-major matrix or of a block of whole rows of one.
template <class T>
using basic_matrix_view = Eigen::Ref<const basic_matrix<T>>;
template <class T>
using basic_matrix_span = Eigen::Ref<basic_matrix<T>>;
using matrix_view = basic_matrix_view<float>;
using matrix_span = basic_matrix_span<float>;

}  // namespace ciess
