// SPDX-License-Identifier: MIT
/// @file
/// Matrices, and the words that every floor uses with them.
#pragma once

#include <type_traits>

#include <Eigen/Core>

#include <ciess/core/index.hpp>

namespace ciess {

static_assert(std::is_same_v<index_t, Eigen::Index>,
              "ciess needs Eigen's usual index type: do not define EIGEN_DEFAULT_DENSE_INDEX_TYPE");

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
