// SPDX-License-Identifier: MIT
/// @file
/// Slopes of lengths on held-out data that know that the tables move with the lengths.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/search/dnis/ramp_lens.hpp>

namespace ciess {
namespace detail {

/// Numbers beside those of all tables: [tables] of [rows, d_max], 0 where a row was cut.
template <class T>
using table_direction = std::vector<basic_matrix<T>>;

/// A `table_lens`: another one, seen from tables that were moved along a direction; the model's own
/// stay. Can note the slopes by the tables, of the numbers that were not cut.
template <class T, class Lens>
class moved_lens {
 public:
  /// @param along  where the tables are moved to; null: they are not
  /// @param by     how far, in lengths of `along`
  /// @param noted  takes the slopes by the moved tables, unless null; may not be `along`
  moved_lens(Lens& lens, const table_direction<T>* along, double by, table_direction<T>* noted)
      : lens_{&lens}, along_{along}, by_{by}, noted_{noted} {}

  template <class U>
  void look(std::int64_t step, std::vector<basic_masked_table<U>>& tables) {
    move(tables);
    lens_->look(step, tables);
    seen_.clear();
    if (noted_)
      for (const auto& table : tables) seen_.push_back(table.row_sizes());
  }
  template <class U>
  void back(const std::vector<basic_masked_table<U>>& tables,
            std::vector<basic_matrix<U>>& slopes) {
    if (along_) {
      auto moved = tables;
      move(moved);
      lens_->back(moved, slopes);
    } else {
      lens_->back(tables, slopes);
    }
    if (noted_) note(slopes);
  }
  /// What is looked at by the way teaches nobody.
  void learn(std::int64_t) const noexcept {}

 private:
  static constexpr index_t grain = 256;

  template <class U>
  void move(std::vector<basic_masked_table<U>>& tables) const {
    if (!along_) return;
    for (std::size_t t = 0; t < tables.size(); ++t)
      parallel_for(tables[t].rows(), grain, [&, t](index_t first, index_t last) {
        for (index_t r = first; r < last; ++r) {
          const auto row = tables[t][r];
          const T* const to = (*along_)[t].row(r).data();
          for (std::size_t j = 0; j < row.size(); ++j)
            row[j] = static_cast<U>(static_cast<double>(row[j]) + by_ * static_cast<double>(to[j]));
        }
      });
  }
  template <class U>
  void note(const std::vector<basic_matrix<U>>& slopes) {
    noted_->resize(slopes.size());
    for (std::size_t t = 0; t < slopes.size(); ++t) {
      auto& noted = (*noted_)[t];
      noted.resize(slopes[t].rows(), slopes[t].cols());
      parallel_for(noted.rows(), grain, [&, t](index_t first, index_t last) {
        for (index_t r = first; r < last; ++r) {
          const index_t seen = seen_[t][r];
          for (index_t j = 0; j < noted.cols(); ++j)
            noted(r, j) = j < seen ? static_cast<T>(slopes[t](r, j)) : T{0};
        }
      });
    }
  }

  Lens* lens_;
  const table_direction<T>* along_;
  double by_;
  table_direction<T>* noted_;
  std::vector<sizes> seen_;  ///< [tables], what the network read, if slopes are noted
};

}  // namespace detail

/// A pair of batches through which lengths look ahead: the tables w learn from the one, and the
/// lengths a get the slopes of
///
///     held-out loss(w - rate * d training loss(w, a) / dw, a)
///
/// by a, to second order: at the tables w' after that step, as a first-order pair has them, less
/// rate times what the slopes v of the held-out loss by w' meet of the mixed derivative of the
/// training loss. That is had from a central difference, the slopes of the training loss by a at
/// w + e v and w - e v, where e |v| is 0.01: where a network has corners (NGCF, NeuMF), a mean over
/// those that are passed on the way. Source: H. Liu et al., "DARTS", ICLR 2019.
///
/// The step that is looked through is a plain one, of the tables alone. That which the model takes,
/// and keeps, is its own: Adam's moves a number by about its own rate, however small the slope is,
/// and also moves what the model has beside its tables.
///
/// Cost: four training steps, two snapshots of the model, and that it is put back three times. Own
/// memory: the slopes of two losses by the tables; of a pair, the two snapshots and a copy of the
/// tables.
/// @tparam T  of slopes
template <class T>
class basic_look_ahead {
 public:
  struct pair {
    double trained = 0;     ///< loss of the training step
    double held_out = 0;    ///< loss of the batch, at w'
    double correction = 0;  ///< length of what is second order, of slopes by all lengths, in parts
                            ///< of that of the first order
  };

  /// @param length  how far tables are moved for the difference
  explicit basic_look_ahead(double length = 0.01) : length_{length} {}

  /// Takes one training step, and leaves the slopes in the lens.
  /// @param batch  callable () -> X, held-out data as `slopes_through` of the model takes them
  /// @param rate   of the plain step that is looked through
  /// @throws what the model throws, which is then in any state
  template <class Model, class Batch>
  pair operator()(Model& model, ramp_lens& lens, Batch&& batch, double rate) {
    pair said;
    const auto before = model.snapshot();
    said.trained = through(model, lens, nullptr, 0, &training_);
    const auto after = model.snapshot();
    // The same batch, and the same dropout, come again of the same state.
    model.restore(before);
    detail::moved_lens<T, ramp_lens> ahead(lens, &training_, -rate, &held_out_);
    said.held_out = model.slopes_through(batch(), ahead);
    const std::vector<double> first = slopes_of(lens);
    double length = 0;
    for (const auto& v : held_out_) length += v.template cast<double>().squaredNorm();
    length = std::sqrt(length);
    std::vector<double> second(first.size());
    if (length > 0) {
      const double e = length_ / length;
      for (const double sign : {1.0, -1.0}) {
        if (sign < 0) model.restore(before);
        through(model, lens, &held_out_, sign * e, nullptr);
        const std::vector<double> at = slopes_of(lens);
        for (std::size_t i = 0; i < at.size(); ++i) second[i] -= sign * rate * at[i] / (2 * e);
      }
    }
    model.restore(after);
    double all = 0, more = 0;
    std::size_t i = 0;
    for (std::size_t t = 0; t < lens.tables(); ++t)
      for (double& slope : lens.slope(t)) {
        slope = first[i] + second[i];
        all += first[i] * first[i];
        more += second[i] * second[i];
        ++i;
      }
    said.correction = all > 0 ? std::sqrt(more / all) : 0;
    return said;
  }

 private:
  template <class Model>
  static double through(Model& model, ramp_lens& lens, const detail::table_direction<T>* along,
                        double by, detail::table_direction<T>* noted) {
    detail::moved_lens<T, ramp_lens> moved(lens, along, by, noted);
    return model.train_through(1, moved);
  }
  /// By the lengths of all tables, one after the other.
  static std::vector<double> slopes_of(const ramp_lens& lens) {
    std::vector<double> all;
    for (std::size_t t = 0; t < lens.tables(); ++t)
      all.insert(all.end(), lens.slope(t).begin(), lens.slope(t).end());
    return all;
  }

  double length_;
  detail::table_direction<T> training_, held_out_;  ///< slopes of the losses by the tables
};

using look_ahead = basic_look_ahead<float>;

}  // namespace ciess
