// SPDX-License-Identifier: MIT
/// @file
/// The way from rows of tables to impressions, and of their gradients back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>
#include <vector>

#include <ciess/backbone/click_layout.hpp>
#include <ciess/backbone/impression_sampler.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/touched_rows.hpp>

namespace ciess::detail {

/// @param train  impressions that are known to fit
/// @throws argument_error if there is no impression, one is not there, or they have other fields
inline void check_batch(const click_layout& layout, const impressions& train,
                        const impression_batch& batch) {
  if (batch.of == nullptr || batch.which.empty())
    throw_error<argument_error>("train: a step needs at least one impression");
  if (batch.of != &train) layout.check("train", *batch.of);
  for (const index_t i : batch.which)
    if (i < 0 || i >= batch.of->size())
      throw_error<argument_error>("train: there is no impression ", i, " of ", batch.of->size());
}

/// Rows are short: four numbers at a time cost less than a call of memcpy.
template <class T>
void copy_row(const T* from, index_t n, T* to) noexcept {
  index_t j = 0;
  for (; j + 4 <= n; j += 4) std::memcpy(to + j, from + j, 4 * sizeof(T));
  for (; j < n; ++j) std::memcpy(to + j, from + j, sizeof(T));
}

/// Rows of a table that is trained, for `gather_field`.
template <class T>
struct trained_rows {
  const T* numbers;
  index_t columns;

  void copy(index_t row, T* to) const noexcept { copy_row(numbers + row * columns, columns, to); }
  void add(index_t row, T* to) const noexcept {
    const T* const from = numbers + row * columns;
    for (index_t j = 0; j < columns; ++j) to[j] += from[j];
  }
};

/// a * b, rounded before it is added to anything. A compiler with fused instructions would fuse it
/// into a sum in one place and not in another; what is served must be what was trained, to the bit.
template <class T>
[[gnu::noinline]] T rounded_product(T a, T b) noexcept {
  return a * b;
}

/// Fills the slot of a field and says the sum of its first weights.
/// @param table   `columns`, `copy(row, to)` and `add(row, to)` of the numbers of a row
/// @param shown   what an impression shows of the field
/// @param first   [rows], weights of the first order; null: none
/// @param slot    [d], overwritten
template <class T, class Rows>
[[gnu::always_inline]] inline T gather_field(const Rows& table, bool pooled,
                                             std::span<const row_id> shown, const T* first, T* slot,
                                             index_t d) {
  const index_t columns = table.columns;
  if (!pooled) {
    table.copy(shown[0], slot);
    if (columns < d) std::fill(slot + columns, slot + d, T{0});
    return first ? first[shown[0]] : T{0};
  }
  std::fill_n(slot, d, T{0});
  const T share = T{1} / static_cast<T>(std::max<std::size_t>(shown.size(), 1));
  T weights{0};
  for (const row_id r : shown) {
    table.add(r, slot);
    if (first) weights += first[r];
  }
  for (index_t j = 0; j < columns; ++j) slot[j] *= share;
  return first ? rounded_product(share, weights) : T{0};
}

/// Fills the slot of a feature whose number is x, and says what its first weight makes of it.
template <class T, class Rows>
[[gnu::always_inline]] inline T gather_feature(const Rows& table, index_t feature, T x,
                                               const T* first, T* slot, index_t d) {
  table.copy(feature, slot);
  for (index_t j = 0; j < table.columns; ++j) slot[j] *= x;
  std::fill(slot + table.columns, slot + d, T{0});
  return first ? rounded_product(x, first[feature]) : T{0};
}

/// Fills the slots of an impression and says the sum of its first weights.
/// @param slots  [input.width()], overwritten
/// @param first  [rows of all tables], weights of the first order; null: none
/// Cost: what its values take to read.
template <class T>
T gather_impression(const click_layout& layout, const std::vector<basic_masked_table<T>>& tables,
                    const impressions& shown, index_t i, const T* first, T* slots) {
  const index_t d = layout.input.columns;
  const auto rows_of = [](const basic_masked_table<T>& table) {
    return trained_rows<T>{table.values().data(), table.columns()};
  };
  T sum{0};
  for (std::size_t k = 0; k < layout.fields.size(); ++k, slots += d) {
    sum += gather_field(rows_of(tables[k]), layout.fields[k].pooled, shown.values(i, k), first,
                        slots, d);
    if (first) first += tables[k].rows();
  }
  if (layout.feature_rows) {
    const auto table = rows_of(tables.back());
    for (index_t f = 0; f < tables.back().rows(); ++f, slots += d)
      sum += gather_feature(table, f, static_cast<T>(shown.numbers()(i, f)), first, slots, d);
  }
  return sum;
}

/// The gradient by the rows that a batch shows, and by the weights of these: row by row, without a
/// look at any other row. Kept between calls it allocates nothing once it has had a batch of as
/// many values and different rows.
template <class T>
class shown_rows {
 public:
  shown_rows() = default;
  explicit shown_rows(const click_layout& layout) : tables_(layout.tables()) {
    if (!layout.feature_rows) return;
    all_features_.resize(layout.features.size());
    std::iota(all_features_.begin(), all_features_.end(), row_id{0});
  }

  /// Which rows a batch shows.  O(values of the batch)
  void assign(const click_layout& layout, const impression_batch& batch) {
    parallel_chunks(std::ssize(layout.fields), [&](index_t field) {
      const auto k = static_cast<std::size_t>(field);
      table& of = tables_[k];
      of.named.clear();
      of.shown_by.clear();
      for (std::size_t b = 0; b < batch.which.size(); ++b) {
        const auto rows = batch.of->values(batch.which[b], k);
        of.named.insert(of.named.end(), rows.begin(), rows.end());
        if (layout.fields[k].pooled)
          of.shown_by.insert(of.shown_by.end(), rows.size(), static_cast<std::uint32_t>(b));
      }
      of.groups.assign(of.named);
    });
    tasks_.clear();
    for (std::size_t t = 0; t < tables_.size(); ++t) {
      const bool features = t + 1 == tables_.size() && !all_features_.empty();
      const index_t n = features ? std::ssize(all_features_) : std::ssize(tables_[t].groups.rows());
      const auto& shape = layout.shapes[t];
      if (tables_[t].gradient.rows() < n) {
        tables_[t].gradient.resize(n, shape.range.max);
        tables_[t].first.resize(n);
      }
      index_t from = 0;
      std::size_t positions = 0;
      for (index_t k = 0; k < n; ++k) {
        positions += count(t, k, batch);
        if (positions < enough && k + 1 < n) continue;
        tasks_.push_back({t, from, k + 1});
        from = k + 1;
        positions = 0;
      }
    }
    penalties_.resize(tasks_.size());
  }

  /// Works out the gradients, with `weight` times the squared length of each row as often as the
  /// batch shows it.
  /// @param dx      [batch, input.width()], by the slots
  /// @param slopes  [batch], by the log odds
  /// @return that penalty
  double collect(const click_layout& layout, const impression_batch& batch,
                 const std::vector<basic_masked_table<T>>& tables, double weight,
                 const basic_matrix<T>& dx, std::span<const T> slopes) {
    parallel_chunks(std::ssize(tasks_), [&](index_t number) {
      const task& job = tasks_[static_cast<std::size_t>(number)];
      table& of = tables_[job.table];
      const index_t columns = of.gradient.cols();
      const T* const values = tables[job.table].values().data();
      double penalty = 0;
      for (index_t k = job.first; k < job.last; ++k) {
        const auto row = static_cast<index_t>(rows(job.table)[static_cast<std::size_t>(k)]);
        T* const sum = of.gradient.row(k).data();
        std::fill_n(sum, columns, T{0});
        T first{0};
        const auto add = [&](index_t b, index_t slot, T factor) {
          const T* const from = dx.row(b).data() + slot * layout.input.columns;
          for (index_t j = 0; j < columns; ++j) sum[j] += factor * from[j];
          first += factor * slopes[static_cast<std::size_t>(b)];
        };
        if (job.table == layout.fields.size()) {  // the features'
          const index_t slot = std::ssize(layout.fields) + row;
          for (index_t b = 0; b < batch.size(); ++b)
            add(b, slot,
                static_cast<T>(batch.of->numbers()(batch.which[static_cast<std::size_t>(b)], row)));
        } else if (layout.fields[job.table].pooled) {
          for (const std::uint32_t p : of.groups[k]) {
            const std::uint32_t b = of.shown_by[p];
            const auto together = batch.of->values(batch.which[b], job.table).size();
            add(b, static_cast<index_t>(job.table), T{1} / static_cast<T>(together));
          }
        } else {
          for (const std::uint32_t b : of.groups[k]) add(b, static_cast<index_t>(job.table), T{1});
        }
        of.first[k] = first;
        if (weight > 0) {
          const double times = weight * static_cast<double>(count(job.table, k, batch));
          double squares = 0;
          for (index_t j = 0; j < columns; ++j) {
            const T x = values[row * columns + j];
            squares += static_cast<double>(x) * static_cast<double>(x);
            sum[j] += static_cast<T>(2 * times) * x;
          }
          penalty += times * squares;
        }
      }
      penalties_[static_cast<std::size_t>(number)] = penalty;
    });
    double all = 0;
    for (const double p : penalties_) all += p;
    return all;
  }

  /// Rows that the batch shows, rising; none before there was one.
  [[nodiscard]] std::span<const row_id> rows(std::size_t t) const noexcept {
    if (t + 1 == tables_.size() && !all_features_.empty())
      return penalties_.empty() ? std::span<const row_id>() : std::span(all_features_);
    return tables_[t].groups.rows();
  }
  /// [>= rows(t), d_max of the table]: that of `rows(t)[k]` in row k.
  [[nodiscard]] const basic_matrix<T>& gradient(std::size_t t) const noexcept {
    return tables_[t].gradient;
  }
  /// [>= rows(t)], by their first weights.
  [[nodiscard]] const basic_vector<T>& first(std::size_t t) const noexcept {
    return tables_[t].first;
  }

 private:
  static constexpr std::size_t enough = 1024;  ///< positions of a task: what a core does in 20 us

  struct table {
    std::vector<row_id> named;            ///< values of the batch, one impression after the other
    std::vector<std::uint32_t> shown_by;  ///< whose each is; of a pooled field
    touched_rows groups;
    basic_matrix<T> gradient;
    basic_vector<T> first;
  };
  struct task {
    std::size_t table;
    index_t first, last;  ///< of `rows(table)`
  };

  /// How often the batch shows a row.
  [[nodiscard]] std::size_t count(std::size_t t, index_t k,
                                  const impression_batch& batch) const noexcept {
    return t + 1 == tables_.size() && !all_features_.empty() ? batch.which.size()
                                                             : tables_[t].groups[k].size();
  }

  std::vector<table> tables_;
  std::vector<row_id> all_features_;  ///< rows of the features' table, if there is one
  std::vector<task> tasks_;
  std::vector<double> penalties_;  ///< [tasks]
};

}  // namespace ciess::detail
