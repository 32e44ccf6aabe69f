// SPDX-License-Identifier: MIT
/// @file
/// Lines of text cut into fields.
#pragma once

#include <ciess/data/detail/source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ciess::detail {

/// The fields of a line.
using record = std::vector<std::string_view>;

/// What quotes mean.
enum class quoting : std::uint8_t {
  none,
  whole,     ///< around a field between two delimiters that begins and ends with one
  one_line,  ///< around a field that may hold delimiters, but ends on its line
  anywhere   ///< around a field that may hold delimiters and line ends
};

/// How a file is cut into records and fields.
struct cutting {
  std::string delimiter{};  ///< one byte, several ("::"), or " " for any run of blanks
  char quote = '\0';
  quoting quotes = quoting::none;
  /// Whether a quoted field may run over lines that are records by themselves. If not, such a
  /// field is refused: it is more likely that a quote is part of the text.
  bool trust_quotes = false;
  char comment = '\0';  ///< what lines begin with that are skipped
  /// Lines that begin with one of these are refused: comments or ids, that is not certain.
  bool refuse_signs = false;
  std::size_t begin = 0;  ///< where the first record begins
  std::int64_t line = 1;  ///< and its line
};

/// Walks over the records of a source. Blank lines are skipped. Fields are views into the source or
/// into the reader; blanks around fields that are not quoted do not belong to them.
class record_reader {
 public:
  record_reader(const source& s, const cutting& how)
      : source_{&s},
        how_{how},
        tab_{how.delimiter == "\t" ? ' ' : '\t'},
        quote_{how.quotes == quoting::none ? '\0' : how.quote},
        at_{s.bytes.data() + how.begin},
        end_{s.bytes.data() + s.bytes.size()},
        next_line_{how.line} {}

  /// Reads the next record into `fields`; false at the end. Reuses the memory of `fields`.
  /// @throws data_error if a quote is not closed, text follows a closing quote, a quoted field runs
  ///         over lines that are records, or a line could be a comment
  bool next(record& fields) {
    fields.clear();
    while (at_ != end_) {
      line_ = next_line_;
      const char* stop = line_end(at_);
      const auto text = trimmed({at_, static_cast<std::size_t>(stop - at_)});
      if (text.empty()) {
        skip(stop);
        continue;
      }
      if (text.front() == how_.comment && how_.comment != '\0') {
        ++comments_;
        skip(stop);
        continue;
      }
      if (how_.refuse_signs && (text.front() == '#' || text.front() == '%'))
        source_->fail(line_, "begins with '", text.front(), "': a comment or an id? `comment` '",
                      text.front(), "' skips such lines, none reads them (--comment)");
      const bool quoted = quote_ != '\0' && text.find(quote_) != std::string_view::npos;
      if (quoted && how_.quotes != quoting::whole) {
        split_quoted(fields);
      } else {
        split(text, fields);
        if (quoted) unquote(fields);
        skip(stop);
      }
      return true;
    }
    return false;
  }

  /// The line on which the last record began, from 1.
  [[nodiscard]] std::int64_t line() const noexcept { return line_; }
  /// Lines skipped as comments so far.
  [[nodiscard]] std::int64_t comments() const noexcept { return comments_; }
  /// Lines of the longest record so far, and where it begins.
  [[nodiscard]] std::int64_t longest() const noexcept { return longest_; }
  [[nodiscard]] std::int64_t longest_line() const noexcept { return longest_line_; }

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
    // At the end of a file there may be several carriage returns, with blanks among them.
    while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    return text;
  }

  void split(std::string_view text, record& fields) const {
    if (how_.delimiter == " ") {
      while (!text.empty()) {
        const auto length = std::min(text.find_first_of(" \t"), text.size());
        fields.push_back(text.substr(0, length));
        text = trimmed(text.substr(length));
      }
      return;
    }
    const std::string_view d = how_.delimiter;
    for (;;) {
      auto length = text.find(d[0]);
      while (length != std::string_view::npos && d.size() > 1 &&
             !text.substr(length).starts_with(d))
        length = text.find(d[0], length + 1);
      fields.push_back(trimmed(text.substr(0, length)));
      if (length == std::string_view::npos) return;
      text.remove_prefix(length + d.size());
    }
  }

  /// How many fields a line has if its quotes mean nothing.
  std::size_t plain_fields(std::string_view text) const {
    record fields;
    split(trimmed(text), fields);
    return fields.size();
  }

  void unquote(record& fields) {
    for (auto& f : fields)
      if (f.size() > 1 && f.front() == quote_ && f.back() == quote_) {
        const auto inside = f.substr(1, f.size() - 2);
        if (is_doubled(inside)) f = single(inside);
      }
  }

  /// Whether all quotes in a text come in twos.
  bool is_doubled(std::string_view text) const noexcept {
    for (std::size_t k = 0; k < text.size(); ++k) {
      if (text[k] != quote_) continue;
      ++k;
      if (k == text.size() || text[k] != quote_) return false;
    }
    return true;
  }

  /// The text with each doubled quote made single.
  std::string_view single(std::string_view raw) {
    if (raw.find(quote_) == std::string_view::npos) return raw;
    auto& text = unquoted_.emplace_back();
    for (std::size_t k = 0; k < raw.size(); ++k) {
      text += raw[k];
      if (raw[k] == quote_) ++k;
    }
    return text;
  }

  bool at_delimiter() const noexcept {
    return how_.delimiter == " " ? *at_ == ' ' || *at_ == '\t'
                                 : std::string_view(at_, static_cast<std::size_t>(end_ - at_))
                                       .starts_with(how_.delimiter);
  }

  bool at_line_end() const noexcept {
    return at_ == end_ || *at_ == '\n' || (*at_ == '\r' && line_end(at_) == at_ + 1);
  }

  void skip_blanks() noexcept {
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }

  /// A record with quotes: fields one by one, because a quoted one may hold anything.
  void split_quoted(record& fields) {
    const char* const begin = at_;
    for (;;) {
      skip_blanks();
      if (at_ != end_ && *at_ == quote_ && (how_.quotes == quoting::anywhere || closes_here())) {
        fields.push_back(quoted_field());
        if (how_.delimiter != " ") skip_blanks();
      } else {
        const char* first = at_;
        while (at_ != end_ && *at_ != '\n' && !at_delimiter()) ++at_;
        fields.push_back(trimmed({first, static_cast<std::size_t>(at_ - first)}));
      }
      if (at_line_end()) break;
      if (!at_delimiter())
        source_->fail(next_line_, "expected a delimiter after a closing quote, got ",
                      shown({at_, static_cast<std::size_t>(line_end(at_) - at_)}),
                      "; where quotes are part of the text: `quote` none (--quote)");
      at_ += how_.delimiter.size();
      if (how_.delimiter == " ") {
        skip_blanks();  // at the end of a line they end no field
        if (at_line_end()) break;
      }
    }
    if (next_line_ > line_) look_at_lines(begin);
    skip(line_end(at_));
  }

  /// Whether the quote at `at_` opens a field that ends on this line.
  bool closes_here() const noexcept {
    for (const char* c = at_ + 1; c != end_ && *c != '\n'; ++c) {
      if (*c != quote_) continue;
      if (c + 1 != end_ && c[1] == quote_) {
        ++c;
        continue;
      }
      return c + 1 == end_ || is_blank(c[1]) || c[1] == '\n' || c[1] == '\r';
    }
    return false;
  }

  /// A record of several lines, from `begin` to the line end at `at_`.
  void look_at_lines(const char* begin) {
    const std::int64_t lines = next_line_ - line_ + 1;
    if (lines > longest_) {
      longest_ = lines;
      longest_line_ = line_;
    }
    if (how_.trust_quotes) return;
    std::vector<std::size_t> counts;
    for (const char* from = begin; from < at_;) {
      const char* stop = line_end(from);
      counts.push_back(plain_fields({from, static_cast<std::size_t>(stop - from)}));
      from = stop == end_ ? end_ : stop + 1;
    }
    // What more than half of the lines have is also what stands in the middle.
    std::ranges::sort(counts);
    const std::size_t n = counts[counts.size() / 2];
    const auto same = std::ranges::equal_range(counts, n);
    if (n > 1 && 2 * same.size() > counts.size())
      source_->fail(line_, "a quoted field runs from here to line ", next_line_,
                    ", over lines that would be records of ", n,
                    " fields: where quotes are part of the text, `quote` none, else '", quote_,
                    "' (--quote)");
  }

  /// What stands between the quote at `at_` and its closing one, doubled quotes made single.
  std::string_view quoted_field() {
    const std::int64_t opened = next_line_;
    const char* first = ++at_;
    for (; at_ != end_; ++at_) {
      if (*at_ == '\n') ++next_line_;
      if (*at_ != quote_) continue;
      if (at_ + 1 == end_ || at_[1] != quote_) break;
      ++at_;
    }
    if (at_ == end_)
      source_->fail(opened,
                    "expected a closing quote, got the end of the file; where quotes are part of "
                    "the text: `quote` none (--quote)");
    return single({first, static_cast<std::size_t>(at_++ - first)});
  }

  const source* source_;
  cutting how_;
  char tab_;  ///< the blank besides ' ': a tab unless tabs are the delimiter
  char quote_;
  const char* at_;
  const char* end_;
  std::int64_t line_ = 0;
  std::int64_t next_line_ = 1;
  std::int64_t comments_ = 0;
  std::int64_t longest_ = 1;
  std::int64_t longest_line_ = 0;
  std::deque<std::string> unquoted_;  ///< fields that differ from the source; a deque moves nothing
};

}  // namespace ciess::detail
