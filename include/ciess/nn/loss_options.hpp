// SPDX-License-Identifier: MIT
/// @file
/// Which loss a recommender is trained with, chosen at run time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <ciess/core/error.hpp>

namespace ciess {

/// What an example of training is compared with.
enum class loss_kind {
  bpr,              ///< one item that the user has not: `bpr`
  softmax,          ///< all items: `full_softmax`
  sampled_softmax,  ///< some items, the same for the whole batch: `sampled_softmax`
  sce,              ///< items that are near in some direction: `scalable_softmax`
};
inline constexpr std::array loss_kinds{loss_kind::bpr, loss_kind::softmax,
                                       loss_kind::sampled_softmax, loss_kind::sce};

/// As options and messages have it: "bpr", "softmax", "sampled-softmax", "sce".
[[nodiscard]] constexpr std::string_view name_of(loss_kind kind) noexcept {
  switch (kind) {
    case loss_kind::bpr:
      return "bpr";
    case loss_kind::softmax:
      return "softmax";
    case loss_kind::sampled_softmax:
      return "sampled-softmax";
    case loss_kind::sce:
      return "sce";
  }
  return "";
}

/// @throws argument_error for any other name
[[nodiscard]] inline loss_kind parse_loss_kind(std::string_view name) {
  for (const loss_kind kind : loss_kinds)
    if (name == name_of(kind)) return kind;
  detail::throw_error<argument_error>("loss: expected bpr, softmax, sampled-softmax or sce, got ",
                                      detail::shown(name));
}

/// What a softmax compares two vectors by while it trains. Models are judged and served by inner
/// products either way: directions learnt by cosine, the lengths that came with them. A row that is
/// cut has another direction and another length, and it is this vector, cut, whose inner products
/// count: nothing is scaled back to the length it had. Nested training and tuning after a cut see
/// the cut vector's own direction.
enum class similarity {
  inner_product,
  cosine,  ///< 0 where a vector is zero, which then learns nothing
};

/// How a softmax compares.
struct softmax_options {
  similarity by = similarity::inner_product;
  double temperature = 1;  ///< similarities are divided by it; in [1e-6, 1e6]

  /// See `field_visitor::same`.
  template <class F>
  void visit(F& f) const {
    f.same("by", static_cast<std::int64_t>(by));
    f.same("temperature", temperature);
  }

  /// @throws argument_error if one is out of range
  void check(const char* who) const {
    // Wide enough for any use; farther out float has no scores, or no slopes, left.
    constexpr double least = 1e-6;
    constexpr double most = 1e6;
    if (!(temperature >= least && temperature <= most))
      detail::throw_error<argument_error>(who, ": temperature must be in [", least, ", ", most,
                                          "], got ", temperature);
    if (by != similarity::inner_product && by != similarity::cosine)
      detail::throw_error<argument_error>(who, ": no similarity has the number ",
                                          static_cast<int>(by));
  }
  friend bool operator==(const softmax_options&, const softmax_options&) = default;
};

/// What a softmax over all items compares with.
struct full_softmax_options {
  softmax_options softmax{};
  bool leave_out_known = false;  ///< not with other items that the user has in training

  /// See `field_visitor::same`.
  template <class F>
  void visit(F& f) const {
    softmax.visit(f);
    f.same("leave_out_known", std::int64_t{leave_out_known});
  }
  friend bool operator==(const full_softmax_options&, const full_softmax_options&) = default;
};

/// What a sampled softmax compares with.
struct sampled_softmax_options {
  softmax_options softmax{};
  bool leave_out_known = true;  ///< not with other items that the user has in training
  /// So many different items, drawn uniformly for each step, in [1, items]; without a number the
  /// positives of the batch, each as often as the batch has it.
  std::optional<int> candidates{};
  /// logQ: scores of candidates other than the positive lose the logarithm of how often they are
  /// expected, so that their sum estimates that over all items; within batches over those that
  /// somebody has in training.
  bool correct = true;

  /// See `field_visitor::same`.
  template <class F>
  void visit(F& f) const {
    softmax.visit(f);
    f.same("leave_out_known", std::int64_t{leave_out_known});
    f.same("candidates", std::int64_t{candidates.value_or(0)});
    f.same("correct", std::int64_t{correct});
  }
  friend bool operator==(const sampled_softmax_options&, const sampled_softmax_options&) = default;
};

/// What a scalable softmax (SCE) puts into its buckets, of a batch of n examples.
struct scalable_softmax_options {
  softmax_options softmax{};
  bool leave_out_known = false;     ///< not compared with other items the user has in training
  std::optional<int> buckets{};     ///< >= 1; unless given 2 sqrt(n), rounded up (paper)
  std::optional<int> examples{};    ///< of each, >= 1, at most the batch; 2 sqrt(n) alike (paper)
  std::optional<int> candidates{};  ///< of each, in [1, items]; unless given 256, or all if fewer

  /// See `field_visitor::same`.
  template <class F>
  void visit(F& f) const {
    softmax.visit(f);
    f.same("leave_out_known", std::int64_t{leave_out_known});
    f.same("buckets", std::int64_t{buckets.value_or(0)});
    f.same("examples", std::int64_t{examples.value_or(0)});
    f.same("candidates", std::int64_t{candidates.value_or(0)});
  }
  friend bool operator==(const scalable_softmax_options&,
                         const scalable_softmax_options&) = default;
};

/// Any loss of the library. What a loss does not have stays as it is: all but `kind` for BPR.
struct loss_options {
  loss_kind kind = loss_kind::bpr;
  full_softmax_options full{};          ///< of `loss_kind::softmax`
  sampled_softmax_options sampled{};    ///< of `loss_kind::sampled_softmax`
  scalable_softmax_options scalable{};  ///< of `loss_kind::sce`

  /// See `field_visitor::same`. BPR shows nothing, so that a state of any other is told apart from
  /// its states, and from those that were saved when there was no other.
  template <class F>
  void visit(F& f) const {
    if (kind == loss_kind::bpr) return;
    f.same("kind", name_of(kind));
    if (kind == loss_kind::softmax) full.visit(f);
    if (kind == loss_kind::sampled_softmax) sampled.visit(f);
    if (kind == loss_kind::sce) scalable.visit(f);
  }

  /// @throws argument_error if there is no such kind, or a loss is told what it does not have
  void check(const char* who) const {
    if (name_of(kind).empty())
      detail::throw_error<argument_error>(who, ": no loss has the number ", static_cast<int>(kind));
    if (kind != loss_kind::softmax && full != full_softmax_options{})
      detail::throw_error<argument_error>(
          who, ": there are options of the softmax, but the loss is ", name_of(kind));
    if (kind != loss_kind::sampled_softmax && sampled != sampled_softmax_options{})
      detail::throw_error<argument_error>(
          who, ": there are options of the sampled softmax, but the loss is ", name_of(kind));
    if (kind != loss_kind::sce && scalable != scalable_softmax_options{})
      detail::throw_error<argument_error>(
          who, ": there are options of the scalable softmax, but the loss is ", name_of(kind));
  }
};

}  // namespace ciess
