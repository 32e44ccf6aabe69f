// SPDX-License-Identifier: MIT
/// @file
/// A text file piece by piece, so that it need not be in memory as a whole.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/data/detail/source.hpp>

namespace ciess::detail {

/// Pieces of whole lines of a text, each checked to be text.
class text_pieces {
 public:
  static constexpr std::size_t usual_bytes = std::size_t{1} << 23;

  /// A text that is in memory, as one piece.
  text_pieces(std::string name, std::string text) : current_{std::move(name), std::move(text)} {
    total_ = current_.bytes.size();
    begin();
  }
  /// @param total  bytes of the stream if that is known, else 0
  /// @param bytes  of a piece, about
  /// @throws io_error if the stream fails
  text_pieces(std::istream& in, std::string name, std::uintmax_t total,
              std::size_t bytes = usual_bytes)
      : current_{std::move(name), {}}, in_{&in}, piece_{bytes} {
    if (!in) throw_error<io_error>(current_.name, ": cannot read: the stream has failed before");
    fill();
    while (in_ && current_.bytes.find_first_not_of(" \t\r\n") == std::string::npos) fill();
    total_ = static_cast<std::size_t>(std::max<std::uintmax_t>(total, current_.bytes.size()));
    begin();
  }
  text_pieces(const text_pieces&) = delete;
  text_pieces& operator=(const text_pieces&) = delete;

  /// The piece at hand; where it is stays the same, what it holds does not.
  [[nodiscard]] const source& current() const noexcept { return current_; }
  /// Its first line, from 1.
  [[nodiscard]] std::int64_t line() const noexcept { return line_; }
  /// About how many lines there are in all, from those of the first piece.
  [[nodiscard]] std::size_t expected_lines() const noexcept { return expected_; }

  /// Goes on to the next piece; false if there is none.
  /// @param quote  if it occurs, the piece is all that is left: what it quotes may end anywhere.
  ///               '\0': none
  bool next(char quote) {
    if (in_ == nullptr && rest_.empty()) return false;
    line_ += std::ranges::count(current_.bytes, '\n');
    current_.bytes.clear();
    fill();
    check_signs(current_, line_);
    complete(quote);
    return true;
  }

  /// Makes the piece at hand all that is left, if the quote occurs in it.
  void complete(char quote) {
    if (quote == '\0' || current_.bytes.find(quote) == std::string::npos) return;
    current_.bytes += rest_;
    rest_.clear();
    if (in_ == nullptr) return;
    append_rest(*in_, current_.name, current_.bytes);
    in_ = nullptr;
    check_signs(current_, line_);
  }

 private:
  /// Looks at the first piece.
  void begin() {
    if (current_.bytes.find_first_not_of(" \t\r\n") == std::string::npos)
      throw_error<data_error>(current_.name, ": expected impressions, got an empty file");
    const auto bytes = static_cast<double>(current_.bytes.size());
    const auto lines = static_cast<double>(std::ranges::count(current_.bytes, '\n'));
    const double more = static_cast<double>(total_) / bytes;
    // Of a whole text the number is exact; else a little more, for a second allocation costs more.
    expected_ = static_cast<std::size_t>(lines * more * (more > 1 ? 1.02 : 1)) + 1;
    current_ = checked(std::move(current_));
  }

  /// Reads a piece up to a line end, and keeps what comes after it.
  void fill() {
    std::string& bytes = current_.bytes;
    bytes += rest_;
    rest_.clear();
    while (in_ != nullptr) {
      const std::size_t old = bytes.size();
      bytes.resize(old + piece_);
      in_->read(bytes.data() + old, static_cast<std::streamsize>(piece_));
      bytes.resize(old + static_cast<std::size_t>(in_->gcount()));
      if (in_->bad()) throw_error<io_error>(current_.name, ": cannot read");
      if (!*in_) {
        in_ = nullptr;
        return;
      }
      if (const auto end = bytes.rfind('\n'); end != std::string::npos) {
        rest_.assign(bytes, end + 1);
        bytes.resize(end + 1);
        return;
      }
    }
  }

  source current_;
  std::istream* in_ = nullptr;  ///< nothing once it is read to its end
  std::size_t piece_ = usual_bytes;
  std::string rest_;  ///< the beginning of the next piece
  std::size_t total_ = 0;
  std::size_t expected_ = 0;
  std::int64_t line_ = 1;
};

}  // namespace ciess::detail
