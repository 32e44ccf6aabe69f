// SPDX-License-Identifier: MIT
/// @file
/// Packed tables in memory that somebody else owns.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/sizes.hpp>

namespace ciess {

/// Bytes of a packed table, by what they are for.
struct packed_memory {
  std::int64_t values = 0;   ///< the numbers that rows keep
  std::int64_t scales = 0;   ///< of the rows, for scaled numbers and for `scaled_rows`
  std::int64_t book = 0;     ///< what bytes mean, for `code_byte`: 3 a column
  std::int64_t sizes = 0;    ///< 1 byte a row up to d_max = 256, else 2; none if all are equal
  std::int64_t index = 0;    ///< where blocks of rows begin: 8 bytes for 64 rows; none likewise
  std::int64_t padding = 0;  ///< that lets every part begin at a multiple of 64 bytes
  [[nodiscard]] std::int64_t total() const noexcept {
    return values + scales + book + sizes + index + padding;
  }
};
namespace detail {

/// Rows whose beginning is stored together; of the others it is the sum of the sizes before.
inline constexpr index_t packed_block = 64;

[[nodiscard]] constexpr index_t packed_blocks(index_t rows) noexcept {
  return (rows + packed_block - 1) / packed_block;
}

/// Bits of a number in a stored value; 8 where each has a value of its own, however wide.
template <packed_number N>
inline constexpr std::uint32_t code_width = 8;
template <int B>
inline constexpr std::uint32_t code_width<bits<B>> = B;

/// What a row of a code takes beyond one value.
/// @tparam Sum  that the code times the width fits
template <std::uint32_t Width, class Sum>
[[nodiscard]] constexpr Sum beyond_one(Sum code) noexcept {
  if constexpr (8 % Width == 0) {
    constexpr int shift = std::countr_zero(8 / Width);
    return static_cast<Sum>(code >> shift);
  } else {
    return static_cast<Sum>(static_cast<Sum>(code * Width + Width - 1) >> 3);
  }
}

/// The sum of that over the first `n` of 64 codes, n < 64. Looks at all of them, which is quicker
/// than to stop.
template <std::uint32_t Width>
[[nodiscard]] std::uint64_t sum_first(const std::uint8_t* codes, index_t n) noexcept {
  // Narrow types throughout: a register of them is compared and summed at a time.
  const auto end = static_cast<std::uint8_t>(n);
  std::uint16_t sum = 0;
  for (std::uint8_t i = 0; i < packed_block; ++i)
    sum = static_cast<std::uint16_t>(
        sum + (beyond_one<Width, std::uint16_t>(codes[i]) & (i < end ? 0xff : 0)));
  return sum;
}
template <std::uint32_t Width>
[[nodiscard]] std::uint64_t sum_first(const std::uint16_t* codes, index_t n) noexcept {
  const auto end = static_cast<std::uint16_t>(n);
  std::uint32_t sum = 0;
  for (std::uint16_t i = 0; i < packed_block; ++i)
    sum += beyond_one<Width, std::uint32_t>(codes[i]) & (i < end ? 0xffffU : 0U);
  return sum;
}

}  // namespace detail

/// The parts of a packed table, in memory that somebody else owns: a file that is mapped, a
/// message, a `packed_table`. Rows follow each other without gaps. Either all keep `size` numbers,
/// and row r begins with `values[r * stored_in<N>(size)]`: then there are neither codes nor starts.
/// Or `size` is 0, row r keeps `codes[r] + 1` numbers, in `stored_in<N>` of the values, and the
/// first of block b, of 64 rows, begins with `values[starts[b]]`. Of `code_byte` sizes and codes
/// count bytes here, whose columns the book tells.
template <packed_number N>
struct packed_parts {
  std::span<const N> values{};              ///< of all rows, nothing else
  std::span<const std::uint8_t> narrow{};   ///< codes up to d_max = 256, else empty
  std::span<const std::uint16_t> wide{};    ///< codes from d_max = 257 on, else empty
  std::span<const std::uint64_t> starts{};  ///< of blocks, and the number of all values
  std::span<const scale_of<N>> scales{};    ///< of rows; for `code_byte` perhaps, see `scaled_rows`
  int size = 0;                             ///< of every row, or 0: then each has a code
  int octave = 0;                           ///< of scales in a byte, see `scale_value`
  const code_book* book = nullptr;          ///< of `code_byte`; of others none
};

/// Reads a packed table. Copying a view copies no number; any number of threads may read at once.
/// Opening costs the same for any number of rows; so a view does not know whether what it was given
/// is whole, but never reads outside of it: a row that would be there is refused when it is asked
/// for. `check` looks at all of them.
template <packed_number N>
class packed_view {
 public:
  packed_view() = default;

  /// @param range  of columns kept; of `code_byte` those of one byte and of all
  /// @throws argument_error if rows or range are not valid, data_error if the one size is outside
  ///         the range, the octave is not one, a book is missing or has other columns, or the parts
  ///         do not have the lengths that `rows`, `range` and the size ask for. O(1)
  packed_view(index_t rows, size_range range, const packed_parts<N>& parts)
      : rows_{rows}, range_{range}, parts_{parts} {
    detail::check_range("packed_view", range);
    constexpr index_t most = std::numeric_limits<row_id>::max();
    if (rows < 0 || rows > most)
      detail::throw_error<argument_error>("packed_view: rows must be in [0, ", most, "], got ",
                                          rows);
    const bool ragged = parts.size == 0;
    if constexpr (booked_number<N>) {
      if (!parts.book) detail::throw_error<data_error>("packed_view: expected a book of codes");
      const code_book& book = *parts.book;
      if (range.max != book.columns() || range.min != book.columns(1))
        detail::throw_error<data_error>("packed_view: rows keep ", range.min, " to ", range.max,
                                        " columns, expected ", book.columns(1), " to ",
                                        book.columns(), ", as their book has");
    }
    const size_range stored = stored_range();
    if (!ragged && !stored.contains(parts.size))
      detail::throw_error<data_error>("packed_view: every row has size ", parts.size,
                                      ", expected one in [", stored.min, ", ", stored.max, "]");
    if (parts.octave < 0 || parts.octave > most_octave)
      detail::throw_error<data_error>("packed_view: the octave of scales must be in [0, ",
                                      most_octave, "], got ", parts.octave);
    const index_t blocks = ragged ? detail::packed_blocks(rows) : 0;
    const auto need = [](const char* what, std::size_t got, index_t expected) {
      if (got != static_cast<std::size_t>(expected))
        detail::throw_error<data_error>("packed_view: expected ", expected, " ", what, ", got ",
                                        got);
    };
    const bool is_wide = stored.max > 256;
    need("codes of one byte", parts.narrow.size(), is_wide ? 0 : blocks * detail::packed_block);
    need("codes of two bytes", parts.wide.size(), is_wide ? blocks * detail::packed_block : 0);
    need("beginnings of blocks", parts.starts.size(), ragged ? blocks + 1 : 0);
    const bool has_scales = scaled_number<N> || (booked_number<N> && !parts.scales.empty());
    need("scales", parts.scales.size(), has_scales ? rows : 0);
    const std::uint64_t values = ragged ? parts.starts.back()
                                        : static_cast<std::uint64_t>(rows) *
                                              static_cast<std::uint64_t>(stored_in<N>(parts.size));
    if (values != parts.values.size())
      detail::throw_error<data_error>("packed_view: expected ", values, " values, got ",
                                      parts.values.size());
  }

  [[nodiscard]] index_t rows() const noexcept { return rows_; }
  /// d_max.
  [[nodiscard]] index_t columns() const noexcept { return range_.max; }
  [[nodiscard]] size_range range() const noexcept { return range_; }
  [[nodiscard]] const packed_parts<N>& parts() const noexcept { return parts_; }
  /// Numbers kept.  O(1), but O(rows) where bytes hold several and rows differ in size
  [[nodiscard]] std::int64_t total() const noexcept {
    if constexpr (!is_bits<N> && !booked_number<N>)
      return static_cast<std::int64_t>(parts_.values.size());
    if (rows_ == 0) return 0;
    if (parts_.size != 0) return std::int64_t{rows_} * size(0);
    std::int64_t sum = 0;
    for (index_t r = 0; r < rows_; ++r) sum += size(r);
    return sum;
  }

  /// Columns kept.  @pre 0 <= row < rows()
  [[nodiscard]] int size(index_t row) const noexcept { return columns_of(stored_size(row)); }

  /// @pre 0 <= row < rows()
  /// @throws data_error if the parts say that the row is not among the values
  [[nodiscard]] packed_row<N> operator[](index_t row) const { return row_at(row, begin_of(row)); }

  /// Calls `f(row)` with the rows [first, last), in order. Quicker than `[]` for one after the
  /// other.
  /// @pre 0 <= first <= last <= rows()
  /// @throws data_error as `[]`
  template <class F>
  void for_each_row(index_t first, index_t last, F&& f) const {
    for (index_t r = first; r < last;) {
      std::uint64_t begin = begin_of(r);
      for (const index_t end =
               std::min(last, (r / detail::packed_block + 1) * detail::packed_block);
           r < end; begin += stored(r++))
        f(row_at(r, begin));
    }
  }

  /// Calls `f(row)` with chosen rows, in the order of `which`. Where the table does not fit the
  /// cache, much quicker than `[]` for one after the other: the next rows are fetched meanwhile.
  /// @pre 0 <= which[k] < rows()
  /// @throws data_error as `[]`
  template <class F>
  void for_each_row(std::span<const row_id> which, F&& f) const {
    if (parts_.values.size_bytes() <= std::size_t{1} << 18) {  // which any L2 cache holds
      for (const row_id r : which) f((*this)[r]);
      return;
    }
    constexpr std::size_t ahead = 16;
    std::array<std::uint64_t, ahead> begins;
    const auto fetch = [&](std::size_t k) {
      const std::uint64_t begin = begin_of(which[k]);
      const auto end = begin + std::max(stored(which[k]), std::uint64_t{stored_in<N>(piece)});
      const std::uint64_t all = parts_.values.size();  // a damaged table may say anything
      __builtin_prefetch(parts_.values.data() + std::min(begin, all));
      __builtin_prefetch(parts_.values.data() + std::min(end, all));
      begins[k % ahead] = begin;
    };
    for (std::size_t k = 0; k < std::min(ahead, which.size()); ++k) fetch(k);
    for (std::size_t k = 0; k < which.size(); ++k) {
      const std::uint64_t begin = begins[k % ahead];
      if (k + ahead < which.size()) fetch(k + ahead);
      f(row_at(which[k], begin));
    }
  }

  /// Whether every row has a size in the range, all rows fill the values and no number is infinite
  /// or NaN.  O(numbers)
  /// @throws data_error naming the first row where that is not so
  void check() const {
    std::uint64_t next = 0;
    for (index_t r = 0; r < rows_; ++r) {
      if (r % detail::packed_block == 0 && !parts_.starts.empty() &&
          parts_.starts[static_cast<std::size_t>(r / detail::packed_block)] != next)
        detail::throw_error<data_error>(
            "packed_view: the block of row ", r, " should begin at value ", next, ", not ",
            parts_.starts[static_cast<std::size_t>(r / detail::packed_block)]);
      check_size(r);
      const auto row = (*this)[r];
      for (index_t c = 0; c < row.size(); ++c)
        if (!std::isfinite(row[c]))
          detail::throw_error<data_error>("packed_view: row ", r, ", column ", c, " is ", row[c]);
      if constexpr (is_bits<N>) check_unused_bits(r, row);
      next += stored(r);
    }
    if (next != parts_.values.size())
      detail::throw_error<data_error>("packed_view: rows keep ", next, " values, but there are ",
                                      parts_.values.size());
  }

  /// The sizes of all rows.  O(rows)
  /// @throws data_error as `check`, for sizes
  [[nodiscard]] sizes row_sizes() const {
    for (index_t r = 0; r < rows_; ++r) check_size(r);
    return {rows_, range_, [this](index_t r) { return size(r); }};
  }

  /// Rows as a dense batch, with zeros past their sizes.
  /// @param which  rows, in any order, also more than once
  /// @param out    [which.size(), d_max]
  /// @throws argument_error if the shape differs or a row is not there, before anything is written
  void gather(std::span<const row_id> which, matrix_span out) const {
    if (out.rows() != std::ssize(which) || out.cols() != columns())
      detail::throw_error<argument_error>("packed_view: expected a batch [", which.size(), ", ",
                                          columns(), "], got [", out.rows(), ", ", out.cols(), "]");
    for (const row_id r : which)
      if (r < 0 || r >= rows_)
        detail::throw_error<argument_error>("packed_view: row ", r, " of ", rows_);
    parallel_for(out.rows(), 256, [&](index_t first, index_t last) {
      for_each_row(
          which.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)),
          [&, k = first](const packed_row<N>& row) mutable { copy(row, out.row(k++)); });
    });
  }

  /// The whole table, padded with zeros: exact for float. [rows, d_max]
  [[nodiscard]] matrix dense() const {
    matrix out(rows_, columns());
    parallel_for(rows_, 256, [&](index_t first, index_t last) {
      for_each_row(first, last,
                   [&, k = first](const packed_row<N>& row) mutable { copy(row, out.row(k++)); });
    });
    return out;
  }

  /// The same as a table that can be trained.
  [[nodiscard]] masked_table unpack() const { return {row_sizes(), dense()}; }

  /// Rows from the smallest to the largest, of one size in rising order: those of size d are
  /// `rows[begin[d]]` up to `rows[begin[d + 1]]`.  O(rows + d_max)
  struct grouped_rows {
    std::vector<row_id> rows;
    std::vector<index_t> begin;  ///< [d_max + 2]
    [[nodiscard]] std::span<const row_id> of_size(int d) const noexcept {
      const auto at = static_cast<std::size_t>(d);
      return std::span(rows).subspan(static_cast<std::size_t>(begin[at]),
                                     static_cast<std::size_t>(begin[at + 1] - begin[at]));
    }
  };
  /// @throws data_error as `row_sizes`
  [[nodiscard]] grouped_rows by_size() const {
    grouped_rows g;
    g.begin.assign(static_cast<std::size_t>(range_.max) + 2, 0);
    for (index_t r = 0; r < rows_; ++r) {
      check_size(r);
      ++g.begin[static_cast<std::size_t>(size(r)) + 1];
    }
    for (std::size_t d = 1; d < g.begin.size(); ++d) g.begin[d] += g.begin[d - 1];
    g.rows.resize(static_cast<std::size_t>(rows_));
    auto next = g.begin;
    for (index_t r = 0; r < rows_; ++r)
      g.rows[static_cast<std::size_t>(next[static_cast<std::size_t>(size(r))]++)] =
          static_cast<row_id>(r);
    return g;
  }

  /// Bytes of the parts; padding is counted where rows are, as parts of a whole block.
  [[nodiscard]] packed_memory memory() const noexcept {
    packed_memory m;
    m.values = static_cast<std::int64_t>(parts_.values.size_bytes());
    m.scales = static_cast<std::int64_t>(parts_.scales.size_bytes());
    if constexpr (booked_number<N>) m.book = parts_.book ? parts_.book->stored_bytes() : 0;
    const auto code_bytes = parts_.wide.empty() ? 1 : 2;
    m.sizes = parts_.size != 0 ? 0 : rows_ * code_bytes;
    m.padding =
        static_cast<std::int64_t>(parts_.narrow.size_bytes() + parts_.wide.size_bytes()) - m.sizes;
    m.index = static_cast<std::int64_t>(parts_.starts.size_bytes());
    return m;
  }

 private:
  void check_size(index_t row) const {
    if (!range_.contains(size(row)))
      detail::throw_error<data_error>("packed_view: row ", row, " has size ", size(row),
                                      ", expected one in [", range_.min, ", ", range_.max, "]");
  }
  void check_unused_bits(index_t r, const packed_row<N>& row) const
    requires is_bits<N>
  {
    const auto used = row.size() * N::width % 8;  // of the last byte
    if (used != 0 && row.stored().back().codes >> used != 0)
      detail::throw_error<data_error>("packed_view: row ", r,
                                      ": expected zeros behind its last number");
  }
  /// As it is stored: numbers or, of `code_byte`, bytes.
  [[nodiscard]] int stored_size(index_t row) const noexcept {
    const auto r = static_cast<std::size_t>(row);
    if (parts_.size != 0) return parts_.size;
    return (parts_.wide.empty() ? int{parts_.narrow[r]} : int{parts_.wide[r]}) + 1;
  }
  /// Of bytes that the book does not have, one more than there are: no row keeps so many.
  [[nodiscard]] int columns_of(int stored) const noexcept {
    if constexpr (booked_number<N>)
      return stored > parts_.book->bytes() ? range_.max + 1
                                           : static_cast<int>(parts_.book->columns(stored));
    else
      return stored;
  }
  [[nodiscard]] size_range stored_range() const noexcept {
    if constexpr (booked_number<N>)
      return {.min = 1, .max = static_cast<int>(parts_.book->bytes())};
    else
      return range_;
  }

  /// Values that a row takes.
  [[nodiscard]] std::uint64_t stored(index_t row) const noexcept {
    return static_cast<std::uint64_t>(stored_in<N>(stored_size(row)));
  }

  /// The first value of a row: those before it in its block take one each, and what their codes say
  /// beyond.
  [[nodiscard]] std::uint64_t begin_of(index_t row) const noexcept {
    if (parts_.size != 0) return static_cast<std::uint64_t>(row) * stored(row);
    const auto b = row / detail::packed_block;
    const auto before = row % detail::packed_block;
    const auto first = b * detail::packed_block;
    return parts_.starts[static_cast<std::size_t>(b)] + static_cast<std::uint64_t>(before) +
           (parts_.wide.empty() ? detail::sum_first<width>(parts_.narrow.data() + first, before)
                                : detail::sum_first<width>(parts_.wide.data() + first, before));
  }

  [[nodiscard, gnu::always_inline]] packed_row<N> row_at(index_t row, std::uint64_t begin) const {
    const int kept = size(row);
    const std::uint64_t length = stored(row);
    const std::uint64_t all = parts_.values.size();
    if (begin > all || length > all - begin || kept > range_.max)
      detail::throw_error<data_error>("packed_view: row ", row, " of size ", kept,
                                      " would begin at value ", begin, " of ", all);
    float scale = 1.0F;  // NOLINT(misc-const-correctness): of scaled numbers
    if constexpr (scaled_number<N>)
      scale = scale_value<N>(parts_.scales[static_cast<std::size_t>(row)], parts_.octave);
    if constexpr (booked_number<N>) {
      if (!parts_.scales.empty())
        scale = scale_value<N>(parts_.scales[static_cast<std::size_t>(row)], parts_.octave);
      return {parts_.values.subspan(begin, length), kept, scale, parts_.book};
    } else {
      return {parts_.values.subspan(begin, length), kept, scale};
    }
  }

  /// As `packed_row::copy_to`, with branches that hardly depend on the size: whole pieces are read,
  /// past the end of the row into the next ones, as long as there are any.
  template <class Out>
  void copy(const packed_row<N>& row, Out&& out) const noexcept
    requires(!booked_number<N>)
  {
    const N* const from = row.stored().data();
    const index_t readable =
        (parts_.values.data() + parts_.values.size() - from) * 8 / index_t{width};
    const index_t size = row.size(), columns = out.size();
    float* const to = out.data();
    index_t c = 0;
    for (; c < size && c + piece <= std::min(readable, columns); c += piece) {
      std::array<float, piece> numbers;
      const auto kept = static_cast<std::int32_t>(std::min<index_t>(size - c, piece));
      const N* const begin = from + stored_in<N>(c);  // pieces begin with a value of their own
      for (std::int32_t i = 0; i < piece; ++i)
        numbers[static_cast<std::size_t>(i)] = detail::decoded(begin, i);
      for (std::int32_t i = 0; i < piece; ++i) {
        float& x = numbers[static_cast<std::size_t>(i)];
        x = i < kept ? x * row.scale() : 0.0F;
      }
      std::ranges::copy(numbers, to + c);
    }
    for (; c < size; ++c) to[c] = row[c];
    constexpr std::array<float, piece> zeros{};
    for (; c + piece <= columns; c += piece) std::ranges::copy(zeros, to + c);
    std::fill(to + c, to + columns, 0.0F);
  }
  template <class Out>
  void copy(const packed_row<N>& row, Out&& out) const noexcept
    requires booked_number<N>
  {
    row.copy_to(std::span(out.data(), static_cast<std::size_t>(out.size())));
  }

  static constexpr int piece = 32;  ///< numbers that `copy` reads and writes at a time
  static constexpr std::uint32_t width = detail::code_width<N>;

  index_t rows_ = 0;
  size_range range_{};
  packed_parts<N> parts_{.size = 1};  ///< of no rows
};

}  // namespace ciess
