// SPDX-License-Identifier: MIT
/// @file
/// Final vectors in rows of code bytes: sizes are bytes, so that whatever searches sizes searches
/// them.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/fingerprint.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/bit_allocation.hpp>
#include <ciess/embedding/code_book.hpp>
#include <ciess/embedding/fit_code_book.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/ranking/evaluate_packed.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/ranking_judge.hpp>
#include <ciess/search/vector_environment.hpp>

namespace ciess {

/// Satisfies `energetic_environment`: a size is the bytes of a row of a `vector_environment`, each
/// of which stands for one to eight columns. A measurement packs ragged rows and ranks what was
/// packed.
///
/// The bits of columns are those that suit the largest bytes of a row of each table, so they depend
/// on the sizes: where all rows have 5 bytes, these say more than the first 5 of 10 would. How
/// large a step is does not depend on them, and is found once for each column and number of bits.
///
/// Refers to the vectors and the interactions: they must outlive it. Memory: 4 bytes for each row
/// and byte, and what a measurement packs.
class coded_environment {
 public:
  using figures = evaluation;

  /// @param vectors  whose rows are stored
  /// @param most     bytes of a user's row and of an item's; what equal rows would have, or twice
  ///                 that, as the columns that a byte stands for are fewer the more there are
  /// @throws argument_error if they are not in [1, 256], or more than columns, or as
  ///         `vector_environment` of interactions and of what is evaluated
  coded_environment(const vector_environment& vectors, std::array<int, 2> most)
      : coded_environment(vectors, most, vectors.train(), vectors.held_out(),
                          vectors.evaluated_by()) {}
  /// The same, judged by other rankings than the vectors are: of the lists that the whole vectors
  /// give, say.
  coded_environment(const vector_environment& vectors, std::array<int, 2> most,
                    const interactions& train, const interactions& held_out, evaluation_options o)
      : vectors_{&vectors},
        judge_{train, held_out, o},
        train_{&train},
        held_out_{&held_out},
        options_{std::move(o)},
        bits_{vectors.worth(), largest_of(vectors, most)} {
    detail::check_packed_options("code bytes", options_);
    for (std::size_t t = 0; t < 2; ++t) {
      const index_t rows = vectors.shapes()[t].rows;
      if (train.users() != vectors.shapes()[0].rows || train.items() != vectors.shapes()[1].rows ||
          held_out.users() != train.users() || held_out.items() != train.items())
        detail::throw_error<argument_error>("code bytes: expected interactions of ",
                                            vectors.shapes()[0].rows, " users and ",
                                            vectors.shapes()[1].rows, " items");
      shapes_.push_back({rows, {.min = 1, .max = most[t]}});
      steps_[t].resize(static_cast<std::size_t>(bits_.columns()) * most_bits);
    }
    for (int u = 1; u <= most[0]; ++u)
      for (int i = 1; i <= most[1]; ++i) {
        const auto [of_users, of_items] = with_common_columns({u, i});
        columns_ = std::max(columns_, bits_.best_columns(of_users, of_items));
      }
    const auto widest = column_bits(with_common_columns(most));
    for (std::size_t t = 0; t < 2; ++t) energy_.push_back(norms(t, widest[t], most[t]));
  }
  // What is gone after the call cannot be referred to.
  coded_environment(const vector_environment&&, std::array<int, 2>) = delete;
  coded_environment(const vector_environment&&, std::array<int, 2>, const interactions&,
                    const interactions&, evaluation_options) = delete;
  coded_environment(const vector_environment&, std::array<int, 2>, const interactions&&,
                    const interactions&, evaluation_options) = delete;
  coded_environment(const vector_environment&, std::array<int, 2>, const interactions&,
                    const interactions&&, evaluation_options) = delete;

  /// Of sizes that are bytes of rows.
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
  /// Byte m of both tables stands for the same columns if these may have as many bytes.
  [[nodiscard]] std::size_t axes_group(std::size_t table) const noexcept {
    return shapes_[0].range == shapes_[1].range ? 0 : table;
  }
  /// [rows, bytes]: of the columns that byte m stands for in rows that may have most bytes, the
  /// norm.
  [[nodiscard]] const matrix& full_table(std::size_t t) const noexcept { return energy_[t]; }

  /// The whole vectors as floats; measured once.
  const measurement& full() {
    if (!full_) {
      full_figures_ = evaluate_vectors(vectors_->full_table(0), vectors_->full_table(1), *train_,
                                       *held_out_, options_);
      full_ = measured(full_figures_);
    }
    return *full_;
  }
  /// @pre full() was called
  [[nodiscard]] const evaluation& full_figures() const noexcept { return full_figures_; }

  /// Packs rows of so many bytes and calls `use(users, items)` with both packed views; returns what
  /// that does. The views are those of `vector_environment::with_own_bits` for `stored(bytes)`.
  /// @throws argument_error if shapes differ
  template <class Use>
  decltype(auto) with_packed(const assignment& bytes, Use&& use) {
    check_shapes("code bytes", shapes_, bytes);
    const assignment narrow = stored(bytes);
    const auto bits = column_bits({narrow[0].range().max, narrow[1].range().max});
    const auto packed = [&](std::size_t t) {
      const matrix_view rows = vectors_->full_table(t);
      const auto row = [&](index_t r) {
        return std::span<const float>(rows.row(r).data(), static_cast<std::size_t>(rows.cols()));
      };
      return packed_table<code_byte>(narrow[t], row, book_of(t, bits[t]));
    };
    const packed_table<code_byte> users = packed(0), items = packed(1);
    return use(users.view(), items.view());
  }

  /// Rows of so many bytes, packed and ranked.
  /// @throws argument_error if shapes differ
  measurement measure(const assignment& bytes) {
    return with_packed(bytes, [&](const auto& users, const auto& items) {
      return measured(evaluate_packed(users, items, *train_, *held_out_, options_));
    });
  }

  /// The same bytes with the range that they use, as whoever stores the vectors takes them:
  /// `vector_environment::with_own_bits` and `list_fit::fit`.
  [[nodiscard]] static assignment stored(const assignment& bytes) {
    std::array<int, 2> widths{};
    for (std::size_t t = 0; t < 2; ++t) {
      const auto all = bytes[t].values();
      widths[t] = all.empty() ? 1 : int{*std::ranges::max_element(all)};
    }
    widths = with_common_columns(widths);
    std::vector<sizes> tables;
    for (std::size_t t = 0; t < 2; ++t)
      tables.emplace_back(bytes[t].rows(), size_range{1, widths[t]},
                          [&, t](index_t r) { return bytes[t][r]; });
    return assignment(std::move(tables));
  }

  /// Columns of the largest book that rows can have; what a budget in bytes counts.
  [[nodiscard]] index_t columns() const noexcept { return columns_; }
  /// What is left of the bytes of the whole vectors as floats.
  /// @throws argument_error if `removed` is not in (0, 1), or if not even a byte a row fits
  [[nodiscard]] budget byte_budget(double removed, int multiple = 1) const {
    return budget_in_code_bytes(shapes_, columns_, bytes_left(vectors_->shapes(), removed),
                                multiple);
  }

  /// See `trained_environment`.
  template <class F>
  void visit_conditions(F& f) const {
    {
      field_group<F> vectors(f, "vectors");
      vectors_->visit_conditions(vectors);
    }
    judge_.visit_conditions(f);
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      visit_part(f, "bytes" + std::to_string(t), shapes_[t]);
  }

 private:
  static constexpr std::size_t most_bits = 8;  ///< of a column

  static int largest_of(const vector_environment& vectors, std::array<int, 2> most) {
    const int columns = std::min(vectors.shapes()[0].range.max, 256);
    for (const int m : most)
      if (m < 1 || m > columns)
        detail::throw_error<argument_error>("code bytes: expected at most 1 to ", columns,
                                            " bytes a row, got ", m);
    return std::max(most[0], most[1]);
  }

  /// Both books have as many columns, of at most eight a byte, so neither can have more than eight
  /// times the bytes of the other, though none of its rows has as many.
  [[nodiscard]] static std::array<int, 2> with_common_columns(std::array<int, 2> bytes) noexcept {
    constexpr int in_a_byte = 8;
    return {std::max(bytes[0], (bytes[1] + in_a_byte - 1) / in_a_byte),
            std::max(bytes[1], (bytes[0] + in_a_byte - 1) / in_a_byte)};
  }

  using both_bits = std::array<std::vector<std::uint8_t>, 2>;
  [[nodiscard]] both_bits column_bits(std::array<int, 2> bytes) const {
    const index_t columns = bits_.best_columns(bytes[0], bytes[1]);
    return {bits_.bits(bytes[0], columns), bits_.bits(bytes[1], columns)};
  }

  /// The book that `fit_code_book` makes; finds the steps that are missing.
  [[nodiscard]] code_book book_of(std::size_t t, std::span<const std::uint8_t> bits) {
    const auto known = [&](std::size_t c) -> std::optional<bfloat16>& {
      return steps_[t][c * most_bits + bits[c] - 1];
    };
    const matrix_view rows = vectors_->full_table(t);
    const index_t count = std::min(rows.rows(), fitted_rows);
    parallel_for(std::ssize(bits), 1, [&](index_t first, index_t last) {
      std::vector<float> numbers;
      for (auto c = static_cast<std::size_t>(first); c < static_cast<std::size_t>(last); ++c) {
        if (known(c)) continue;
        numbers.clear();
        for (index_t k = 0; k < count; ++k)
          numbers.push_back(rows(k * rows.rows() / count, static_cast<index_t>(c)));
        known(c) = best_step(numbers, bits[c]);
      }
    });
    std::vector<bfloat16> steps;
    for (std::size_t c = 0; c < bits.size(); ++c) steps.push_back(*known(c));
    return {bits, steps};
  }

  /// [rows, most], see `full_table`.
  [[nodiscard]] matrix norms(std::size_t t, std::span<const std::uint8_t> bits, int most) const {
    const std::vector<index_t> ends = detail::columns_of_bytes(bits);
    const matrix_view rows = vectors_->full_table(t);
    matrix norms(rows.rows(), most);
    parallel_for(rows.rows(), 256, [&](index_t first, index_t last) {
      for (index_t r = first; r < last; ++r)
        for (index_t m = 0, c = 0; m < most; ++m) {
          double squares = 0;
          for (; c < ends[static_cast<std::size_t>(m) + 1]; ++c)
            squares += double{rows(r, c)} * double{rows(r, c)};
          norms(r, m) = static_cast<float>(std::sqrt(squares));
        }
    });
    return norms;
  }

  [[nodiscard]] measurement measured(const evaluation& all) const {
    return measurement_of(judge_, all, shapes_.size());
  }

  const vector_environment* vectors_;
  ranking_judge judge_;
  const interactions* train_;
  const interactions* held_out_;
  evaluation_options options_;
  bit_allocation bits_;
  std::vector<table_shape> shapes_;
  index_t columns_ = 0;
  std::vector<matrix> energy_;
  /// [tables][columns * bits], those that were needed.
  std::array<std::vector<std::optional<bfloat16>>, 2> steps_;
  std::optional<measurement> full_;
  evaluation full_figures_;
};

}  // namespace ciess
