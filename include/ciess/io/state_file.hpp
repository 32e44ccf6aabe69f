// SPDX-License-Identifier: MIT
/// @file
/// The state of a policy, a search or whatever else shows its fields, as a safetensors file.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/text.hpp>
#include <ciess/core/version.hpp>
#include <ciess/io/file_system.hpp>
#include <ciess/io/mapped_file.hpp>
#include <ciess/io/safetensors.hpp>
#include <ciess/io/tensor_type.hpp>

namespace ciess {
namespace detail {

inline constexpr std::string_view state_format = "ciess-state-1";

/// Collects fields as tensors: a number has no dimension, a text is its bytes.
class state_writer {
 public:
  static constexpr bool reads = false;

  template <class T>
  void operator()(std::string_view name, T&& field) {
    using type = std::remove_cvref_t<T>;
    if constexpr (std::is_arithmetic_v<type>) {
      add(name, {}, kept(std::span<const type>(&field, 1)));
    } else {
      using number = std::remove_cv_t<std::ranges::range_value_t<type>>;
      const std::span<const number> all(std::ranges::data(field), std::ranges::size(field));
      // A span is a view of the state, which stays; anything else may be gone after its visit.
      constexpr bool stays = std::same_as<type, std::span<number>>;
      add(name, {static_cast<index_t>(all.size())}, stays ? all : kept(all));
    }
  }
  template <class T>
  void same(std::string_view name, const T& value) {
    (*this)(name, value);
  }
  /// @throws numeric_error: what could not be loaded again is not saved
  void check(std::string_view name, bool right, std::string_view expected) const {
    if (!right) throw_error<numeric_error>("cannot save ", shown(name), ": expected ", expected);
  }

  safetensors_writer file;

 private:
  template <class T>
  void add(std::string_view name, std::vector<index_t> shape, std::span<const T> numbers) {
    if constexpr (std::same_as<T, char>)
      file.add(std::string(name), std::move(shape),
               std::span(reinterpret_cast<const std::uint8_t*>(numbers.data()), numbers.size()));
    else
      file.add(std::string(name), std::move(shape), numbers);
  }

  template <class T>
  std::span<const T> kept(std::span<const T> numbers) {
    const auto bytes = std::as_bytes(numbers);
    // Whole 16-byte units: aligned for every number.
    auto& copy = copies_.emplace_back((bytes.size() + sizeof(unit) - 1) / sizeof(unit));
    if (!bytes.empty()) std::memcpy(copy.data(), bytes.data(), bytes.size());
    return {reinterpret_cast<const T*>(copy.data()), numbers.size()};
  }

  struct alignas(16) unit {
    std::byte bytes[16];
  };
  std::deque<std::vector<unit>> copies_;
};
static_assert(field_visitor<state_writer>);

/// Gives fields what a file has for them.
class state_reader {
 public:
  static constexpr bool reads = true;

  explicit state_reader(const safetensors_view& file) : file_{&file} {}

  template <class T>
  void operator()(std::string_view name, T&& field) {
    using type = std::remove_cvref_t<T>;
    if constexpr (std::is_arithmetic_v<type>) {
      field = numbers<type>(name, {})[0];
    } else {
      using number = std::ranges::range_value_t<type>;
      const auto& shape = tensor(name).shape;
      if (shape.size() != 1) refuse(name, "expected one dimension, got ", shape.size());
      const index_t count = shape[0];
      if constexpr (requires { field.resize(std::size_t{}); })
        field.resize(static_cast<std::size_t>(count));
      else if (std::cmp_not_equal(count, field.size()))
        refuse(name, "expected ", field.size(), " numbers, got ", count);
      const auto from = numbers<number>(name, std::span(&count, 1));
      std::ranges::copy(from, std::ranges::begin(field));
    }
  }

  template <class T>
  void same(std::string_view name, const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      if (const T got = numbers<T>(name, {})[0]; got != value)
        refuse(name, "it was saved with ", shortest_text(+got), ", expected ",
               shortest_text(+value));
    } else {
      using number = std::remove_cv_t<std::ranges::range_value_t<T>>;
      std::vector<number> got;
      (*this)(name, got);
      if (std::ranges::equal(got, value)) return;
      const auto at = static_cast<std::size_t>(std::ranges::mismatch(got, value).in1 - got.begin());
      if constexpr (std::same_as<number, char>)
        refuse(name, "it was saved with ", line_at({got.data(), got.size()}, at), ", expected ",
               line_at(value, at));
      else if (const std::size_t count = std::ranges::size(value); count == got.size())
        refuse(name, "it was saved with ", number_at(got, at), " as number ", at + 1, " of ", count,
               ", expected ", number_at(value, at));
      else
        refuse(name, "it was saved with ", got.size(), " numbers, expected ", count, "; number ",
               at + 1, " was ", number_at(got, at), ", expected ", number_at(value, at));
    }
  }

  void check(std::string_view name, bool right, std::string_view expected) const {
    if (!right) refuse(name, "expected ", expected);
  }

  /// @throws data_error if the file has a field that nobody asked for
  void finish() const {
    for (const auto& t : file_->tensors())
      if (!asked_.contains(t.name)) refuse(t.name, "there is no such field");
  }

 private:
  template <class... Parts>
  [[noreturn]] void refuse(std::string_view name, const Parts&... parts) const {
    throw_error<data_error>(file_->name(), ": ", name, ": ", parts...);
  }

  const tensor_view& tensor(std::string_view name) {
    const auto& found = file_->at(name);
    asked_.emplace(name);
    return found;
  }

  template <class T>
  std::span<const T> numbers(std::string_view name, std::span<const index_t> shape) {
    (void)tensor(name);
    if constexpr (std::same_as<T, char>) {
      const auto bytes = file_->numbers<std::uint8_t>(name, shape);
      return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    } else {
      return file_->numbers<T>(name, shape);
    }
  }

  /// The line of a text that a character is in; of a long one the part around it.
  static std::string line_at(std::string_view text, std::size_t at) {
    std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is 0
    if (at - begin > 20) begin = at - 20;
    return shown(text.substr(begin, text.find('\n', at) - begin));
  }

  static std::string number_at(const std::ranges::contiguous_range auto& list, std::size_t at) {
    return at < std::ranges::size(list) ? shortest_text(+std::ranges::data(list)[at]) : "none";
  }

  const safetensors_view* file_;
  std::set<std::string, std::less<>> asked_;
};
static_assert(field_visitor<state_reader>);

}  // namespace detail

/// Writes all fields of a state: beside, synced, renamed. The same state makes the same bytes.
/// @param kind           what it is a state of, in one word; `load_state` wants the same
/// @param keep_previous  leaves what was there as `path` + ".previous"
/// @param about          texts to go with it, by keys other than "format", "kind" and "ciess"
/// @param files          what writes it
/// @throws io_error as `write_file`; numeric_error if a field has become what could not be loaded
///         again; what was there is then still there
/// Memory: fields that are not spans once more, one after the other kept until it is written.
template <visitable S, file_system Files = system_files>
void save_state(const std::filesystem::path& path, std::string_view kind, S& state,
                bool keep_previous = false, const std::map<std::string, std::string>& about = {},
                Files files = {}) {
  detail::state_writer fields;
  fields.file.metadata("format", std::string(detail::state_format));
  fields.file.metadata("kind", std::string(kind));
  fields.file.metadata("ciess", std::string(version));
  for (const auto& [key, text] : about) fields.file.metadata(key, text);
  state.visit(fields);
  fields.file.save(path, keep_previous, std::move(files));
}

/// Puts what `save_state` wrote into a state that was made with the same options. A state that can
/// be copied is changed only if all is well; another one is of no use after an exception.
/// @throws io_error if the file cannot be read; data_error, naming the field, if it is not such a
///         file, is of another kind or version, or does not belong to this state
template <visitable S>
void load_state(const std::filesystem::path& path, std::string_view kind, S& state) {
  const mapped_file bytes(path);
  const safetensors_view file(bytes.bytes(), path.string());
  const auto expect = [&](std::string_view key, std::string_view value) {
    if (file.text(key) != value)
      detail::throw_error<data_error>(path.string(), ": ", key, ": expected ", detail::shown(value),
                                      ", got ", detail::shown(file.text(key)));
  };
  expect("format", detail::state_format);
  expect("kind", kind);
  expect("ciess", version);
  const auto read = [&](S& into) {
    detail::state_reader fields(file);
    into.visit(fields);
    fields.finish();
  };
  if constexpr (std::copyable<S>) {
    S loaded = state;
    read(loaded);
    state = std::move(loaded);
  } else {
    read(state);
  }
}

}  // namespace ciess
