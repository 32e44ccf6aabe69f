// SPDX-License-Identifier: MIT
/// @file
/// Loss, gradient and predictions of a click network on weights that somebody else owns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/backbone/click_layout.hpp>
#include <ciess/backbone/click_network.hpp>
#include <ciess/backbone/detail/click_block_memory.hpp>
#include <ciess/backbone/detail/click_rows.hpp>
#include <ciess/backbone/impression_sampler.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/core/lease.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/detail/share_sums.hpp>

namespace ciess::detail {

/// Gathers rows, has the network work on blocks of impressions side by side, and leads its gradient
/// back to the rows. The same bytes at any number of threads.
/// Memory: of a batch the slots of its impressions, of each thread a block of these and its tape.
template <click_network Network>
class click_pass {
 public:
  using value_type = typename Network::value_type;

  /// @throws argument_error if an option is out of range
  click_pass(click_layout layout, const typename Network::options& o)
      : layout_{std::move(layout)},
        network_(layout_.input, o),
        first_order_{Network::first_order(o)},
        shown_(layout_) {
    for (const click_layer& l : network_.layers()) own_ += l.numbers();
    gradient_ = basic_vector<value_type>::Zero(own_ + (first_order_ ? 1 : 0));
  }

  [[nodiscard]] const click_layout& layout() const noexcept { return layout_; }
  [[nodiscard]] const Network& network() const noexcept { return network_; }
  /// Whether there are a bias and a weight for each row.
  [[nodiscard]] bool first_order() const noexcept { return first_order_; }
  /// Parameters of the network.
  [[nodiscard]] index_t own() const noexcept { return own_; }
  /// Those and the bias: what learns in every step.
  [[nodiscard]] index_t dense() const noexcept { return gradient_.size(); }
  /// All, with the weights of rows behind these.
  [[nodiscard]] index_t parameters() const noexcept {
    return dense() + (first_order_ ? layout_.first_row(layout_.tables()) : 0);
  }

  /// The mean cross-entropy of a batch, plus penalty * (sum of the squared lengths of the rows that
  /// it shows, each as often as it shows it) / batch. Its gradient is in `gradient` and `rows`.
  /// @param dropped  null: nothing is left out
  /// @pre the batch fits the layout and has an impression
  double loss_and_gradient(const model_weights<value_type>& w, const impression_batch& batch,
                           double penalty, const click_dropout* dropped) {
    const index_t n = batch.size();
    const auto size = static_cast<std::size_t>(n);
    slopes_.resize(size);
    losses_.resize(size);
    if (dx_.rows() < n) dx_.resize(n, layout_.input.width());
    shown_.assign(layout_, batch);
    network_.pack(parameters_of(w), packed_, true);
    const value_type share = value_type{1} / static_cast<value_type>(n);
    const auto labels = batch.of->labels();
    const auto add = [&](index_t, index_t b, std::span<value_type> sum) {
      const index_t first = b * click_block;
      const index_t rows = std::min(click_block, n - first);
      const typename lease_pool<block>::lease own(blocks_);
      click_dropout choices{random_stream(0, purpose::dropout)};
      if (dropped) {
        choices = *dropped;
        choices.first = first;
      }
      predict_block(
          w, *batch.of, [&](index_t r) { return batch.which[static_cast<std::size_t>(first + r)]; },
          rows, dropped ? &choices : nullptr, *own);
      const auto odds = own->log_odds();
      for (index_t r = 0; r < rows; ++r) {
        const auto i = static_cast<std::size_t>(first + r);
        const bool clicked = labels[static_cast<std::size_t>(batch.which[i])] != 0;
        const value_type margin = clicked ? odds[r] : -odds[r];
        losses_[i] = bpr_loss(margin);
        slopes_[i] = (clicked ? share : -share) * bpr_slope(margin);
      }
      basic_matrix_span<value_type> dx = dx_.middleRows(first, rows);
      network_.backward(parameters_of(w), packed_, own->x.topRows(rows), own->numbers.topRows(rows),
                        std::span<const value_type>(slopes_).subspan(
                            static_cast<std::size_t>(first), static_cast<std::size_t>(rows)),
                        own->tape, sum, dx);
    };
    sums_((n + click_block - 1) / click_block,
          std::span(gradient_.data(), static_cast<std::size_t>(own_)), add);
    double loss = 0;
    double slope = 0;
    for (std::size_t i = 0; i < size; ++i) {
      loss += static_cast<double>(losses_[i]);
      slope += static_cast<double>(slopes_[i]);
    }
    if (first_order_) gradient_[own_] = static_cast<value_type>(slope);
    const auto weight = penalty / static_cast<double>(n);
    return loss / static_cast<double>(n) +
           shown_.collect(layout_, batch, w.tables, weight, dx_, slopes_);
  }

  /// By the parameters of the network and the bias, [dense()].
  [[nodiscard]] const basic_vector<value_type>& gradient() const noexcept { return gradient_; }
  [[nodiscard]] const shown_rows<value_type>& rows() const noexcept { return shown_; }

  /// Log odds of all impressions, nothing left out.
  void predict(const model_weights<value_type>& w, const impressions& shown,
               std::span<value_type> log_odds) {
    network_.pack(parameters_of(w), packed_, false);
    parallel_for(shown.size(), click_block, [&](index_t first, index_t last) {
      const typename lease_pool<block>::lease own(blocks_);
      predict_block(w, shown, [&](index_t r) { return first + r; }, last - first, nullptr, *own);
      std::copy_n(own->odds.data(), last - first, log_odds.data() + first);
    });
  }

 private:
  using block = click_block_memory<Network>;

  [[nodiscard]] std::span<const value_type> parameters_of(
      const model_weights<value_type>& w) const noexcept {
    return {w.parameters.data(), static_cast<std::size_t>(own_)};
  }

  /// @param index_of  callable (r) -> the number of the r-th impression of the block
  template <class IndexOf>
  void predict_block(const model_weights<value_type>& w, const impressions& shown,
                     IndexOf&& index_of, index_t rows, const click_dropout* dropped,
                     block& own) const {
    const click_input& input = layout_.input;
    own.fit(input);
    value_type bias{0};
    const value_type* first = nullptr;
    if (first_order_) {
      bias = w.parameters[own_];
      first = w.parameters.data() + own_ + 1;
    }
    for (index_t r = 0; r < rows; ++r) {
      const index_t i = index_of(r);
      own.odds[r] =
          bias + gather_impression(layout_, w.tables, shown, i, first, own.x.row(r).data());
      for (index_t f = 0; f < input.features; ++f)
        own.numbers(r, f) = static_cast<value_type>(shown.numbers()(i, f));
    }
    own.look(network_, parameters_of(w), packed_, rows, dropped);
  }

  click_layout layout_;
  Network network_;
  bool first_order_;  ///< whether there are a bias and weights of rows
  index_t own_ = 0;
  typename Network::packed packed_;
  lease_pool<block> blocks_;
  share_sums<value_type> sums_;
  shown_rows<value_type> shown_;
  basic_matrix<value_type> dx_;              ///< [>= batch, width]
  basic_vector<value_type> gradient_;        ///< [dense()]
  std::vector<value_type> slopes_, losses_;  ///< [batch]
};

}  // namespace ciess::detail
