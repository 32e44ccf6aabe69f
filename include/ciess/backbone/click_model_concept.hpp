// SPDX-License-Identifier: MIT
/// @file
/// What a model of clicks must offer so that sizes of its tables can be searched.
#pragma once

#include <concepts>
#include <span>
#include <type_traits>

#include <ciess/backbone/sized_model.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/impressions.hpp>

namespace ciess {

namespace detail {

template <class M>
concept has_predict = requires(M& m, const impressions& shown, std::span<float> log_odds) {
  { m.predict(shown, log_odds) } -> std::same_as<void>;
};

}  // namespace detail

/// A model of clicks: a `sized_model` that predicts impressions.
///
/// Checked, and promised, beside `shapes()`, `reset`, `resize`, `train`:
/// - `shapes()`: a table for each field of the impressions it was made for, in their order; one
/// more
///   may follow with a row for each numeric feature;
/// - `predict(shown, log_odds)`: writes the log odds of a click for each impression, nothing
///   dropped; throws `argument_error` if these have other fields or features, or `log_odds` is not
///   as long as they are. May change caches: one call at a time.
///
/// `fm`, `deep_fm`, `dcn` and `dlrm` are.
template <class M>
concept click_model = sized_model<M> && detail::has_predict<M>;

namespace detail {

/// See `explain_backbone`.
template <class M>
struct explain_click_model : explain_sized_model<M> {
  static_assert(has_predict<M>,
                "ciess: a click model needs `void predict(const ciess::impressions& shown, "
                "std::span<float> log_odds)`: the log odds of a click for each impression");
};

}  // namespace detail
}  // namespace ciess
