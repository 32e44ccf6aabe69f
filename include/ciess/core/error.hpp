// SPDX-License-Identifier: MIT
/// @file
/// The exceptions of the library and the cold path that throws them.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <ciess/core/text.hpp>

namespace ciess {

/// Base of everything the library throws on purpose. Thrown before any state changes.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An option, a length or a shape is outside what a function states.
class argument_error : public error {
 public:
  using error::error;
};

/// The content of a file or of a data set is wrong; the text names file and line where there is
/// one.
class data_error : public error {
 public:
  using error::error;
};

/// The system refused: a file that cannot be opened, read or written.
class io_error : public error {
 public:
  using error::error;
};

/// A number that must be finite is not (a loss, a score, a reward).
class numeric_error : public error {
 public:
  using error::error;
};

namespace detail {

/// Throws `Error` with the parts one after the other, as `joined` writes them in any locale. Cold
/// and never inlined: what refuses shall neither swell what works nor take long to compile.
template <class Error, class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void throw_error(const Parts&... parts) {
  throw Error(joined(parts...));
}

/// A piece of a file for a message: in quotes, at most 40 bytes, control bytes as question marks.
inline std::string shown(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 40)) out += static_cast<unsigned char>(c) < 32 ? '?' : c;
  return out + (text.size() > 40 ? "...'" : "'");
}

/// "[2, 3]"
inline std::string shown_shape(const auto& shape) {
  std::string text = "[";
  for (const auto n : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(n);
  return text + "]";
}

}  // namespace detail
}  // namespace ciess
