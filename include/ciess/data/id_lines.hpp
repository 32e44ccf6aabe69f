// SPDX-License-Identifier: MIT
/// @file
/// Lines of ids as they come through a pipe, one at a time.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

#include <ciess/core/error.hpp>

namespace ciess {

/// Reads lines without what programs put around them: a line feed, one carriage return before it,
/// and the mark of UTF-8 at the start of the first line. A last line needs no line feed.
class id_lines {
 public:
  /// @param in  stays where it is
  explicit id_lines(std::istream& in) : in_{&in} {}

  /// Reads the next line; waits for it.
  /// @returns false if there is none
  /// @throws io_error if the stream fails otherwise than by its end
  [[nodiscard]] bool next() {
    if (!std::getline(*in_, line_)) {
      if (in_->bad() || !in_->eof())
        detail::throw_error<io_error>("line ", number_ + 1, ": cannot read");
      return false;
    }
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (++number_ == 1 && line_.starts_with(mark)) line_.erase(0, mark.size());
    if (line_.ends_with('\r')) line_.pop_back();
    return true;
  }

  /// The line that was read last.
  [[nodiscard]] const std::string& line() const noexcept { return line_; }
  /// Its number, from 1.
  [[nodiscard]] std::int64_t number() const noexcept { return number_; }

 private:
  std::istream* in_;
  std::string line_;
  std::int64_t number_ = 0;
};

}  // namespace ciess
