// SPDX-License-Identifier: MIT
/// @file
/// A method in a study, and what is done with what it finds.
#pragma once

#include <concepts>
#include <tuple>
#include <utility>
#include <vector>

#include <ciess/backbone/warm_start.hpp>

namespace ciess {

/// A sizer with what a study does with what it finds.
template <class S>
struct study_method {
  S how;         ///< a `sizer`
  int keep = 1;  ///< so many of its best for each budget are trained to the end
  /// Starts of these trainings, each a row of its own: what the sizes bring and what the start
  /// brings can then be told apart. No start twice, the quickest last: after a stop it is the only
  /// one. Empty: the better one of the environment's.
  std::vector<start> starts{};
};
template <class S>
study_method(S, int) -> study_method<S>;
template <class S>
study_method(S, int, std::vector<start>) -> study_method<S>;

namespace detail {

template <class T>
inline constexpr bool is_study_method = false;
template <class S>
inline constexpr bool is_study_method<study_method<S>> = true;
template <class T>
struct sizer_of;
template <class S>
struct sizer_of<study_method<S>> {
  using type = S;
};
template <class S>
struct sizer_of<std::vector<study_method<S>>> {
  using type = S;
};
template <class T>
inline constexpr bool is_method_list = false;
template <class S>
inline constexpr bool is_method_list<std::vector<study_method<S>>> = true;

}  // namespace detail

/// The methods of a study in the order of its rows: sizers, `study_method`s, and vectors of these.
template <class... M>
[[nodiscard]] auto study_methods(M... methods) {
  const auto as_method = []<class T>(T m) {
    if constexpr (detail::is_study_method<T> || detail::is_method_list<T>)
      return m;
    else
      return study_method<T>{std::move(m)};
  };
  return std::tuple(as_method(std::move(methods))...);
}

}  // namespace ciess
