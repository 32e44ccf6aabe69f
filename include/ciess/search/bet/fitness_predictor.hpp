// SPDX-License-Identifier: MIT
/// @file
/// What sizes of all rows are worth, guessed from those that were measured: BET's predictor.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/fields.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/search/bet/detail/leaky_layers.hpp>
#include <ciess/search/bet/row_ranks.hpp>
#include <ciess/search/bet/size_sets.hpp>

namespace ciess {

/// A network on sets of sets (DeepSets). Of each row its frequency, by a net of its kind, 1 -> 16
/// -> 16; of each size the mean over the rows that have it, and the size over the largest, 17 -> 64
/// -> 64; of all the mean over the sizes that occur, 64 -> 64 -> 1. Leaky ReLU after every layer,
/// the last one, too. 10,145 parameters for two kinds.
///
/// Rows of a `frequency_group` are one row with its mean frequency. Serial; a const predictor may
/// be asked by several threads.
///
/// Source: Y. Qu et al., "Budgeted Embedding Table for Recommender Systems", WSDM 2024: the paper,
/// since its program divides by the rows of a set twice, and has an item's number for its
/// frequency.
template <class T>
class fitness_predictor {
  using layers = detail::leaky_layers<T>;
  using tape = typename layers::tape;

 public:
  static constexpr index_t code = 16;    ///< numbers that describe a row
  static constexpr index_t vector = 64;  ///< numbers that describe a size, and all sizes

  /// @param ranks  must outlive this
  fitness_predictor(const row_ranks& ranks, const random_stream& stream)
      : ranks_{&ranks},
        row_({1, code, code}),
        size_({code + 1, vector, vector}),
        decode_({vector, vector, 1}) {
    const std::size_t kinds = ranks.kinds().size();
    parameters_.resize(static_cast<index_t>(kinds * row_.parameters() + size_.parameters() +
                                            decode_.parameters()));
    for (std::size_t k = 0; k < kinds; ++k) row_.draw(of_kind(parameters(), k), stream.child(k));
    size_.draw(of_sizes(parameters()), stream.child(kinds));
    decode_.draw(of_decoder(parameters()), stream.child(kinds + 1));
    packed_rows_.resize(kinds);
    row_tapes_.resize(kinds);
    for (std::size_t k = 0; k < kinds; ++k) {
      std::vector<T> f;
      for (const frequency_group& g : ranks.groups())
        if (g.kind == k) f.push_back(static_cast<T>(g.frequency));
      first_group_.push_back(k == 0 ? 0 : first_group_.back() + frequencies_.back().rows());
      frequencies_.push_back(
          Eigen::Map<const basic_matrix<T>>(f.data(), static_cast<index_t>(f.size()), 1));
    }
    learn_rows();
  }

  /// Encoders of rows by kind, that of sizes, the decoder; each layer as in `dense_shape`. After a
  /// change of theirs, `learn_rows`.
  [[nodiscard]] std::span<T> parameters() noexcept {
    return {parameters_.data(), static_cast<std::size_t>(parameters_.size())};
  }
  [[nodiscard]] std::span<const T> parameters() const noexcept {
    return {parameters_.data(), static_cast<std::size_t>(parameters_.size())};
  }

  /// Works out what all sizes have in common. O(groups)
  void learn_rows() {
    for (std::size_t k = 0; k < frequencies_.size(); ++k) {
      row_.pack(of_kind(std::as_const(*this).parameters(), k), packed_rows_[k], true);
      row_.forward(of_kind(std::as_const(*this).parameters(), k), packed_rows_[k], frequencies_[k],
                   row_tapes_[k]);
    }
    size_.pack(of_sizes(std::as_const(*this).parameters()), packed_sizes_, true);
    decode_.pack(of_decoder(std::as_const(*this).parameters()), packed_decoder_, true);
  }

  /// Sizes as the predictor sees them, and what it expects of them.
  struct view {
    basic_matrix<T> action;  ///< [1, vector]
    double fitness = 0;
  };
  [[nodiscard]] view look(const size_sets& sets) const {
    pass p;
    forward(sets, p);
    return {std::move(p.action), static_cast<double>(p.decoder.outputs.back()(0, 0))};
  }

  /// The squared error of one guess, and its gradient.
  /// @param gradient  as the parameters, overwritten
  double gradient(const size_sets& sets, double fitness, std::span<T> gradient) {
    std::ranges::fill(gradient, T{0});
    pass p;
    forward(sets, p);
    const T error = p.decoder.outputs.back()(0, 0) - static_cast<T>(fitness);
    p.decoder.gradients.resize(decode_.layers());
    p.decoder.gradients.back() = basic_matrix<T>::Constant(1, 1, T{2} * error);
    basic_matrix<T> action_slope, input_slope;
    const auto now = std::as_const(*this).parameters();
    decode_.backward(of_decoder(now), packed_decoder_, p.action, p.decoder, of_decoder(gradient),
                     &action_slope);
    p.sizes.gradients.resize(size_.layers());
    p.sizes.gradients.back() =
        action_slope.replicate(p.input.rows(), 1) / static_cast<T>(p.input.rows());
    size_.backward(of_sizes(now), packed_sizes_, p.input, p.sizes, of_sizes(gradient),
                   &input_slope);
    for (std::size_t k = 0; k < frequencies_.size(); ++k) {
      row_tapes_[k].gradients.resize(row_.layers());
      row_tapes_[k].gradients.back().setZero(frequencies_[k].rows(), code);
    }
    over_sets(sets, [&](index_t set, const sized_group& s, double rows) {
      const auto [k, at] = place(s);
      row_tapes_[k].gradients.back().row(at) +=
          static_cast<T>(s.rows / rows) * input_slope.row(set).head(code);
    });
    for (std::size_t k = 0; k < frequencies_.size(); ++k)
      if (frequencies_[k].rows() > 0)
        row_.backward(of_kind(now, k), packed_rows_[k], frequencies_[k], row_tapes_[k],
                      of_kind(gradient, k), nullptr);
    return static_cast<double>(error) * static_cast<double>(error);
  }

 private:
  struct pass {
    basic_matrix<T> input;  ///< [sizes that occur, code + 1]
    basic_matrix<T> action;
    tape sizes, decoder;
  };
  struct location {
    std::size_t kind;
    index_t row;
  };

  [[nodiscard]] location place(const sized_group& s) const {
    const std::size_t k = ranks_->groups()[s.group].kind;
    return {k, static_cast<index_t>(s.group) - first_group_[k]};
  }

  /// Calls `f(set, part, rows of the set)` for all parts of all sets.
  template <class F>
  static void over_sets(const size_sets& sets, F&& f) {
    index_t set = 0;
    for (std::size_t first = 0, last = 0; first < sets.size(); first = last, ++set) {
      double rows = 0;
      for (; last < sets.size() && sets[last].size == sets[first].size; ++last)
        rows += sets[last].rows;
      for (std::size_t i = first; i < last; ++i) f(set, sets[i], rows);
    }
  }

  void forward(const size_sets& sets, pass& p) const {
    index_t count = 0;
    for (std::size_t i = 0; i < sets.size(); ++i)
      count += i == 0 || sets[i].size != sets[i - 1].size ? 1 : 0;
    p.input.setZero(count, code + 1);
    over_sets(sets, [&](index_t set, const sized_group& s, double rows) {
      const auto [k, at] = place(s);
      p.input.row(set).head(code) +=
          static_cast<T>(s.rows / rows) * row_tapes_[k].outputs.back().row(at);
      p.input(set, code) = static_cast<T>(double(s.size) / ranks_->largest());
    });
    const auto now = parameters();
    size_.forward(of_sizes(now), packed_sizes_, p.input, p.sizes);
    p.action.setZero(1, vector);
    for (index_t set = 0; set < count; ++set) p.action += p.sizes.outputs.back().row(set);
    p.action /= static_cast<T>(count);
    decode_.forward(of_decoder(now), packed_decoder_, p.action, p.decoder);
  }

  template <class U>
  [[nodiscard]] std::span<U> of_kind(std::span<U> all, std::size_t k) const {
    return all.subspan(k * row_.parameters(), row_.parameters());
  }
  template <class U>
  [[nodiscard]] std::span<U> of_sizes(std::span<U> all) const {
    return all.subspan(ranks_->kinds().size() * row_.parameters(), size_.parameters());
  }
  template <class U>
  [[nodiscard]] std::span<U> of_decoder(std::span<U> all) const {
    return all.last(decode_.parameters());
  }

  const row_ranks* ranks_;
  layers row_, size_, decode_;
  basic_vector<T> parameters_;
  std::vector<basic_matrix<T>> frequencies_;  // [kinds], [groups, 1]
  std::vector<index_t> first_group_;          // [kinds]
  std::vector<typename layers::packed> packed_rows_;
  typename layers::packed packed_sizes_, packed_decoder_;
  std::vector<tape> row_tapes_;  // outputs: codes of all groups
};

}  // namespace ciess
