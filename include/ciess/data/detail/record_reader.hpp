// SPDX-License-Identifier: MIT
/// @file
/// Lines of text cut into fields.
#pragma once

#include <ciess/data/detail/source.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ciess::detail {

/// Walks over the records of a source. Blank lines are skipped. Fields are views into the source or
/// into the reader; blanks around fields that are not quoted do not belong to them.
class record_reader {
 public:
  /// @param delimiter  between fields: one byte, several ("::"), or " " for any run of blanks
  /// @param quote      around fields that may hold the delimiter and line ends; '\0' for none
  record_reader(const source& s, std::string delimiter, char quote = '\0')
      : source_{&s},
        delimiter_{std::move(delimiter)},
        tab_{delimiter_ == "\t" ? ' ' : '\t'},
        quote_{quote},
        at_{s.bytes.data()},
        end_{at_ + s.bytes.size()} {}

  /// Reads the next record into `fields`; false at the end. Reuses the memory of `fields`.
  /// @throws data_error if a quote is not closed, or text follows a closing quote
  bool next(std::vector<std::string_view>& fields) {
    fields.clear();
    while (at_ != end_) {
      line_ = next_line_;
      const char* stop = line_end(at_);
      const auto text = trimmed({at_, static_cast<std::size_t>(stop - at_)});
      if (text.empty()) {
        skip(stop);
        continue;
      }
      if (quote_ != '\0' && text.find(quote_) != std::string_view::npos) {
        split_quoted(fields);
      } else {
        split(text, fields);
        skip(stop);
      }
      return true;
    }
    return false;
  }

  /// The line on which the last record began, from 1.
  [[nodiscard]] std::int64_t line() const noexcept { return line_; }

 private:
  const char* line_end(const char* from) const noexcept {
    const void* found = std::memchr(from, '\n', static_cast<std::size_t>(end_ - from));
    return found ? static_cast<const char*>(found) : end_;
  }

  /// Goes on after the line end at `stop`.
  void skip(const char* stop) noexcept {
    at_ = stop == end_ ? end_ : stop + 1;
    ++next_line_;
  }

  bool is_blank(char c) const noexcept { return c == ' ' || c == tab_; }

  std::string_view trimmed(std::string_view text) const noexcept {
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
  }

  void split(std::string_view text, std::vector<std::string_view>& fields) const {
    if (delimiter_ == " ") {
      while (!text.empty()) {
        const auto length = std::min(text.find_first_of(" \t"), text.size());
        fields.push_back(text.substr(0, length));
        text = trimmed(text.substr(length));
      }
      return;
    }
    for (;;) {
      const auto length = delimiter_.size() == 1 ? text.find(delimiter_[0]) : text.find(delimiter_);
      fields.push_back(trimmed(text.substr(0, length)));
      if (length == std::string_view::npos) return;
      text.remove_prefix(length + delimiter_.size());
    }
  }

  bool at_delimiter() const noexcept {
    return delimiter_ == " " ? *at_ == ' ' || *at_ == '\t'
                             : std::string_view(at_, static_cast<std::size_t>(end_ - at_))
                                   .starts_with(delimiter_);
  }

  void skip_blanks() noexcept {
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }

  /// A record with quotes: fields one by one, because a quoted one may hold anything.
  void split_quoted(std::vector<std::string_view>& fields) {
    for (;;) {
      skip_blanks();
      if (at_ != end_ && *at_ == quote_) {
        fields.push_back(quoted_field());
        skip_blanks_before_delimiter();
      } else {
        const char* first = at_;
        while (at_ != end_ && *at_ != '\n' && !at_delimiter()) ++at_;
        fields.push_back(trimmed({first, static_cast<std::size_t>(at_ - first)}));
      }
      if (at_ == end_ || *at_ == '\n' || (*at_ == '\r' && line_end(at_) == at_ + 1)) {
        skip(line_end(at_));
        return;
      }
      if (!at_delimiter())
        source_->fail(next_line_, "expected a delimiter after a closing quote, got ",
                      shown({at_, static_cast<std::size_t>(line_end(at_) - at_)}));
      at_ += delimiter_.size();
      if (delimiter_ == " ") {
        skip_blanks();  // at the end of a line they end no field
        if (at_ == end_ || *at_ == '\n' || *at_ == '\r') {
          skip(line_end(at_));
          return;
        }
      }
    }
  }

  void skip_blanks_before_delimiter() noexcept {
    if (delimiter_ != " ") skip_blanks();
  }

  /// What stands between the quote at `at_` and its closing one, doubled quotes made single.
  std::string_view quoted_field() {
    const std::int64_t opened = next_line_;
    const char* first = ++at_;
    bool doubled = false;
    for (; at_ != end_; ++at_) {
      if (*at_ == '\n') ++next_line_;
      if (*at_ != quote_) continue;
      if (at_ + 1 == end_ || at_[1] != quote_) break;
      doubled = true;
      ++at_;
    }
    if (at_ == end_) source_->fail(opened, "expected a closing quote, got the end of the file");
    const std::string_view raw(first, static_cast<std::size_t>(at_++ - first));
    if (!doubled) return raw;
    auto& text = unquoted_.emplace_back();
    for (std::size_t k = 0; k < raw.size(); ++k) {
      text += raw[k];
      if (raw[k] == quote_) ++k;
    }
    return text;
  }

  const source* source_;
  std::string delimiter_;
  char tab_;  ///< the blank besides ' ': a tab unless tabs are the delimiter
  char quote_;
  const char* at_;
  const char* end_;
  std::int64_t line_ = 0;
  std::int64_t next_line_ = 1;
  std::deque<std::string> unquoted_;  ///< fields that differ from the source; a deque moves nothing
};

}  // namespace ciess::detail
