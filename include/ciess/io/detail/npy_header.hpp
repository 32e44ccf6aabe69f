// SPDX-License-Identifier: MIT
/// @file
/// The header of an .npy file: a Python dictionary that says what the bytes after it are.
/// Source: numpy.lib.format, versions 1.0 to 3.0.
#pragma once

#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/detail/checked.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>

namespace ciess::detail {

inline constexpr std::string_view npy_magic = "\x93NUMPY";

/// NumPy's name of a type in this machine's byte order: "<f4", "|u1".
template <class T>
  requires(std::is_arithmetic_v<T> || std::same_as<T, float16>)
std::string npy_type() {
  const char order = sizeof(T) == 1 ? '|' : std::endian::native == std::endian::little ? '<' : '>';
  const char kind = std::is_floating_point_v<T> || std::same_as<T, float16> ? 'f'
                    : std::is_signed_v<T>                                   ? 'i'
                                                                            : 'u';
  return std::string{order, kind} + std::to_string(sizeof(T));
}

/// Everything before the numbers of a row-major array, version 1.0.
template <class T>
std::string npy_header_bytes(std::span<const index_t> shape) {
  std::string lengths;
  for (const index_t n : shape) lengths += (lengths.empty() ? "" : ", ") + std::to_string(n);
  if (shape.size() == 1) lengths += ',';  // a tuple of one in Python
  std::string dictionary =
      "{'descr': '" + npy_type<T>() + "', 'fortran_order': False, 'shape': (" + lengths + "), }";
  constexpr std::size_t before = npy_magic.size() + 4;  // version and length
  // Numbers start at a multiple of 64.
  dictionary.append(63 - (before + dictionary.size()) % 64, ' ');
  dictionary += '\n';
  const auto length = dictionary.size();
  std::string bytes(npy_magic);
  bytes += {'\1', '\0', static_cast<char>(length % 256), static_cast<char>(length / 256)};
  return bytes + dictionary;
}

struct npy_header {
  std::string type;           ///< NumPy's name
  bool column_major = false;  ///< else row-major
  std::vector<index_t> shape;
};

/// Reads the dictionary and nothing but it: three keys, once each, in any order.
class npy_header_parser {
 public:
  /// @param name   of the file, for messages
  /// @param start  where in the file the text starts, for messages
  npy_header_parser(std::string_view name, std::string_view text, std::size_t start)
      : name_{name}, text_{text}, start_{start} {}

  /// @throws data_error "name: byte ...: expected ..., got ..."
  npy_header read() && {
    std::optional<std::string> type;
    std::optional<bool> column_major;
    std::optional<std::vector<index_t>> shape;
    expect('{');
    while (peek() != '}') {
      const auto key_at = at_;
      const auto key = string();
      const auto once = [&](auto& field, auto read_value) {
        if (field) fail(key_at, "every key once", shown(key) + " again");
        expect(':');
        field = (this->*read_value)();
      };
      if (key == "descr")
        once(type, &npy_header_parser::string);
      else if (key == "fortran_order")
        once(column_major, &npy_header_parser::truth);
      else if (key == "shape")
        once(shape, &npy_header_parser::tuple);
      else
        fail(key_at, "'descr', 'fortran_order' or 'shape'", shown(key));
      if (peek() != '}') expect(',');
    }
    const auto end_at = at_;
    expect('}');
    if (!type) fail(end_at, "'descr'", "'}'");
    if (!column_major) fail(end_at, "'fortran_order'", "'}'");
    if (!shape) fail(end_at, "'shape'", "'}'");
    const auto padding = text_.find_first_not_of(' ', at_);
    if (padding == std::string_view::npos || padding + 1 != text_.size() || text_[padding] != '\n')
      fail(at_, "blanks and a line feed at the end of the header", shown(text_.substr(at_)));
    return {std::move(*type), *column_major, std::move(*shape)};
  }

 private:
  [[noreturn]] void fail(std::size_t at, std::string_view expected, std::string_view got) const {
    throw_error<data_error>(name_, ": byte ", start_ + at, ": expected ", expected, ", got ", got);
  }
  [[noreturn]] void fail(std::string_view expected) const {
    fail(at_, expected,
         at_ < text_.size() ? shown(text_.substr(at_)) : std::string("the end of the header"));
  }

  /// The next byte that is not blank; NUL at the end.
  char peek() noexcept {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  void expect(char c) {
    if (peek() != c) fail(shown({&c, 1}));
    ++at_;
  }

  std::string string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail("a string in quotes");
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a string that ends");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }

  bool truth() {
    peek();
    for (const std::string_view word : {"True", "False"})
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return word == "True";
      }
    fail("True or False");
  }

  std::vector<index_t> tuple() {
    std::vector<index_t> values;
    bool comma = false;
    expect('(');
    while (peek() != ')') {
      values.push_back(count());
      comma = peek() == ',';
      if (comma || peek() != ')') expect(',');
    }
    if (values.size() == 1 && !comma) fail("','");  // (3) is a number in Python
    ++at_;
    return values;
  }

  index_t count() {
    const char first = peek();
    index_t value = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, code] = std::from_chars(begin, text_.data() + text_.size(), value);
    const bool leading_zero = first == '0' && end - begin > 1;
    if (first < '0' || first > '9' || code != std::errc{} || leading_zero)
      fail("a length from 0 to 2^63 - 1");
    at_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  std::string_view name_;
  std::string_view text_;
  std::size_t start_;
  std::size_t at_ = 0;
};

/// Reads everything before the numbers.
/// @param name  of the file, for messages
/// @param take  callable (count, what) -> std::string: the next bytes of the file
/// @throws data_error "name: ...: expected ..., got ..."
template <class Take>
npy_header read_npy_header(std::string_view name, Take&& take) {
  if (const auto magic = take(npy_magic.size(), "magic bytes"); magic != npy_magic)
    throw_error<data_error>(name, ": expected an .npy file, starting with \\x93NUMPY, got ",
                            shown(magic));
  const auto version = take(2, "version");
  const int major_version = static_cast<unsigned char>(version[0]);
  const int minor_version = static_cast<unsigned char>(version[1]);
  if (major_version < 1 || major_version > 3 || minor_version != 0)
    throw_error<data_error>(name, ": byte 6: expected version 1.0, 2.0 or 3.0, got ", major_version,
                            '.', minor_version);
  const auto digits = take(major_version == 1 ? 2 : 4, "header length");
  std::uint64_t length = 0;
  for (auto d = digits.rbegin(); d != digits.rend(); ++d)
    length = 256 * length + static_cast<unsigned char>(*d);
  constexpr std::uint64_t most = 65535;  // more than any array of plain numbers needs
  if (length > most)
    throw_error<data_error>(name, ": byte 8: expected a header of at most ", most, " bytes, got ",
                            length);
  const auto text = take(length, "header");
  return npy_header_parser(name, text, npy_magic.size() + 2 + digits.size()).read();
}

/// @param at, left  where the numbers begin, and how many bytes there are from there on
/// @throws data_error unless they are as many as the shape says
inline void check_npy_length(std::string_view name, const npy_header& header,
                             std::size_t bytes_each, std::uint64_t at, std::uint64_t left) {
  std::optional<std::uint64_t> bytes = bytes_each;
  std::string shape;
  for (const index_t n : header.shape) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    if (bytes) bytes = product(*bytes, static_cast<std::uint64_t>(n), most);
    shape += (shape.empty() ? "[" : ", ") + std::to_string(n);
  }
  shape += (shape.empty() ? "[] of " : "] of ") + header.type;
  if (!bytes)
    throw_error<data_error>(name, ": shape ", shape, " has more bytes than a file can have");
  if (*bytes != left)
    throw_error<data_error>(name, ": byte ", at, ": expected ", *bytes, " bytes for shape ", shape,
                            ", got ", left);
}

}  // namespace ciess::detail
