// SPDX-License-Identifier: MIT
/// @file
/// The methods of a study, one after the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <ciess/core/error.hpp>
#include <ciess/study/study_method.hpp>

namespace ciess::detail {

/// Calls `f` with each `study_method` of a tuple of them and of vectors of them.
template <class Methods, class F>
void for_each_method(const Methods& methods, F&& f) {
  const auto one = [&]<class M>(const M& m) {
    if constexpr (is_method_list<M>)
      for (const auto& each : m) f(each);
    else
      f(m);
  };
  std::apply([&](const auto&... m) { (one(m), ...); }, methods);
}
/// The same from the last to the first.
template <std::size_t done = 0, class Methods, class F>
void for_each_method_back(const Methods& methods, F&& f) {
  if constexpr (constexpr auto n = std::tuple_size_v<Methods>; done < n) {
    const auto& m = std::get<n - 1 - done>(methods);
    if constexpr (is_method_list<std::remove_cvref_t<decltype(m)>>)
      for (auto each = m.rbegin(); each != m.rend(); ++each) f(*each);
    else
      f(m);
    for_each_method_back<done + 1>(methods, f);
  }
}

/// A method's name is a part of names of files and a cell of tables.
/// @throws argument_error unless it can be
inline void check_method_name(std::string_view name) {
  const auto bad = [](char c) {
    return static_cast<unsigned char>(c) < 32 || c == 127 || c == '/' || c == '\\';
  };
  if (name.empty() || std::ranges::any_of(name, bad))
    throw_error<argument_error>(
        "run_study: a method's name must not be empty and have no "
        "slashes, tabs and line ends, got ",
        shown(name));
}

}  // namespace ciess::detail
