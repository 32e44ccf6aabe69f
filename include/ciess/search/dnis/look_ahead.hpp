// SPDX-License-Identifier: MIT
/// @file
/// Slopes of lengths on held-out data that know that the tables move with the lengths.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/search/dnis/ramp_lens.hpp>

namespace ciess {
namespace detail {

/// Moves nothing.
struct unmoved {
  void operator()(const auto&) const noexcept {}
};

/// A `table_lens`: another one, seen from tables that were moved; the model's own stay. It teaches
/// nobody.
/// @tparam Move  callable (std::vector<basic_masked_table<U>>& tables), the same whenever it is
///               asked
/// @tparam Note  callable (const tables& moved, const tables& seen, slopes): slopes by the moved
///               tables, of the numbers that those have which the network saw
template <class Lens, class Move, class Note>
class moved_lens {
 public:
  moved_lens(Lens& lens, Move move, Note note)
      : lens_{&lens}, move_{std::move(move)}, note_{std::move(note)} {}

  template <class U>
  void look(std::int64_t step, std::vector<basic_masked_table<U>>& tables) {
    move_(tables);
    lens_->look(step, tables);
    seen_.clear();
    for (const auto& table : tables) seen_.push_back(table.row_sizes());
  }
  template <class U>
  void back(const std::vector<basic_masked_table<U>>& tables,
            std::vector<basic_matrix<U>>& slopes) {
    if constexpr (std::same_as<Move, unmoved>) {
      lens_->back(tables, slopes);
      note_(tables, seen_, slopes);
    } else {
      auto moved = tables;
      move_(moved);
      lens_->back(moved, slopes);
      note_(moved, seen_, slopes);
    }
  }
  void learn(std::int64_t) const noexcept {}

 private:
  Lens* lens_;
  Move move_;
  Note note_;
  std::vector<sizes> seen_;  ///< [tables]
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
/// w + e v and w - e v; where a network has corners (NGCF, NeuMF), it is a mean over those that are
/// passed on the way. Source: H. Liu et al., "DARTS", ICLR 2019. There e |v| is 0.01; here it is a
/// share of |w|, which at the usual one is as much for tables of |w| = 10. Trained ones of
/// MovieLens-100k have 400, and 0.01 was lost in the rounding of what the network read (bfloat16).
///
/// The step that is looked through is a plain one, of the tables alone. That which the model takes,
/// and keeps, is its own: Adam's moves a number by about its own rate, however small the slope is,
/// and also moves what the model has beside its tables, which is as after that step all along.
///
/// Cost: four passes over a batch, two snapshots of the model, and that it is put back three times;
/// for MovieLens-100k, 64 numbers a row, 2.8 first-order pairs with LightGCN, 3.7 with MF, whose
/// batches cost less than what is copied. Own memory: three times the tables; of a pair, the two
/// snapshots and a copy of the tables.
/// @tparam T  of what is kept of tables and slopes
template <class T>
class basic_look_ahead {
 public:
  struct pair {
    double trained = 0;     ///< loss of the training step
    double held_out = 0;    ///< loss of the batch, at w'
    double rate = 0;        ///< of the step that was looked through
    double correction = 0;  ///< length of what is second order, of slopes by all lengths, in parts
                            ///< of that of the first order
  };

  /// @param share  of |w|, by which tables are moved for the difference
  explicit basic_look_ahead(double share = 1e-3) : share_{share} {}

  /// Takes one training step, and leaves the slopes in the lens.
  /// @param batch  callable () -> X, held-out data as `slopes_through` of the model takes them
  /// @param rate   of the plain step; 0: such that it is as long as the model's own, whatever that
  ///               depends on
  /// @throws what the model throws, which is then in any state
  template <class Model, class Batch>
  pair operator()(Model& model, ramp_lens& lens, Batch&& batch, double rate = 0) {
    pair said;
    const auto before = model.snapshot();
    {
      const auto note = [&](const auto& tables, const auto& seen, const auto& slopes) {
        note_tables(tables);
        note_slopes(seen, slopes, training_);
      };
      detail::moved_lens trains(lens, detail::unmoved{}, note);
      said.trained = model.train_through(1, trains);
    }
    const auto after = model.snapshot();
    {
      const double slope = length(training_);
      const auto step = [&](auto& tables) {
        if (!(rate > 0) && slope > 0) rate = distance(tables) / slope;
        each(tables, [&](std::size_t t, index_t r, index_t j) {
          return static_cast<double>(tables_[t](r, j)) -
                 rate * static_cast<double>(training_[t](r, j));
        });
      };
      const auto note = [&](const auto&, const auto& seen, const auto& slopes) {
        note_slopes(seen, slopes, held_out_);
      };
      detail::moved_lens stepped(lens, step, note);
      said.held_out = model.slopes_through(batch(), stepped);
    }
    said.rate = rate;
    const std::vector<double> first = slopes_of(lens);
    std::vector<double> second(first.size());
    if (const double slope = length(held_out_); slope > 0) {
      const double e = share_ * length(tables_) / slope;
      for (const double way : {e, -e}) {
        const auto move = [&](auto& tables) {
          each(tables, [&](std::size_t t, index_t r, index_t j) {
            return static_cast<double>(tables[t].values()(r, j)) +
                   way * static_cast<double>(held_out_[t](r, j));
          });
        };
        // The same batch, and the same dropout, come again of the same state.
        model.restore(before);
        detail::moved_lens moved(lens, move, [](const auto&, const auto&, const auto&) {});
        model.train_through(1, moved);
        const std::vector<double> at = slopes_of(lens);
        for (std::size_t i = 0; i < at.size(); ++i) second[i] -= rate * at[i] / (2 * way);
      }
      model.restore(after);
    }
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
  static constexpr index_t grain = 256;

  /// Gives every number that rows have the value `of(table, row, column)`.
  template <class U, class Of>
  static void each(std::vector<basic_masked_table<U>>& tables, Of&& of) {
    for (std::size_t t = 0; t < tables.size(); ++t)
      parallel_for(tables[t].rows(), grain, [&, t](index_t first, index_t last) {
        for (index_t r = first; r < last; ++r) {
          const auto row = tables[t][r];
          for (std::size_t j = 0; j < row.size(); ++j)
            row[j] = static_cast<U>(of(t, r, static_cast<index_t>(j)));
        }
      });
  }
  template <class U>
  void note_tables(const std::vector<basic_masked_table<U>>& tables) {
    tables_.resize(tables.size());
    for (std::size_t t = 0; t < tables.size(); ++t)
      tables_[t] = tables[t].values().template cast<T>();
  }
  /// 0 for numbers that the network did not see.
  template <class U>
  static void note_slopes(const std::vector<sizes>& seen,
                          const std::vector<basic_matrix<U>>& slopes,
                          std::vector<basic_matrix<T>>& noted) {
    noted.resize(slopes.size());
    for (std::size_t t = 0; t < slopes.size(); ++t) {
      noted[t].resize(slopes[t].rows(), slopes[t].cols());
      parallel_for(noted[t].rows(), grain, [&, t](index_t first, index_t last) {
        for (index_t r = first; r < last; ++r)
          for (index_t j = 0; j < noted[t].cols(); ++j)
            noted[t](r, j) = j < seen[t][r] ? static_cast<T>(slopes[t](r, j)) : T{0};
      });
    }
  }
  /// How far tables are from those that were noted.
  template <class U>
  [[nodiscard]] double distance(const std::vector<basic_masked_table<U>>& tables) const {
    double sum = 0;
    for (std::size_t t = 0; t < tables.size(); ++t)
      sum += (tables[t].values().template cast<double>() - tables_[t].template cast<double>())
                 .squaredNorm();
    return std::sqrt(sum);
  }
  [[nodiscard]] static double length(const std::vector<basic_matrix<T>>& of) {
    double sum = 0;
    for (const auto& table : of) sum += table.template cast<double>().squaredNorm();
    return std::sqrt(sum);
  }
  /// By the lengths of all tables, one after the other.
  [[nodiscard]] static std::vector<double> slopes_of(const ramp_lens& lens) {
    std::vector<double> all;
    for (std::size_t t = 0; t < lens.tables(); ++t)
      all.insert(all.end(), lens.slope(t).begin(), lens.slope(t).end());
    return all;
  }

  double share_;
  std::vector<basic_matrix<T>> tables_, training_, held_out_;  ///< w; slopes of the losses by w, w'
};

using look_ahead = basic_look_ahead<float>;

}  // namespace ciess
