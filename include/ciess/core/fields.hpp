// SPDX-License-Identifier: MIT
/// @file
/// One list of the fields of a state, for those who save it and for those who load it.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ciess {

/// What a state shows its fields to: `state.visit(f)` calls `f` once for each, by a name of its
/// own, so that what is saved and what is loaded cannot differ.
///
/// - `F::reads`                whether fields are given new values, or only looked at
/// - `f(name, number&)`        any arithmetic type
/// - `f(name, std::string&)`
/// - `f(name, std::span<T>)`   numbers whose count the state knows; its own, not of something that
///                             was made for the visit: they are written after it
/// - `f(name, std::vector<T>&)`  numbers whose count is part of the state
/// - `f.same(name, value)`     an option, or something derived: what is loaded must be equal. A
///                             number, a text, or a span of numbers
/// - `f.check(name, right, expected)`  refuses what was loaded unless it is `right`
template <class F>
concept field_visitor =
    requires(F& f, std::string_view name, std::int64_t& number, std::span<float> fixed,
             std::vector<std::uint16_t>& numbers, std::string& text, std::span<const double> list) {
      requires std::same_as<std::remove_cvref_t<decltype(F::reads)>, bool>;
      f(name, number);
      f(name, fixed);
      f(name, numbers);
      f(name, text);
      f.same(name, std::int64_t{1});
      f.same(name, std::string_view{});
      f.same(name, list);
      f.check(name, true, std::string_view{});
    };

/// The fields of a part of a state: hands them on, each under a name that begins with the part's.
template <class F>
class field_group {
 public:
  static constexpr bool reads = F::reads;

  field_group(F& all, std::string_view part) : all_{&all}, prefix_{std::string(part) + '.'} {}

  template <class T>
  void operator()(std::string_view name, T&& field) {
    (*all_)(prefix_ + std::string(name), std::forward<T>(field));
  }
  template <class T>
  void same(std::string_view name, const T& value) {
    all_->same(prefix_ + std::string(name), value);
  }
  void check(std::string_view name, bool right, std::string_view expected) {
    all_->check(prefix_ + std::string(name), right, expected);
  }

 private:
  F* all_;
  std::string prefix_;
};

namespace detail {

/// What stands in for a visitor where only a concept asks.
struct any_fields {
  static constexpr bool reads = false;
  template <class T>
  void operator()(std::string_view, T&&) {}
  template <class T>
  void same(std::string_view, const T&) {}
  void check(std::string_view, bool, std::string_view) {}
};
static_assert(field_visitor<any_fields>);

[[nodiscard]] inline bool all_finite(const std::ranges::contiguous_range auto& numbers) noexcept {
  return std::ranges::all_of(numbers, [](auto x) { return std::isfinite(x); });
}

/// What stands in for a state.
struct any_state {
  template <class F>
  void visit(F&) {}
};

}  // namespace detail

/// Shows the fields of a state to a callable (name, field), without their conditions: to look at
/// them in a test, or to copy them out.
template <class Look>
struct field_look {
  static constexpr bool reads = false;
  Look look;
  template <class T>
  void operator()(std::string_view name, T&& field) {
    look(name, std::forward<T>(field));
  }
  template <class T>
  void same(std::string_view, const T&) {}
  void check(std::string_view, bool, std::string_view) {}
};

/// A state that can be saved and loaded: it shows all of its fields.
template <class S>
concept visitable = requires(S& state, detail::any_fields& f) { state.visit(f); };

/// Visits a part of a state, if it has anything to show: a part without `visit` is taken for one
/// that never changes.
template <class F, class Part>
void visit_part(F& f, std::string_view name, Part& part) {
  static_assert(visitable<Part> || !visitable<std::remove_const_t<Part>>,
                "ciess: what must agree is looked at, not changed: its visit(f) must be const");
  if constexpr (visitable<Part>) {
    field_group<F> group(f, name);
    part.visit(group);
  }
}

/// 64 bits that stand for many numbers, where a state wants to know whether they are the same as
/// before and cannot keep them all: FNV-1a over their bytes. Not against forgery.
template <class T>
  requires std::is_arithmetic_v<T>
[[nodiscard]] std::uint64_t fingerprint(std::span<const T> numbers,
                                        std::uint64_t before = 0xCBF29CE484222325ULL) noexcept {
  for (const std::byte b : std::as_bytes(numbers))
    before = (before ^ static_cast<std::uint64_t>(b)) * 0x100000001B3ULL;
  return before;
}

}  // namespace ciess
