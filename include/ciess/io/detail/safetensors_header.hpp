// SPDX-License-Identifier: MIT
/// @file
/// The header of a safetensors file: a JSON object that says what the bytes after it are.
/// Source: the format's description, github.com/huggingface/safetensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/io/tensor_type.hpp>

namespace ciess::detail {

/// The format's own limit.
inline constexpr std::uint64_t safetensors_max_header = 100'000'000;
inline constexpr std::string_view safetensors_metadata = "__metadata__";

/// What a header says of a tensor; begin and end count from the first byte behind the header.
struct safetensors_entry {
  std::string name;
  tensor_type type{};
  std::vector<index_t> shape{};
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::size_t number = 0;  // among the entries of the header
};

/// Takes what nlohmann's parser reads, piece by piece: it goes no deeper than the format does, and
/// sees a key that comes twice. Names of tensors may come twice; who gets them has to look.
class safetensors_header_reader {
 public:
  explicit safetensors_header_reader(std::string_view file) : file_{file} {}

  /// @param text  without the spaces behind it
  /// @throws data_error "file: ...: expected ..., got ..."
  void read(std::string_view text) {
    // To the parser, a NUL is the end of its text.
    if (const auto nul = text.find('\0'); nul != std::string_view::npos)
      throw_error<data_error>(file_, ": byte ", before + nul, ": expected JSON, got a NUL");
    nlohmann::json::sax_parse(text.begin(), text.end(), this);
  }

  std::map<std::string, std::string> metadata;
  std::vector<safetensors_entry> tensors;

  // What the parser calls.
  bool null() { unexpected("null"); }
  bool boolean(bool value) { unexpected(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) { unexpected(std::to_string(value)); }
  bool number_float(double, std::string digits) {
    // The parser puts the point of C's locale in its place.
    const auto point = digits.find_first_not_of("0123456789+-eE");
    if (point != std::string::npos) digits[point] = '.';
    unexpected(digits);
  }
  bool binary(const std::vector<std::uint8_t>&) { unexpected("bytes"); }
  bool number_unsigned(std::uint64_t value) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<index_t>::max());
    if (place_ != place::list || value > most) unexpected(std::to_string(value));
    if (field_ == "shape")
      tensors.back().shape.push_back(static_cast<index_t>(value));
    else
      offsets_.push_back(value);
    if (tensors.back().shape.size() > most_dimensions || offsets_.size() > 2)
      unexpected("one more");
    return true;
  }
  bool string(const std::string& value) {
    if (place_ == place::metadata) {
      metadata[key_] = value;
    } else if (place_ == place::tensor && field_ == "dtype") {
      const auto type = find_tensor_type(value);
      if (!type) unexpected(shown(value));
      tensors.back().type = *type;
    } else {
      unexpected("the text " + shown(value));
    }
    return true;
  }
  bool start_array(std::size_t) {
    if (place_ != place::tensor || (field_ != "shape" && field_ != "data_offsets"))
      unexpected("a list");
    place_ = place::list;
    return true;
  }
  bool end_array() {
    if (field_ == "data_offsets" && offsets_.size() != 2) unexpected("the end of the list");
    place_ = place::tensor;
    return true;
  }
  bool start_object(std::size_t) {
    if (place_ == place::start) {
      place_ = place::names;
    } else if (place_ == place::names && key_ == safetensors_metadata) {
      place_ = place::metadata;
    } else if (place_ == place::names) {
      tensors.push_back({.name = key_});
      has_type_ = has_shape_ = has_offsets_ = false;
      offsets_.clear();
      place_ = place::tensor;
    } else {
      unexpected("an object");
    }
    return true;
  }
  bool key(const std::string& name) {
    if (place_ == place::names) {
      key_ = name;
      once(has_metadata_, name == safetensors_metadata);
    } else if (place_ == place::metadata) {
      key_ = name;
      if (metadata.contains(name)) again();
    } else {
      field_ = name;
      once(has_type_, name == "dtype");
      once(has_shape_, name == "shape");
      once(has_offsets_, name == "data_offsets");
      if (name != "dtype" && name != "shape" && name != "data_offsets") {
        field_.clear();
        fail("expected 'dtype', 'shape' or 'data_offsets', got " + shown(name));
      }
    }
    return true;
  }
  bool end_object() {
    if (place_ == place::tensor) {
      field_.clear();
      if (!has_type_ || !has_shape_ || !has_offsets_)
        fail(std::string("expected ") +
             (!has_type_    ? "'dtype'"
              : !has_shape_ ? "'shape'"
                            : "'data_offsets'") +
             ", got the end of the tensor");
      tensors.back().begin = offsets_[0];
      tensors.back().end = offsets_[1];
    }
    place_ = place::names;
    key_.clear();
    return true;
  }
  bool parse_error(std::size_t position, const std::string& text,
                   const nlohmann::json::exception&) {
    throw_error<data_error>(file_, ": byte ", before + (position > 0 ? position - 1 : 0),
                            ": expected JSON, got ", shown(text));
  }

 private:
  enum class place { start, names, metadata, tensor, list };
  static constexpr std::size_t before = 8;  // bytes of the file before the header
  static constexpr std::size_t most_dimensions = 64;

  void once(bool& seen, bool now) {
    if (now && seen) again();
    seen = seen || now;
  }
  [[noreturn]] void again() {
    fail("expected every key once, got " + shown(place_ == place::tensor ? field_ : key_) +
         " again");
  }
  [[noreturn]] void unexpected(const std::string& got) {
    std::string_view expected = "an object";  // in a list, and at the start
    if (place_ == place::metadata)
      expected = "a text";
    else if (field_ == "dtype")
      expected = "the name of a type";
    else if (field_ == "shape")
      expected = "a list of at most 64 lengths from 0 to 2^63 - 1";
    else if (field_ == "data_offsets")
      expected = "a list of two numbers from 0 to 2^63 - 1";
    fail(std::string("expected ").append(expected) + ", got " + got);
  }
  [[noreturn]] void fail(const std::string& what) const {
    std::string where = place_ == place::start ? "header" : "header: " + shown(key_);
    if (place_ == place::metadata) where = "header: '__metadata__': " + shown(key_);
    if ((place_ == place::tensor || place_ == place::list) && !field_.empty())
      where += ": " + shown(field_);
    throw_error<data_error>(file_, ": ", where, ": ", what);
  }

  std::string_view file_;
  place place_ = place::start;
  std::string key_;    // of the object that is read
  std::string field_;  // of the tensor that is read
  std::vector<std::uint64_t> offsets_;
  bool has_metadata_ = false;
  bool has_type_ = false;
  bool has_shape_ = false;
  bool has_offsets_ = false;
};

}  // namespace ciess::detail
