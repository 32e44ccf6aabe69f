// SPDX-License-Identifier: MIT
/// @file
/// Where work that takes long puts its state, so that it can go on after an interruption.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>

namespace ciess {

/// Keeps states by name.
/// - `load(name, state)`  puts the state that was saved last into `state` and returns true; false,
///                        and nothing done, if there is none. Throws `data_error` if it does not
///                        belong to what `state` was made of
/// - `save(name, state)`  whatever happens, what was saved before stays whole until this is
/// - `due()`              whether it is time to save what changes in small steps
template <class S>
concept state_store = requires(S& store, std::string_view name, detail::any_state& state) {
  { store.load(name, state) } -> std::same_as<bool>;
  store.save(name, state);
  { store.due() } -> std::same_as<bool>;
};

/// Keeps nothing.
struct no_store {
  bool load(std::string_view, auto&) const noexcept { return false; }
  void save(std::string_view, auto&) const noexcept {}
  [[nodiscard]] bool due() const noexcept { return false; }
};
static_assert(state_store<no_store>);

/// Work ended because it was asked to; all of it that is done is in the store.
class interrupted : public error {
 public:
  using error::error;
};

}  // namespace ciess
