// SPDX-License-Identifier: MIT
/// @file
/// Final vectors of anybody's model as tables of their own: turned, cut, rounded and ranked,
/// without any training.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/axes.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/bit_allocation.hpp>
#include <ciess/embedding/code_book.hpp>
#include <ciess/embedding/fit_code_book.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/ranking/evaluate_packed.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/ranking_judge.hpp>

namespace ciess {

/// How vectors are turned before they are cut. Scores stay, but for rounding.
enum class vector_turn : std::uint8_t {
  none,
  principal,  ///< principal axes of both sides together: lengths and angles of all rows stay, too
  balanced    ///< see `balanced_axes`: prefixes give the scores of their rank as nearly as can be
};

/// What is stored of vectors.
struct vector_options {
  vector_turn turn = vector_turn::balanced;
  bool cosine = false;  ///< scores are cosines: all rows are brought to length 1 first, but zeros
  number_format stored_as = number_format::float32;  ///< for `measure`: rounded before it is judged
  evaluation_options evaluation{};
};

namespace detail {

/// @throws numeric_error naming side, row and column of the first number that is not finite
inline void check_vectors(const char* side, const matrix& m) {
  for (index_t r = 0; r < m.rows(); ++r)
    for (index_t c = 0; c < m.cols(); ++c)
      if (!std::isfinite(m(r, c)))
        throw_error<numeric_error>("vectors: ", side, ", row ", r, ", column ", c, " is ", m(r, c));
}

inline void normalise_rows(matrix& m) {
  parallel_for(m.rows(), 256, [&](index_t first, index_t last) {
    for (index_t r = first; r < last; ++r) {
      double squares = 0;
      for (index_t c = 0; c < m.cols(); ++c) squares += double{m(r, c)} * double{m(r, c)};
      if (squares > 0)
        for (index_t c = 0; c < m.cols(); ++c)
          m(r, c) = static_cast<float>(m(r, c) / std::sqrt(squares));
    }
  });
}

}  // namespace detail

/// Packs the first columns of rows with bits of their own, steps by least squares.
/// @param bytes  of rows
/// @param rows   with at least as many columns as have bits
/// @param scales  whether a row has one
/// @throws as `fit_code_book` and `packed_table`
[[nodiscard]] inline packed_table<code_byte> pack_own_bits(const sizes& bytes,
                                                           std::span<const std::uint8_t> bits,
                                                           const matrix_view& rows,
                                                           scaled_rows scales = scaled_rows::no) {
  const auto row = [&](index_t r) {
    return std::span<const float>(rows.row(r).data(), static_cast<std::size_t>(rows.cols()));
  };
  return {bytes, row, fit_code_book(rows.rows(), row, bits, scales), scales};
}

/// Which of both tables have a scale for each row.
using scaled_tables = std::array<scaled_rows, 2>;

namespace detail {

/// How many columns 0, 1, 2, ... bytes of a row stand for.  @pre as `code_book::check_bits`
[[nodiscard]] inline std::vector<index_t> columns_of_bytes(std::span<const std::uint8_t> bits) {
  std::vector<index_t> columns{0};
  int used = 0;
  for (std::size_t c = 0; c < bits.size(); ++c) {
    used += bits[c];
    if (used % 8 == 0) columns.push_back(static_cast<index_t>(c) + 1);
  }
  return columns;
}

}  // namespace detail

/// Satisfies `energetic_environment` for vectors whose inner products are scores, whatever model
/// they are of. A measurement packs prefixes of the turned vectors and ranks what was packed.
/// Owns the vectors, holds references to the interactions. Memory: the vectors once, and what a
/// measurement packs.
class vector_environment {
 public:
  using figures = evaluation;

  /// @param users, items     vectors, [users, d] and [items, d]; moved from, they are not copied
  /// @param train, held_out  as for a `ranking_judge`
  /// @throws argument_error if shapes do not fit, d is not in [1, 65535], or
  ///         evaluation.known_only or candidates are asked for; numeric_error if a number is not
  ///         finite, if scores can be beyond floats (1e-30 or less, 3e38 or more), or if they do
  ///         not stay when the vectors are turned, which takes very unlike columns
  /// Cost of a turn: O((users + items) d^2 + d^3), some ten sweeps over matrices [d, d] of doubles:
  /// for d = 512 half a minute, on one thread
  vector_environment(matrix users, matrix items, const interactions& train,
                     const interactions& held_out, vector_options o = {})
      : judge_{train, held_out, o.evaluation},
        train_{&train},
        held_out_{&held_out},
        options_{std::move(o)} {
    if (users.cols() != items.cols())
      detail::throw_error<argument_error>("vectors: users have ", users.cols(),
                                          " columns, items have ", items.cols());
    if (users.cols() < 1 || users.cols() > std::numeric_limits<std::uint16_t>::max())
      detail::throw_error<argument_error>("vectors: expected 1 to 65535 columns, got ",
                                          users.cols());
    for (const interactions* part : {&train, &held_out})
      if (part->users() != users.rows() || part->items() != items.rows())
        detail::throw_error<argument_error>("vectors: expected interactions of ", users.rows(),
                                            " users and ", items.rows(), " items, got ",
                                            part->users(), " and ", part->items());
    detail::check_packed_options("vectors", options_.evaluation);
    detail::check_vectors("users", users);
    detail::check_vectors("items", items);
    if (options_.cosine) {
      detail::normalise_rows(users);
      detail::normalise_rows(items);
    }
    const size_range range{.min = 1, .max = static_cast<int>(users.cols())};
    for (auto* m : {&users, &items}) {
      shapes_.push_back({m->rows(), range});
      tables_.emplace_back(sizes(m->rows(), range), std::move(*m));
    }
    check_scores();
    turn();
    for (const scaled_rows rows : {scaled_rows::no, scaled_rows::yes})
      for (std::size_t t = 0; t < 2; ++t)
        squares_[t][static_cast<std::size_t>(rows)] = squares(t, rows);
  }
  // What is gone after the call cannot be referred to.
  vector_environment(matrix, matrix, const interactions&&, const interactions&,
                     vector_options = {}) = delete;
  vector_environment(matrix, matrix, const interactions&, const interactions&&,
                     vector_options = {}) = delete;
  vector_environment(matrix, matrix, const interactions&&, const interactions&&,
                     vector_options = {}) = delete;

  [[nodiscard]] std::span<const table_shape> shapes() const noexcept { return shapes_; }
  [[nodiscard]] std::span<const double> frequency(std::size_t table) const noexcept {
    return judge_.frequency(table);
  }
  [[nodiscard]] static constexpr std::size_t kinds() noexcept { return ranking_judge::kinds(); }
  [[nodiscard]] static constexpr std::size_t kind(std::size_t table) noexcept {
    return ranking_judge::kind(table);
  }
  /// "users" and "items".
  [[nodiscard]] static std::string table_name(std::size_t table) {
    return ranking_judge::name(table);
  }
  [[nodiscard]] static constexpr std::size_t axes_group(std::size_t) noexcept { return 0; }

  /// How prefixes are stored, and judged by `measure`.
  [[nodiscard]] number_format stored_as() const noexcept { return options_.stored_as; }

  /// The whole vectors as floats; measured once.
  const measurement& full() {
    if (!full_) {
      full_figures_ = evaluate_vectors(tables_[0].values(), tables_[1].values(), *train_,
                                       *held_out_, options_.evaluation);
      full_ = measured(full_figures_);
    }
    return *full_;
  }
  /// @pre full() was called
  [[nodiscard]] const evaluation& full_figures() const noexcept { return full_figures_; }

  /// Turned vectors, [rows, d].
  [[nodiscard]] matrix_view full_table(std::size_t t) const { return tables_[t].values(); }

  /// Packs prefixes and calls `use(users, items)` with both packed views; returns what that does.
  /// @param spread  mixes the columns that are kept, see `spread_axes`: much better with few bits;
  ///                all rows must have one size then
  /// @throws argument_error if shapes differ, or sizes if they are to be spread; numeric_error if a
  ///         number cannot be stored, such as one beyond 65,504 as float16
  template <class Use>
  decltype(auto) with_packed(const assignment& sizes, number_format format, bool spread,
                             Use&& use) const {
    check_shapes("vectors", shapes_, sizes);
    const basic_matrix<float> axes = spread ? spread_of(sizes) : basic_matrix<float>();
    return with_number(format, [&]<class N>() -> decltype(auto) {
      const auto packed = [&](std::size_t t) {
        return packed_table<N>(sizes[t], [&](index_t r) -> std::span<const float> {
          const std::span<const float> row = std::as_const(tables_[t])[r];
          if (axes.size() == 0) return row;
          thread_local std::vector<float> mixed;  // a row is stored before the next is asked for
          mixed.assign(static_cast<std::size_t>(axes.cols()), 0.0F);
          for (index_t k = 0; k < axes.rows(); ++k) {
            const float x = row[static_cast<std::size_t>(k)];
            const float* const axis = axes.row(k).data();
            for (std::size_t j = 0; j < mixed.size(); ++j) mixed[j] += x * axis[j];
          }
          return mixed;
        });
      };
      const packed_table<N> users = packed(0), items = packed(1);
      return use(users.view(), items.view());
    });
  }

  /// What rankings leave out, what they should find, and how they are judged.
  [[nodiscard]] const interactions& train() const noexcept { return *train_; }
  [[nodiscard]] const interactions& held_out() const noexcept { return *held_out_; }
  [[nodiscard]] const evaluation_options& evaluated_by() const noexcept {
    return options_.evaluation;
  }

  /// Whether scores are cosines.
  [[nodiscard]] bool cosine() const noexcept { return options_.cosine; }

  /// What each turned column is worth, for a `bit_allocation`: the product of its sums of squares
  /// in both tables, which is what scores lose without it if the axes are balanced; where rows have
  /// scales, of the same rows at length 1.
  [[nodiscard]] std::vector<double> worth(const scaled_tables& scales = {}) const {
    std::vector<double> worth;
    std::ranges::transform(squares_[0][static_cast<std::size_t>(scales[0])],
                           squares_[1][static_cast<std::size_t>(scales[1])],
                           std::back_inserter(worth), std::multiplies<>());
    return worth;
  }

  /// The bits of columns of both tables, see `code_book`, if rows have so many bytes: as many
  /// columns of both, those with which scores lose least.
  /// @param bytes  of each row, without its scale; of a table, range.max of a whole row
  /// @throws argument_error if there are not as many rows, a range does not begin at 1, or there
  /// are
  ///         more bytes than columns, than 256, or than 8 times those of the other table
  [[nodiscard]] std::array<std::vector<std::uint8_t>, 2> own_bits(
      const assignment& bytes, const scaled_tables& scales = {}) const {
    check_bytes(bytes);
    const int of_users = bytes[0].range().max, of_items = bytes[1].range().max;
    const bit_allocation bits(worth(scales), std::max(of_users, of_items));
    const index_t columns = bits.best_columns(of_users, of_items);
    return {bits.bits(of_users, columns), bits.bits(of_items, columns)};
  }

  /// As `with_packed`, where columns have these bits.
  /// @throws as `own_bits`; numeric_error as `with_packed`
  template <class Use>
  decltype(auto) with_own_bits(const assignment& bytes, Use&& use) const {
    return with_own_bits(bytes, {}, use);
  }
  template <class Use>
  decltype(auto) with_own_bits(const assignment& bytes, const scaled_tables& scales,
                               Use&& use) const {
    const auto bits = own_bits(bytes, scales);
    const auto packed = [&](std::size_t t) {
      return pack_own_bits(bytes[t], bits[t], tables_[t].values(), scales[t]);
    };
    const packed_table<code_byte> users = packed(0), items = packed(1);
    return use(users.view(), items.view());
  }

  /// All figures of prefixes in any format.
  /// @param spread  see `with_packed`
  /// @throws as `with_packed`
  [[nodiscard]] evaluation judge(const assignment& sizes, number_format format,
                                 bool spread = false) const {
    return with_packed(sizes, format, spread, [&](const auto& users, const auto& items) {
      return judge_packed(users, items);
    });
  }
  /// The same of views, as `with_packed` and `with_own_bits` hand them out.
  [[nodiscard]] evaluation judge_packed(const auto& users, const auto& items) const {
    return evaluate_packed(users, items, *train_, *held_out_, options_.evaluation);
  }

  /// Prefixes of these sizes, rounded as `options.stored_as` says.
  /// @throws argument_error if shapes differ
  measurement measure(const assignment& sizes) {
    return measured(judge(sizes, options_.stored_as));
  }

  /// See `trained_environment`.
  template <class F>
  void visit_conditions(F& f) const {
    judge_.visit_conditions(f);
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      visit_part(f, "table" + std::to_string(t), shapes_[t]);
    for (std::size_t t = 0; t < tables_.size(); ++t) {
      const matrix& m = tables_[t].values();
      f.same("vectors" + std::to_string(t),
             fingerprint(std::span(m.data(), static_cast<std::size_t>(m.size()))));
    }
    f.same("turn", static_cast<std::int64_t>(options_.turn));
    f.same("cosine", std::int64_t{options_.cosine});
    f.same("stored_as", static_cast<std::int64_t>(options_.stored_as));
  }

 private:
  /// Sums of columns, in one pass; of rows as they are, or at length 1.
  [[nodiscard]] std::vector<double> squares(std::size_t table, scaled_rows rows) const {
    const matrix_view all = tables_[table].values();
    std::vector<double> sums(static_cast<std::size_t>(all.cols()), 0.0);
    for (index_t r = 0; r < all.rows(); ++r) {
      const float* const row = all.row(r).data();
      double share = 1;
      if (rows == scaled_rows::yes) {
        double length = 0;
        for (std::size_t c = 0; c < sums.size(); ++c) length += double{row[c]} * double{row[c]};
        if (length > 0) share = 1 / length;
      }
      for (std::size_t c = 0; c < sums.size(); ++c)
        sums[c] += share * double{row[c]} * double{row[c]};
    }
    return sums;
  }

  void check_bytes(const assignment& bytes) const {
    if (bytes.size() != shapes_.size())
      detail::throw_error<argument_error>("vectors: expected bytes of rows of ", shapes_.size(),
                                          " tables, got ", bytes.size());
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      const int other = bytes[1 - t].range().max;
      const int most = std::min({shapes_[t].range.max, 256, 8 * other});
      const size_range range = bytes[t].range();
      if (bytes[t].rows() != shapes_[t].rows || range.min != 1 || range.max > most)
        detail::throw_error<argument_error>("vectors: expected bytes of ", shapes_[t].rows,
                                            " rows of table ", t, ", from 1 to at most ", most,
                                            ", got ", bytes[t].rows(), " rows, from ", range.min,
                                            " to ", range.max);
    }
  }

  void turn() {
    if (options_.turn == vector_turn::none) return;
    const matrix before = some_scores();
    const square_matrix users = gram(tables_[0]), items = gram(tables_[1]);
    if (options_.turn == vector_turn::balanced) {
      const balanced_axes axes(users, items);
      tables_[0].change_axes(axes.users);
      tables_[1].change_axes(axes.items);
    } else {
      const square_matrix axes = principal_axes(users + items);
      for (auto& table : tables_) table.change_axes(axes);
    }
    const matrix after = some_scores();
    float change = 0, largest = 0;
    for (index_t k = 0; k < before.size(); ++k) {
      largest = std::max(largest, std::abs(before.data()[k]));
      const float c = std::abs(after.data()[k] - before.data()[k]);
      change = std::isfinite(c) ? std::max(change, c) : std::numeric_limits<float>::infinity();
      if (std::isinf(change)) break;
    }
    if (!(change <= 1e-3F * largest))
      detail::throw_error<numeric_error>("vectors: turned, scores would change by up to ", change,
                                         ", the largest of some is ", largest,
                                         ": turn them otherwise or not at all");
  }

  /// Where products overflow or vanish all items tie, and nothing seems to be lost by any cut.
  void check_scores() const {
    const auto longest = [](const matrix& m) {
      double most = 0;
      for (index_t r = 0; r < m.rows(); ++r) {
        double squares = 0;
        for (index_t c = 0; c < m.cols(); ++c) squares += double{m(r, c)} * double{m(r, c)};
        most = std::max(most, squares);
      }
      return std::sqrt(most);
    };
    const double largest = longest(tables_[0].values()) * longest(tables_[1].values());
    if (largest > 0 && !(largest > 1e-30 && largest < double{std::numeric_limits<float>::max()}))
      detail::throw_error<numeric_error>("vectors: scores of up to ", largest,
                                         " are beyond floats: scale the vectors");
  }

  /// Scores of up to 64 users and 64 items from all over the tables.
  [[nodiscard]] matrix some_scores() const {
    const auto some = [](const matrix& m) {
      const index_t count = std::min<index_t>(64, m.rows());
      matrix rows(count, m.cols());
      for (index_t r = 0; r < count; ++r) rows.row(r) = m.row(r * m.rows() / count);
      return rows;
    };
    const matrix users = some(tables_[0].values()), items = some(tables_[1].values());
    matrix scores(users.rows(), items.rows());
    for (index_t u = 0; u < users.rows(); ++u)
      for (index_t i = 0; i < items.rows(); ++i) {
        double sum = 0;
        for (index_t k = 0; k < users.cols(); ++k) sum += double{users(u, k)} * double{items(i, k)};
        scores(u, i) = static_cast<float>(sum);
      }
    return scores;
  }

  /// Mixes the columns that all rows keep.
  static matrix spread_of(const assignment& a) {
    int size = 0;
    for (const sizes& s : a)
      for (const std::uint16_t one : s.values()) {
        if (size != 0 && one != size)
          detail::throw_error<argument_error>(
              "vectors: what is spread needs one size for all rows, got ", size, " and ", one);
        size = one;
      }
    return spread_axes(size, size).cast<float>();
  }

  [[nodiscard]] measurement measured(const evaluation& all) const {
    return measurement_of(judge_, all, shapes_.size());
  }

  ranking_judge judge_;
  const interactions* train_;
  const interactions* held_out_;
  vector_options options_;
  std::vector<table_shape> shapes_;
  std::vector<masked_table> tables_;  ///< users, items
  /// [tables][scaled or not], of columns: see `worth`.
  std::array<std::array<std::vector<double>, 2>, 2> squares_;
  std::optional<measurement> full_;
  evaluation full_figures_;
};

}  // namespace ciess
