// SPDX-License-Identifier: MIT
/// @file
/// Who says how good a trained model is: what an environment asks about quality, and about rows.
#pragma once

#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>

#include <ciess/backbone/sized_model.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/search/environment.hpp>

namespace ciess {

namespace detail {

// The requirements of `judge` one by one, so that a refusal can name the one that is missing.
template <class J>
concept has_figures = requires {
  typename J::figures;
  requires std::default_initializable<typename J::figures>;
  requires std::copyable<typename J::figures>;
};
template <class J, class M>
concept checks_model = requires(const J& j, const M& model) { j.check(model); };
template <class J>
concept counts_kinds = requires(const J& j) {
  { j.kinds() } -> std::convertible_to<std::size_t>;
};
template <class J>
concept knows_kind = requires(const J& j, std::size_t table) {
  { j.kind(table) } -> std::convertible_to<std::size_t>;
};
// An environment hands the spans on, so these must not point into a copy.
template <class J>
concept knows_frequency = requires(const J& j, std::size_t table) {
  { j.frequency(table) } -> std::convertible_to<std::span<const double>>;
  { j.frequency(table) } -> std::ranges::borrowed_range;
};
template <class J>
concept names_tables = requires(const J& j, std::size_t table) {
  { j.name(table) } -> std::convertible_to<std::string>;
};
template <class J, class M>
concept judges_model = requires(const J& j, M& model) {
  { j.judge(model) } -> std::convertible_to<typename J::figures>;
};
template <class J>
concept weighs_figures = requires(const J& j, const typename J::figures& all) {
  { j.quality(all) } -> std::convertible_to<double>;
};
template <class J>
concept weighs_rows = requires(const J& j, const typename J::figures& all, std::size_t table) {
  { j.row_quality(all, table) } -> std::convertible_to<std::span<const double>>;
  { j.row_quality(all, table) } -> std::ranges::borrowed_range;
};
template <class J>
concept shows_conditions = requires(const J& j, any_fields& f) { j.visit_conditions(f); };

}  // namespace detail

/// Judges models of type M: what `trained_environment` knows of data, predictions and quality.
///
/// - `J::figures`              all that is measured, a value; shows its fields if it can be saved
/// - `check(model)`            throws `argument_error` if a model does not fit: called once, before
///                             anything is trained
/// - `kinds()`, `kind(t)`      tables of one kind, 0 ... kinds() - 1, have the same rows
/// - `frequency(t)`            how often each row of table t occurs in training, >= 0; stays where
///                             it is when the judge is moved
/// - `name(t)`                 of table t, for files and pictures
/// - `judge(model)`            the figures of a model as it is. May change caches of the model.
/// Same
///                             weights, same figures
/// - `quality(figures)`        what is maximised
/// - `row_quality(figures, t)` of each row of table t, >= 0; as long as the figures live
/// - `visit_conditions(f)`     what its figures depend on, see `field_visitor::same`
///
/// Beside these it may say
/// - `axes_group(t)`           tables with a number in common have axes in common; without it each
///                             table has its own. A model that says so itself knows better
/// - `requirements<M>`         a template whose instantiation explains what it asks of a model, as
///                             `explain_sized_model` does
template <class J, class M>
concept judge = std::movable<J> && detail::has_figures<J> && detail::checks_model<J, M> &&
                detail::counts_kinds<J> && detail::knows_kind<J> && detail::knows_frequency<J> &&
                detail::names_tables<J> && detail::judges_model<J, M> &&
                detail::weighs_figures<J> && detail::weighs_rows<J> && detail::shows_conditions<J>;

namespace detail {

/// What a judge asks of a model, in sentences.
template <class J, class M>
struct explain_judged_model : explain_sized_model<M> {};
template <class J, class M>
  requires requires { typename J::template requirements<M>; }
struct explain_judged_model<J, M> : J::template requirements<M> {};

/// See `explain_backbone`.
template <class J, class M>
struct explain_judge : std::true_type {
  static_assert(has_figures<J>,
                "ciess: a judge needs `using figures = ...`: a value, all that is measured");
  static_assert(checks_model<J, M>,
                "ciess: a judge needs `void check(const Model& model) const`: refuses what does "
                "not fit");
  static_assert(counts_kinds<J>, "ciess: a judge needs `std::size_t kinds() const`");
  static_assert(knows_kind<J>,
                "ciess: a judge needs `std::size_t kind(std::size_t table) const`: tables of one "
                "kind have the same rows");
  static_assert(knows_frequency<J>,
                "ciess: a judge needs `std::span<const double> frequency(std::size_t table) "
                "const`, or a reference to a vector, not a copy");
  static_assert(names_tables<J>,
                "ciess: a judge needs `std::string name(std::size_t table) const`");
  static_assert(judges_model<J, M>,
                "ciess: a judge needs `figures judge(Model& model) const`: how good it is now");
  static_assert(weighs_figures<J>,
                "ciess: a judge needs `double quality(const figures& all) const`: what is "
                "maximised");
  static_assert(weighs_rows<J>,
                "ciess: a judge needs `std::span<const double> row_quality(const figures& all, "
                "std::size_t table) const`, or a reference to a vector, not a copy");
  static_assert(shows_conditions<J>,
                "ciess: a judge needs `void visit_conditions(F& f) const` for any field visitor: "
                "what its figures depend on");
};

}  // namespace detail

/// What a judge says of tables as environments hand it to a search.  O(rows)
template <class Judge>
  requires detail::weighs_figures<Judge> && detail::weighs_rows<Judge>
[[nodiscard]] measurement measurement_of(const Judge& judge, const typename Judge::figures& all,
                                         std::size_t tables) {
  measurement m{judge.quality(all), {}};
  for (std::size_t t = 0; t < tables; ++t) {
    const std::span<const double> rows = judge.row_quality(all, t);
    m.rows.emplace_back(rows.begin(), rows.end());
  }
  return m;
}

}  // namespace ciess
