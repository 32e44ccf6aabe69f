// SPDX-License-Identifier: MIT
/// @file
/// A table [3, 4] in every kind of memory that a `table_view` is made of.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include <ciess/core/types.hpp>
#include <ciess/core/xtensor.hpp>
#include <ciess/embedding/table_view.hpp>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

namespace support {

inline constexpr ciess::index_t table_rows = 3;
inline constexpr ciess::index_t table_columns = 4;

/// Calls `check(source, at)` for every kind; `at(r, c)` is entry (r, c), found without a view.
template <class T, class Check>
void for_each_strided_table(Check check) {
  using Eigen::Dynamic;
  using column_major = Eigen::Matrix<T, Dynamic, Dynamic>;
  const auto native = [](auto& m) {
    return [&m](ciess::index_t r, ciess::index_t c) -> T& { return m(r, c); };
  };
  const auto native_unsigned = [](auto& m) {
    return [&m](ciess::index_t r, ciess::index_t c) -> T& {
      return m(static_cast<std::size_t>(r), static_cast<std::size_t>(c));
    };
  };

  ciess::basic_matrix<T> rows(3, 4);
  check(rows, native(rows));
  column_major columns(3, 4);
  check(columns, native(columns));
  Eigen::Matrix<T, 3, 4> fixed;
  check(fixed, native(fixed));
  ciess::basic_matrix<T> big(5, 9);
  auto block = big.block(1, 3, 3, 4);
  check(block, native(block));
  column_major wide(7, 6);
  auto inner = wide.block(2, 1, 3, 4);
  check(inner, native(inner));
  Eigen::Ref<column_major, 0, Eigen::OuterStride<>> ref = inner;
  check(ref, native(ref));
  std::vector<T> mapped(100);
  Eigen::Map<ciess::basic_matrix<T>, 0, Eigen::Stride<Dynamic, Dynamic>> map(
      mapped.data() + 1, 3, 4, Eigen::Stride<Dynamic, Dynamic>(11, 2));
  check(map, [&](ciess::index_t r, ciess::index_t c) -> T& {
    return mapped[static_cast<std::size_t>(1 + 11 * r + 2 * c)];
  });

  xt::xtensor<T, 2> tensor({3, 4});
  check(tensor, native_unsigned(tensor));
  xt::xtensor<T, 2, xt::layout_type::column_major> turned({3, 4});
  check(turned, native_unsigned(turned));
  std::vector<T> adapted(12);
  auto adaptor = xt::adapt(adapted, std::array<std::size_t, 2>{3, 4});
  check(adaptor, native_unsigned(adaptor));
  xt::xtensor<T, 2> large({9, 12});
  auto steps = xt::view(large, xt::range(1, 6, 2), xt::range(2, 12, 3));
  check(steps, native_unsigned(steps));
  auto backwards = xt::view(large, xt::range(7, 1, -2), xt::range(4, 8));
  check(backwards, native_unsigned(backwards));
  xt::xtensor<T, 3> cube({2, 3, 4});
  auto slice = xt::view(cube, 1, xt::all(), xt::all());
  check(slice, native_unsigned(slice));

  std::vector<T> raw(100);
  const auto at = [&](ciess::index_t start, ciess::index_t down, ciess::index_t across) {
    check(ciess::table_view(raw.data() + start, 3, 4, down, across),
          [&raw, start, down, across](ciess::index_t r, ciess::index_t c) -> T& {
            return raw[static_cast<std::size_t>(start + r * down + c * across)];
          });
  };
  at(0, 4, 1);      // dense
  at(5, 16, 1);     // rows padded to 16 numbers
  at(0, 12, 3);     // a number of every three
  at(0, 1, 3);      // column-major
  at(20, -10, 1);   // the last row first
  at(99, -20, -2);  // both backwards
}

}  // namespace support
