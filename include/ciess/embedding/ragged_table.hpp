// SPDX-License-Identifier: MIT
/// @file
/// A trainable embedding table that is no larger than what its rows keep.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/detail/table_rows.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/sizes.hpp>

namespace ciess {

/// Bytes of a ragged table, by what they are for.
struct ragged_memory {
  std::int64_t numbers = 0;  ///< that rows keep
  std::int64_t beside = 0;   ///< what an optimiser keeps beside each of them
  std::int64_t index = 0;    ///< sizes, 2 bytes a row, and where rows begin, about 1/4
  [[nodiscard]] std::int64_t total() const noexcept { return numbers + beside + index; }
};

namespace detail {

/// Rows of a ragged table that lie in one piece of memory.
inline constexpr index_t ragged_block = 4096;
/// Rows of it whose beginning is stored together; of the others it is the sum of the sizes before.
inline constexpr index_t ragged_group = 16;

/// Pieces of so many rows.
[[nodiscard]] constexpr std::size_t pieces_of(index_t rows, index_t piece) noexcept {
  return static_cast<std::size_t>((rows + piece - 1) / piece);
}

}  // namespace detail

/// What a ragged table of these sizes takes.
/// @param beside  numbers of an optimiser beside each number
/// @param number  bytes of one
[[nodiscard]] inline ragged_memory ragged_memory_of(const sizes& s, int beside,
                                                    std::int64_t number) noexcept {
  const std::int64_t numbers = s.total() * number;
  return {.numbers = numbers,
          .beside = numbers * beside,
          .index = static_cast<std::int64_t>(
              s.values().size_bytes() +
              detail::pieces_of(s.rows(), detail::ragged_group) * sizeof(std::uint32_t) +
              detail::pieces_of(s.rows(), detail::ragged_block) * sizeof(std::vector<float>))};
}

/// Rows of their own sizes, one behind the other in blocks: what `basic_masked_table` is, in the
/// memory of the numbers that rows keep. A row may have numbers of an optimiser beside it (moments,
/// one or two for each number), which lie with it, so that a step finds both in one place; they go
/// where the row's numbers go, and begin as zeros. Where a row begins is the sum of at most 15
/// sizes. Satisfies `trainable_table`; what it draws is to the bit what a masked table draws.
template <class T>
class basic_ragged_table {
 public:
  using value_type = T;

  /// Rows that lie in one piece of memory: what a change of one row's size copies.
  static constexpr index_t block_rows = detail::ragged_block;

  basic_ragged_table() = default;

  /// A table of zeros.
  /// @param beside  numbers of an optimiser beside each number, 0 to 2
  /// @throws argument_error if `beside` is out of range
  explicit basic_ragged_table(sizes s, int beside = 0)
      : layers_{1 + static_cast<std::size_t>(beside)} {
    if (beside < 0 || beside > 2)
      detail::throw_error<argument_error>(
          "ragged_table: numbers beside each number must be 0 to 2, got ", beside);
    set_sizes(std::move(s));
    for (index_t b = 0; b < std::ssize(blocks_); ++b)
      blocks_[static_cast<std::size_t>(b)].resize(layers_ * index_block(b));
  }

  /// The numbers that the rows of a masked table own; zeros beside them.
  explicit basic_ragged_table(const basic_masked_table<T>& from, int beside = 0)
      : basic_ragged_table(from.row_sizes(), beside) {
    for_all(*this, [&](index_t r, std::span<T> own) { std::ranges::copy(from[r], own.begin()); });
  }

  [[nodiscard]] index_t rows() const noexcept { return sizes_.rows(); }
  /// d_max.
  [[nodiscard]] index_t columns() const noexcept { return sizes_.range().max; }
  [[nodiscard]] const sizes& row_sizes() const noexcept { return sizes_; }
  /// Numbers of an optimiser beside each number.
  [[nodiscard]] int beside() const noexcept { return static_cast<int>(layers_) - 1; }
  /// The largest size of any row. O(rows)
  [[nodiscard]] index_t used_columns() const noexcept { return detail::largest_size(sizes_); }

  /// The numbers that a row owns.  @pre 0 <= row < rows()
  [[nodiscard]] std::span<T> operator[](index_t row) noexcept {
    return {block_of(*this, row) + begin_of(row), size_of(row)};
  }
  [[nodiscard]] std::span<const T> operator[](index_t row) const noexcept {
    return {block_of(*this, row) + begin_of(row), size_of(row)};
  }

  /// The numbers that a row owns, and behind them what is beside them: [1 + beside(), size of the
  /// row], in one piece.  @pre 0 <= row < rows()
  [[nodiscard]] std::span<T> stretch(index_t row) noexcept {
    return {block_of(*this, row) + begin_of(row), layers_ * size_of(row)};
  }
  [[nodiscard]] std::span<const T> stretch(index_t row) const noexcept {
    return {block_of(*this, row) + begin_of(row), layers_ * size_of(row)};
  }

  /// Draws every number anew: row r from the sequence (0, r) of `stream`. What is beside stays.
  template <row_initializer<T> Init>
  void draw(const Init& init, const random_stream& stream) {
    for_all(*this, [&](index_t r, std::span<T> own) { detail::draw_row(init, stream, r, own); });
  }

  /// Zeros beside all numbers.
  void clear_beside() {
    if (layers_ == 1) return;
    for_all(*this, [&](index_t, std::span<T> own) {
      std::fill_n(own.data() + own.size(), (layers_ - 1) * own.size(), T{0});
    });
  }

  /// Takes new sizes: rows that shrink are cut; what rows gain is what `draw` with the same
  /// arguments would put there, whatever sizes they had in between, and zeros beside it. Blocks are
  /// written anew one after the other: beside the table there is memory for one block a thread, and
  /// for the new sizes, 2 bytes a row.
  /// @throws argument_error unless `s` has as many rows and the same range; nothing is changed
  ///         then. Without memory for a block (std::bad_alloc), or if `init` throws, the table is
  ///         left with no rows
  template <row_initializer<T> Init>
  void resize(sizes s, const Init& init, const random_stream& stream) {
    detail::check_same_table("ragged_table", sizes_, s);
    exchange_sizes(std::move(s), drawn(init, stream));
  }
  /// The same with zeros in what rows gain.
  void resize(sizes s) {
    detail::check_same_table("ragged_table", sizes_, s);
    exchange_sizes(std::move(s), zeros);
  }

  /// One row takes a new size, as above. Cost: its block, whatever the rows of the table.
  /// @throws argument_error if the row or the size is out of range; what `init` throws, and
  ///         std::bad_alloc. Nothing is changed then
  template <row_initializer<T> Init>
  void resize(index_t row, int size, const Init& init, const random_stream& stream) {
    if (row < 0 || row >= rows())
      detail::throw_error<argument_error>("ragged_table: row ", row, " of ", rows());
    if (!sizes_.range().contains(size))
      detail::throw_error<argument_error>("ragged_table: row ", row, " gets size ", size,
                                          ", expected one in [", sizes_.range().min, ", ",
                                          sizes_.range().max, "]");
    if (sizes_[row] == size) return;
    rewrite(
        row / block_rows, [&](index_t r) { return r == row ? size : sizes_[r]; },
        drawn(init, stream));
    sizes_.set(row, size);
    index_block(row / block_rows);
  }

  /// Rows that are larger than `s` says are cut to that size; the others stay.
  /// @throws as `resize`
  void cut(const sizes& s) {
    detail::check_same_table("ragged_table", sizes_, s);
    exchange_sizes(smaller(sizes_, s), zeros);
  }

  /// Multiplies the first columns of the table by a matrix from the right: every row in new axes.
  /// What is beside stays.
  /// @param axes  [k, k]; those of k columns, at most d_max
  /// @throws argument_error if it is not square, has more columns, or a row keeps less than k
  ///         numbers; nothing is changed then
  void change_axes(const basic_matrix_view<double>& axes) {
    detail::check_axes("ragged_table", axes, sizes_);
    for_all(*this, [&, turned = std::vector<double>()](index_t, std::span<T> own) mutable {
      detail::turn_row(axes, own.data(), turned);
    });
  }

  /// As a dense table, without what is beside.  Memory: rows * d_max
  [[nodiscard]] basic_masked_table<T> masked() const {
    basic_masked_table<T> to(sizes_);
    for_all(*this,
            [&](index_t r, std::span<const T> own) { std::ranges::copy(own, to[r].begin()); });
    return to;
  }

  /// O(1)
  [[nodiscard]] ragged_memory memory() const noexcept {
    return ragged_memory_of(sizes_, beside(), sizeof(T));
  }

  /// See `field_visitor`. Rows and range are those that this has, and so are the numbers beside;
  /// sizes are loaded. A field for each block. If a block is refused while it is loaded, the table
  /// is left with no rows.
  template <class F>
  void visit(F& f) {
    f.same("beside", std::int64_t{beside()});
    if constexpr (F::reads) {
      sizes loaded = sizes_;
      visit_part(f, "rows", loaded);
      or_no_rows([&] {
        set_sizes(std::move(loaded));
        for (index_t b = 0; b < std::ssize(blocks_); ++b) read_block(f, b);
      });
    } else {
      visit_part(f, "rows", sizes_);
      for (std::size_t b = 0; b < blocks_.size(); ++b) {
        f(block_name(b), std::span<T>(blocks_[b]));
        f.check(block_name(b), detail::all_finite(blocks_[b]), "finite numbers");
      }
    }
  }

 private:
  static constexpr index_t group = detail::ragged_group;
  static constexpr auto zeros = [](index_t, std::size_t, std::span<T>, std::vector<T>&) {};

  template <class Init>
  static auto drawn(const Init& init, const random_stream& stream) {
    return [&](index_t r, std::size_t size, std::span<T> gained, std::vector<T>& buffer) {
      detail::draw_gained(init, stream, r, size, gained, buffer);
    };
  }

  [[nodiscard]] std::size_t size_of(index_t row) const noexcept {
    return static_cast<std::size_t>(sizes_[row]);
  }
  /// Where the block of a row is.
  template <class Self>
  [[nodiscard]] static auto* block_of(Self& table, index_t row) noexcept {
    return table.blocks_[static_cast<std::size_t>(row / block_rows)].data();
  }
  /// Where a row begins there.
  [[nodiscard]] std::size_t begin_of(index_t row) const noexcept {
    std::size_t begin = starts_[static_cast<std::size_t>(row / group)];
    for (index_t r = row - row % group; r < row; ++r) begin += size_of(r);
    return layers_ * begin;
  }

  /// Calls `f(row, its numbers)`, block by block, each by a copy of f.
  template <class Self, class F>
  static void for_all(Self& table, const F& f) {
    parallel_for(std::ssize(table.blocks_), 1, [&](index_t first, index_t last) {
      F own = f;
      for (index_t b = first; b < last; ++b) {
        auto* next = block_of(table, b * block_rows);
        for (index_t r = b * block_rows; r < table.end_of(b); ++r) {
          own(r, std::span(next, table.size_of(r)));
          next += table.layers_ * table.size_of(r);
        }
      }
    });
  }
  [[nodiscard]] index_t end_of(index_t block) const noexcept {
    return std::min(rows(), (block + 1) * block_rows);
  }

  /// Takes sizes whose blocks are still to be indexed and written.
  void set_sizes(sizes s) {
    starts_.resize(detail::pieces_of(s.rows(), group));
    blocks_.resize(detail::pieces_of(s.rows(), block_rows));
    sizes_ = std::move(s);
  }

  /// Does what changes the table; if it throws, the table has no rows, for blocks may then be those
  /// of other sizes than `sizes_` says.
  template <class Change>
  void or_no_rows(Change&& change) {
    try {
      change();
    } catch (...) {
      sizes_ = sizes(0, sizes_.range());
      starts_.clear();
      blocks_.clear();
      throw;
    }
  }

  [[nodiscard]] static std::string block_name(std::size_t block) {
    return "block" + std::to_string(block);
  }

  /// Loads a block. It gets the memory of what is there: what the sizes ask for may be an error.
  template <class F>
  void read_block(F& f, index_t block) {
    const std::size_t count = layers_ * index_block(block);
    const std::string name = block_name(static_cast<std::size_t>(block));
    auto& numbers = blocks_[static_cast<std::size_t>(block)];
    // Not the memory of a larger block for a smaller one.
    if (numbers.size() != count) std::vector<T>().swap(numbers);
    f(name, numbers);
    f.check(name, numbers.size() == count, "as many numbers as its rows keep");
    f.check(name, detail::all_finite(numbers), "finite numbers");
  }

  /// Says where the rows of a block begin.
  /// @returns the numbers that they keep
  std::size_t index_block(index_t block) noexcept {
    std::uint32_t sum = 0;
    for (index_t r = block * block_rows; r < end_of(block); ++r) {
      if (r % group == 0) starts_[static_cast<std::size_t>(r / group)] = sum;
      sum += static_cast<std::uint32_t>(sizes_[r]);
    }
    return sum;
  }

  /// Writes a block anew for other sizes, which `sizes_` and `starts_` do not say yet.
  /// @param new_size  callable (index_t row) -> int
  /// @param gain      fills what a row gains: callable (row, size, gained, buffer)
  template <class NewSize, class Gain>
  void rewrite(index_t block, NewSize&& new_size, Gain&& gain) {
    std::size_t count = 0;
    bool same = true;
    for (index_t r = block * block_rows; r < end_of(block); ++r) {
      count += static_cast<std::size_t>(new_size(r));
      same = same && new_size(r) == sizes_[r];
    }
    if (same) return;
    auto& old = blocks_[static_cast<std::size_t>(block)];
    std::vector<T> made(layers_ * count);
    std::vector<T> buffer;
    const T* from = old.data();
    T* to = made.data();
    for (index_t r = block * block_rows; r < end_of(block); ++r) {
      const std::size_t before = size_of(r);
      const auto after = static_cast<std::size_t>(new_size(r));
      const std::size_t kept = std::min(before, after);
      for (std::size_t layer = 0; layer < layers_; ++layer)
        std::copy_n(from + layer * before, kept, to + layer * after);
      if (after > before) gain(r, after, std::span<T>(to + before, after - before), buffer);
      from += layers_ * before;
      to += layers_ * after;
    }
    old = std::move(made);
  }

  /// @pre `s` has the rows and the range of this
  template <class Gain>
  void exchange_sizes(sizes s, Gain&& gain) {
    or_no_rows([&] {
      parallel_for(std::ssize(blocks_), 1, [&](index_t first, index_t last) {
        for (index_t b = first; b < last; ++b) rewrite(b, [&](index_t r) { return s[r]; }, gain);
      });
    });
    sizes_ = std::move(s);
    for (index_t b = 0; b < std::ssize(blocks_); ++b) index_block(b);
  }

  sizes sizes_;
  std::size_t layers_ = 1;             ///< of a number: itself, and what is beside it
  std::vector<std::uint32_t> starts_;  ///< [groups] numbers of the block before a group
  std::vector<std::vector<T>> blocks_;
};

using ragged_table = basic_ragged_table<float>;

}  // namespace ciess
