// SPDX-License-Identifier: MIT
/// @file
/// The door for every size searcher: a method is a value, what it begins is a run.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ciess/core/fields.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/observer.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/sizing_request.hpp>

namespace ciess {
namespace detail {

// The requirements of `sizing` and `sizer` one by one, so that a refusal can name what is missing.
template <class R>
concept has_done = requires(const R& run) {
  { run.done() } -> std::same_as<bool>;
};
template <class R>
concept has_step = requires(R& run) {
  { run.step() } -> std::same_as<const step_report&>;
};
template <class R>
concept has_history = requires(const R& run) {
  { run.history() } -> std::convertible_to<std::span<const step_report>>;
};
template <class R>
concept has_best = requires(const R& run, std::size_t b) {
  { run.best(b) } -> std::convertible_to<std::span<const candidate>>;
};
template <class R>
concept has_full = requires(const R& run) {
  { run.full() } -> std::convertible_to<const measurement&>;
};
template <class S>
concept has_name = requires(const S& how) {
  { how.name() } -> std::convertible_to<std::string_view>;
};
template <class S, class E>
concept has_check =
    requires(const S& how, const E& env, const sizing_request& asked) { how.check(env, asked); };
template <class S, class E>
concept has_begin =
    requires(const S& how, E& env, const sizing_request& asked) { how.begin(env, asked); };

}  // namespace detail

/// A search between two of its steps. Its whole state is what `visit` shows: saved, and loaded into
/// a run that the same method began for the same request and environment, it goes on as if nothing
/// had happened, to the same bytes.
///
/// - `done()`     whether there is nothing left to do
/// - `step()`     one unit of work, in most methods a measurement; what came of it.
///                Not called once it is done. An error leaves the run of no more use
/// - `history()`  what each step was, from the first
/// - `best(b)`    best first, what was found for budget b of the request, at most `keep`; each
///                meets the budget
/// - `full()`     the measurement of the full-size model
///
/// `trials_run` (trials.hpp) is all of this but `done`, `step` and `visit`; most runs inherit it. A
/// `step` is then: `trials_.begin(b, total)` makes a report aimed at budget b; the run chooses
/// sizes that meet `trials_.limits()[b]` (`project` of budget/projection.hpp makes any proposal do
/// so) and names their `origin`; `trials_.measure(report, b, sizes)` measures and files them and
/// returns the quality of the whole and of each row; the run learns from it, and returns
/// `trials_.end(std::move(report))`. Its `visit(f)` shows its own fields and calls
/// `trials_.visit(f, total)`.
template <class R>
concept sizing = visitable<R> && detail::has_done<R> && detail::has_step<R> &&
                 detail::has_history<R> && detail::has_best<R> && detail::has_full<R>;

/// A method that chooses sizes: a value that says how.
///
/// - `name()`             one word for tables and files
/// - `check(env, asked)`  throws `argument_error` naming what does not fit, before anything is
///                        measured or trained
/// - `begin(env, asked)`  a `sizing`, which refers to `env`; may train and measure the full-size
///                        model by `env.full()`
template <class S, class E>
concept sizer = environment<E> && std::copyable<S> && detail::has_name<S> &&
                detail::has_check<S, E> && requires(const S& how, E& env, const sizing_request& a) {
                  { how.begin(env, a) } -> sizing;
                };

/// What method S begins for environment E.
template <class S, class E>
using run_of = decltype(std::declval<const S&>().begin(std::declval<E&>(),
                                                       std::declval<const sizing_request&>()));

namespace detail {

/// The same for sizers as `explain_environment` for environments.
template <class S, class E>
struct explain_sizer : std::true_type {
  static_assert(explain_environment<E>::value);
  static_assert(std::copyable<S>, "ciess: a sizer is a value: it must be copyable");
  static_assert(has_name<S>, "ciess: a sizer needs `std::string_view name() const`");
  static_assert(
      has_check<S, E>,
      "ciess: a sizer needs `void check(const E& env, const ciess::sizing_request& asked) "
      "const`: it refuses before anything is measured");
  static_assert(has_begin<S, E>,
                "ciess: a sizer needs `auto begin(E& env, const ciess::sizing_request& asked) "
                "const`: the run");
};

/// The same for what a sizer begins.
template <class R>
struct explain_sizing : std::true_type {
  static_assert(has_done<R>, "ciess: what a sizer begins needs `bool done() const`");
  static_assert(has_step<R>, "ciess: what a sizer begins needs `const ciess::step_report& step()`");
  static_assert(has_history<R>,
                "ciess: what a sizer begins needs `std::span<const ciess::step_report> history() "
                "const`");
  static_assert(has_best<R>,
                "ciess: what a sizer begins needs `std::span<const ciess::candidate> "
                "best(std::size_t budget) const`");
  static_assert(has_full<R>,
                "ciess: what a sizer begins needs `const ciess::measurement& full() const`");
  static_assert(visitable<R>, "ciess: what a sizer begins needs `void visit(F& f)`: its state");
};

}  // namespace detail
}  // namespace ciess
