// SPDX-License-Identifier: MIT
/// @file
/// Any loss of the library, by options.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/loss.hpp>
#include <ciess/nn/loss_options.hpp>
#include <ciess/nn/scalable_softmax.hpp>
#include <ciess/nn/softmax.hpp>

namespace ciess {

/// The loss that its options name. Chosen when it is made and not by type, so that models of every
/// loss are of one type, and programs compile once.
template <class T>
class chosen_loss {
 public:
  using value_type = T;
  using options = loss_options;
  using tables = typename bpr<T>::tables;
  using outputs = typename bpr<T>::outputs;
  using row_loss = chosen_loss;  ///< see `ciess::row_loss`

  /// @throws argument_error if an option is out of range, or no option of this loss
  chosen_loss(const interactions& train, const options& o) : loss_{made(train, o)} {}
  chosen_loss(const interactions&&, const options&) = delete;

  /// See `vector_loss`.
  void begin(const triples& batch, const random_stream& stream, std::uint64_t number,
             named_rows& rows) {
    std::visit([&](auto& loss) { loss.begin(batch, stream, number, rows); }, loss_);
  }
  double operator()(const triples& batch, const tables& vectors, const outputs& slopes,
                    index_t columns) {
    return std::visit([&](auto& loss) { return loss(batch, vectors, slopes, columns); }, loss_);
  }
  [[nodiscard]] index_t count(std::size_t table, index_t row) const noexcept {
    if (const auto* loss = std::get_if<bpr<T>>(&loss_)) return loss->count(table, row);
    if (const auto* loss = std::get_if<full_softmax<T>>(&loss_)) return loss->count(table, row);
    if (const auto* loss = std::get_if<sampled_softmax<T>>(&loss_)) return loss->count(table, row);
    return std::get_if<scalable_softmax<T>>(&loss_)->count(table, row);
  }

  /// BPR alone: a softmax compares with items that no triple names.
  [[nodiscard]] bool of_rows() const noexcept { return std::holds_alternative<bpr<T>>(loss_); }

 private:
  using any = std::variant<bpr<T>, full_softmax<T>, sampled_softmax<T>, scalable_softmax<T>>;

  static any made(const interactions& train, const options& o) {
    o.check("loss");
    if (o.kind == loss_kind::softmax) return full_softmax<T>(train, o.full);
    if (o.kind == loss_kind::sampled_softmax) return sampled_softmax<T>(train, o.sampled);
    if (o.kind == loss_kind::sce) return scalable_softmax<T>(train, o.scalable);
    return bpr<T>(train, {});
  }

  any loss_;
};

static_assert(vector_loss<chosen_loss<float>> && row_loss<chosen_loss<float>>);

}  // namespace ciess
