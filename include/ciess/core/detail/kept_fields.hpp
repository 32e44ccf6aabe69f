// SPDX-License-Identifier: MIT
/// @file
/// The fields of a state in memory, to put it back later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>

namespace ciess::detail {

/// What a state showed at one moment. Put back into a state that was made with the same options, in
/// the same process or another one of its group: what must agree then does, and is not looked at.
/// Memory: the bytes of the fields.
class kept_fields {
 public:
  template <visitable S>
  explicit kept_fields(S& state) {
    writer keep{this};
    state.visit(keep);
  }

  /// @throws data_error if the state shows other fields than the one that was kept
  template <visitable S>
  void put_into(S& state) const {
    reader put{this};
    state.visit(put);
  }

  /// All of it as bytes, for another process of the same program.
  [[nodiscard]] std::string packed() const {
    std::string all = number(fields_.size());
    for (const field& f : fields_) {
      all += number(f.name.size()) + f.name + number(f.bytes.size());
      all.append(reinterpret_cast<const char*>(f.bytes.data()), f.bytes.size());
    }
    return all;
  }
  /// @throws data_error unless these are the bytes of `packed`
  explicit kept_fields(std::string_view packed) {
    const auto take = [&](std::uint64_t count) {
      if (count > packed.size())
        throw_error<data_error>("kept state: expected ", count, " bytes more, got ", packed.size());
      const std::string_view taken = packed.substr(0, static_cast<std::size_t>(count));
      packed.remove_prefix(taken.size());
      return taken;
    };
    const auto take_number = [&] {
      std::uint64_t value = 0;
      std::memcpy(&value, take(sizeof value).data(), sizeof value);
      return value;
    };
    for (std::uint64_t left = take_number(); left > 0; --left) {
      field& f = fields_.emplace_back();
      f.name = take(take_number());
      const auto bytes = std::as_bytes(std::span(take(take_number())));
      f.bytes.assign(bytes.begin(), bytes.end());
    }
    if (!packed.empty()) throw_error<data_error>("kept state: ", packed.size(), " bytes too many");
  }

 private:
  static std::string number(std::uint64_t value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }

  struct field {
    std::string name;
    std::vector<std::byte> bytes;
  };

  template <class T>
  static auto bytes_of(T& value) {
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<T>>)
      return std::as_writable_bytes(std::span(&value, 1));
    else
      return std::as_writable_bytes(std::span(std::ranges::data(value), std::ranges::size(value)));
  }

  struct writer {
    static constexpr bool reads = false;
    kept_fields* to;
    template <class T>
    void operator()(std::string_view name, T&& value) {
      const auto bytes = bytes_of(value);
      to->fields_.push_back({std::string(name), {bytes.begin(), bytes.end()}});
    }
    template <class T>
    void same(std::string_view, const T&) {}
    void check(std::string_view, bool, std::string_view) {}
  };
  static_assert(field_visitor<writer>);

  struct reader {
    static constexpr bool reads = true;
    const kept_fields* from;
    std::size_t at = 0;
    template <class T>
    void operator()(std::string_view name, T&& value) {
      if (at >= from->fields_.size() || from->fields_[at].name != name)
        throw_error<data_error>("kept state: there is no field ", shown(name), " at its place");
      const auto& bytes = from->fields_[at++].bytes;
      if constexpr (requires { value.resize(std::size_t{}); })
        value.resize(bytes.size() / sizeof(std::ranges::range_value_t<T>));
      const auto to = bytes_of(value);
      if (to.size() != bytes.size())
        throw_error<data_error>("kept state: ", name, ": expected ", to.size(), " bytes, got ",
                                bytes.size());
      if (!bytes.empty()) std::memcpy(to.data(), bytes.data(), bytes.size());
    }
    template <class T>
    void same(std::string_view, const T&) {}
    void check(std::string_view, bool, std::string_view) {}
  };
  static_assert(field_visitor<reader>);

  std::vector<field> fields_;
};

}  // namespace ciess::detail
