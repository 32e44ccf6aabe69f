// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>

/// A saved state in memory: the bytes of every field by its name. What a file of fields does,
/// without the file.
using saved_fields = std::map<std::string, std::string>;

namespace detail {

template <class T>
std::string bytes_of(const T& field) {
  if constexpr (std::is_arithmetic_v<T>) {
    return {reinterpret_cast<const char*>(&field), sizeof field};
  } else {
    using number = std::ranges::range_value_t<T>;
    const auto n = std::ranges::size(field) * sizeof(number);
    return n == 0 ? std::string()
                  : std::string(reinterpret_cast<const char*>(std::ranges::data(field)), n);
  }
}

}  // namespace detail

class fields_writer {
 public:
  static constexpr bool reads = false;
  saved_fields saved;

  template <class T>
  void operator()(std::string_view name, T&& field) {
    using type = std::remove_cvref_t<T>;
    std::string bytes;
    // As a file does: spans are views of the state, written when all of it has been shown.
    if constexpr (requires {
                    typename type::element_type;
                    std::ranges::size(field);
                  }) {
      late_.emplace_back(name, std::as_bytes(std::span(field)));
    } else {
      bytes = detail::bytes_of(field);
    }
    if (!saved.emplace(name, std::move(bytes)).second)
      throw std::logic_error("two fields of one name: " + std::string(name));
  }
  /// To be called when the state has been shown.
  void write() {
    for (const auto& [name, bytes] : late_) saved[name] = detail::bytes_of(bytes);
    late_.clear();
  }
  template <class T>
  void same(std::string_view name, const T& value) {
    if (!saved.emplace(std::string(name) + " (same)", detail::bytes_of(value)).second)
      throw std::logic_error("two fields of one name: " + std::string(name));
  }
  void check(std::string_view, bool, std::string_view) {}

 private:
  std::vector<std::pair<std::string, std::span<const std::byte>>> late_;
};

class fields_reader {
 public:
  static constexpr bool reads = true;
  explicit fields_reader(const saved_fields& saved) : saved_{&saved} {}
  std::size_t asked = 0;

  template <class T>
  void operator()(std::string_view name, T&& field) {
    const std::string& bytes = find(name);
    using field_type = std::remove_cvref_t<T>;
    if constexpr (std::is_arithmetic_v<field_type>) {
      if (bytes.size() != sizeof field) refuse(name, "another length");
      std::memcpy(&field, bytes.data(), bytes.size());
    } else {
      using number = std::ranges::range_value_t<field_type>;
      if constexpr (requires { field.resize(std::size_t{1}); })
        field.resize(bytes.size() / sizeof(number));
      if (bytes.size() != std::ranges::size(field) * sizeof(number)) refuse(name, "another length");
      if (!bytes.empty()) std::memcpy(std::ranges::data(field), bytes.data(), bytes.size());
    }
  }
  template <class T>
  void same(std::string_view name, const T& value) {
    if (find(std::string(name) + " (same)") != detail::bytes_of(value))
      refuse(name, "another value");
  }
  void check(std::string_view name, bool right, std::string_view expected) {
    if (!right) refuse(name, "expected " + std::string(expected));
  }

 private:
  const std::string& find(std::string_view name) {
    ++asked;
    const auto found = saved_->find(std::string(name));
    if (found == saved_->end()) refuse(name, "missing");
    return found->second;
  }
  [[noreturn]] static void refuse(std::string_view name, const std::string& why) {
    throw ciess::data_error(std::string(name) + ": " + why);
  }
  const saved_fields* saved_;
};
static_assert(ciess::field_visitor<fields_writer> && ciess::field_visitor<fields_reader>);

template <class S>
saved_fields save_fields(S& state) {
  fields_writer f;
  state.visit(f);
  f.write();
  return f.saved;
}

template <class S>
void load_fields(const saved_fields& saved, S& state) {
  fields_reader f(saved);
  state.visit(f);
  if (f.asked != saved.size()) throw ciess::data_error("not every field was asked for");
}
