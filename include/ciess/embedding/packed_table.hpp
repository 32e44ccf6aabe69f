// SPDX-License-Identifier: MIT
/// @file
/// Embedding tables that are really small: of every row only the numbers that it keeps.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/aligned.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/embedding/code_book.hpp>
#include <ciess/embedding/detail/scaled_codes.hpp>
#include <ciess/embedding/detail/scaled_row.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_view.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/embedding/trainable_table.hpp>

namespace ciess {

/// How the scale of a row is chosen, for numbers that have one.
enum class row_scale {
  largest,       ///< the row's largest number is stored exactly, or nearly so
  least_squares  ///< the sum of squared errors is least, or nearly so: what is large is cut off
};

/// Eight bits lose hardly anything; few bits lose up to a fifth less by least squares.
template <packed_number N>
inline constexpr row_scale usual_scale = is_bits<N> ? row_scale::least_squares : row_scale::largest;

/// A packed table that owns its parts, each beginning at a multiple of 64 bytes. Where all rows
/// have one size it keeps that once, and no index. Immutable; a view of it stays valid when it is
/// moved.
/// Scales of `bits` and of code bytes take a byte, see `scale_value`, and reach 16 octaves down
/// from that of the row with the largest number: a row whose numbers are smaller by a factor of
/// 30,000 loses more than others, and from a million on it becomes 0.
template <packed_number N>
class packed_table {
 public:
  packed_table() = default;
  packed_table(packed_table&&) noexcept = default;
  packed_table& operator=(packed_table&&) noexcept = default;

  /// Takes the numbers that rows keep.
  /// @param row  callable (index r) -> std::span<const float> of at least s[r] numbers, the same
  ///             whenever it is asked, which is once a row, and twice for `bits`; called from
  ///             several threads at once
  /// @throws numeric_error naming the first row and column whose number is not finite, or is not
  ///         once it is stored (beyond 65,504 for float16)
  /// Cost: O(numbers), no memory but the table's.
  template <class Row>
    requires(std::convertible_to<std::invoke_result_t<Row&, index_t>, std::span<const float>> &&
             !booked_number<N>)
  packed_table(const sizes& s, Row&& row, row_scale how = usual_scale<N>) {
    fill(s, s.range(), row, how);
  }

  /// Takes the bytes that rows keep of columns which have bits of their own.
  /// @param bytes  of each row, in [1, book.bytes()]
  /// @param row    as above: row r has at least the columns that its bytes stand for
  /// @param book   what bytes mean, see `fit_code_book`; of scaled rows that of rows of length 1
  /// @param scales  whether rows have one: about the best by the sum of squares. Rows are asked for
  ///                twice then
  /// @throws numeric_error as above; argument_error if the range of the bytes is not the book's
  template <class Row>
    requires std::convertible_to<std::invoke_result_t<Row&, index_t>, std::span<const float>>
  packed_table(const sizes& bytes, Row&& row, code_book book, scaled_rows scales = scaled_rows::no)
    requires booked_number<N>
      : book_{std::make_unique<const code_book>(std::move(book))} {
    if (scales == scaled_rows::yes) scales_.resize(static_cast<std::size_t>(bytes.rows()));
    if (const size_range r = bytes.range(); r.min != 1 || r.max != book_->bytes())
      detail::throw_error<argument_error>("packed_table: rows of ", r.min, " to ", r.max,
                                          " bytes, expected 1 to ", book_->bytes(),
                                          ", as the book has");
    fill(bytes,
         {.min = static_cast<int>(book_->columns(1)), .max = static_cast<int>(book_->columns())},
         row, row_scale::largest);
  }

  [[nodiscard]] const packed_view<N>& view() const noexcept { return view_; }
  operator const packed_view<N>&() const noexcept { return view_; }

 private:
  /// @param s       numbers of rows, or bytes
  /// @param range   of columns
  template <class Row>
  void fill(const sizes& s, size_range range, Row&& row, row_scale how) {
    const index_t rows = s.rows();
    const index_t blocks = detail::packed_blocks(rows);
    const int size = only_size(s);
    if (size == 0) make_index(s, blocks);
    const auto begin_of = [&](index_t block) {
      return size == 0 ? static_cast<index_t>(starts_[static_cast<std::size_t>(block)])
                       : std::min(rows, block * detail::packed_block) * stored_in<N>(size);
    };
    if constexpr (scaled_number<N>) scales_.resize(static_cast<std::size_t>(rows));
    values_.resize(static_cast<std::size_t>(begin_of(blocks)));

    int octave = 0;
    if constexpr (is_bits<N>) octave = detail::octave_for(largest_scale(s, row));
    if constexpr (booked_number<N>)
      if (!scales_.empty()) octave = detail::octave_for(longest(s, row));
    std::vector<index_t> bad(static_cast<std::size_t>(blocks), -1);  // the first row of each block
    parallel_for(blocks, 16, [&](index_t first, index_t last) {
      for (index_t b = first; b < last; ++b) {
        auto next = values_.begin() + begin_of(b);
        const index_t end = std::min(rows, (b + 1) * detail::packed_block);
        for (index_t r = b * detail::packed_block; r < end; ++r) {
          const std::span<const float> from = kept(s, row, r);
          const std::span<N> to(next, static_cast<std::size_t>(stored_in<N>(s[r])));
          next += std::ssize(to);
          auto& found = bad[static_cast<std::size_t>(b)];
          if (!store(from, r, how, octave, to) && found < 0) found = r;
        }
      }
    });
    for (const index_t r : bad)
      if (r >= 0) refuse(r, kept(s, row, r));
    view_ = {rows, range, {values_, narrow_, wide_, starts_, scales_, size, octave, book_.get()}};
  }

  /// The numbers of a row that are stored.
  template <class Row>
  [[nodiscard]] std::span<const float> kept(const sizes& s, Row&& row, index_t r) const {
    const auto columns = [&] {
      if constexpr (booked_number<N>)
        return book_->columns(s[r]);
      else
        return index_t{s[r]};
    }();
    return std::span<const float>(row(r)).first(static_cast<std::size_t>(columns));
  }

  /// What rows of unequal sizes are found by.
  void make_index(const sizes& s, index_t blocks) {
    const auto codes = static_cast<std::size_t>(blocks * detail::packed_block);
    if (s.range().max > 256)
      wide_ = codes_of<std::uint16_t>(s, codes);
    else
      narrow_ = codes_of<std::uint8_t>(s, codes);
    starts_.resize(static_cast<std::size_t>(blocks) + 1);
    for (index_t r = 0; r < s.rows(); ++r)
      starts_[static_cast<std::size_t>(r / detail::packed_block) + 1] +=
          static_cast<std::uint64_t>(stored_in<N>(s[r]));
    for (std::size_t b = 1; b < starts_.size(); ++b) starts_[b] += starts_[b - 1];
  }
  template <class C>
  static aligned_vector<C> codes_of(const sizes& s, std::size_t count) {
    aligned_vector<C> codes(count);
    std::ranges::transform(s.values(), codes.begin(),
                           [](std::uint16_t size) { return static_cast<C>(size - 1); });
    return codes;
  }

  /// The scale of the largest number of all.
  template <class Row>
  [[nodiscard]] static float largest_scale(const sizes& s, Row&& row) {
    return parallel_reduce(
               s.rows(), 1024, 0.0F,
               [&](index_t first, index_t last) {
                 float largest = 0;
                 for (index_t r = first; r < last; ++r)
                   largest = std::max(largest,
                                      detail::largest_number(std::span<const float>(row(r)).first(
                                          static_cast<std::size_t>(s[r]))));
                 return largest;
               },
               [](float a, float b) { return std::max(a, b); }) /
           static_cast<float>(detail::most_of<N>);
  }

  /// The length of the longest row.
  template <class Row>
  [[nodiscard]] float longest(const sizes& s, Row&& row) const
    requires booked_number<N>
  {
    return parallel_reduce(
        s.rows(), 1024, 0.0F,
        [&](index_t first, index_t last) {
          float most = 0;
          for (index_t r = first; r < last; ++r)
            most = std::max(most, detail::length_of(kept(s, row, r)));
          return most;
        },
        [](float a, float b) { return std::max(a, b); });
  }

  /// @return whether all numbers are finite once they are stored
  bool store(std::span<const float> from, index_t row, row_scale how, [[maybe_unused]] int octave,
             std::span<N> to) {
    float largest = 0;
    bool finite = true;
    for (const float x : from) {
      finite = finite && std::isfinite(x);
      largest = std::max(largest, std::abs(x));
    }
    if constexpr (std::same_as<N, float>) {
      std::ranges::copy(from, to.begin());
    } else if constexpr (std::same_as<N, bfloat16>) {
      std::ranges::transform(from, to.begin(), to_bfloat16);
      finite = finite && std::isfinite(to_float(to_bfloat16(largest)));
    } else if constexpr (std::same_as<N, float16>) {
      std::ranges::transform(from, to.begin(), to_float16);
      finite = finite && std::isfinite(to_float(to_float16(largest)));
    } else if constexpr (booked_number<N>) {
      if (!finite) return false;
      if (scales_.empty())
        book_->encode(from, to);
      else
        scales_[static_cast<std::size_t>(row)] =
            detail::store_scaled_codes(from, *book_, octave, to);
    } else if (finite) {
      const auto scale = how == row_scale::largest ? detail::largest_scale<N>(from, octave)
                                                   : detail::least_squares_scale<N>(from, octave);
      scales_[static_cast<std::size_t>(row)] = scale;
      detail::store_scaled(from, scale_value<N>(scale, octave), to);
    }
    return finite;
  }

  [[noreturn]] static void refuse(index_t row, std::span<const float> from) {
    std::size_t column = 0;
    while (std::isfinite(from[column]) && std::isfinite(stored_alone(from[column]))) ++column;
    detail::throw_error<numeric_error>("packed_table: row ", row, ", column ", column, " is ",
                                       from[column], ", which cannot be stored");
  }
  static float stored_alone(float x) noexcept {
    if constexpr (std::same_as<N, bfloat16>) return to_float(to_bfloat16(x));
    if constexpr (std::same_as<N, float16>) return to_float(to_float16(x));
    return x;
  }

  aligned_vector<N> values_;
  aligned_vector<std::uint8_t> narrow_;
  aligned_vector<std::uint16_t> wide_;
  aligned_vector<std::uint64_t> starts_;
  aligned_vector<scale_of<N>> scales_;
  std::unique_ptr<const code_book> book_;  ///< the view refers to it
  packed_view<N> view_;
};

/// A trained table, packed: the same bytes whatever kind of table its rows were trained in.
/// @throws as `packed_table`
template <packed_number N = float, trainable_table Table>
  requires(!booked_number<N> && std::same_as<typename Table::value_type, float>)
[[nodiscard]] packed_table<N> pack(const Table& table, row_scale how = usual_scale<N>) {
  return packed_table<N>(table.row_sizes(), [&](index_t r) { return table[r]; }, how);
}

}  // namespace ciess
