// SPDX-License-Identifier: MIT
/// @file
/// At what the records of a file are cut.
#pragma once

#include <ciess/data/detail/names.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/read_options.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ciess::detail {

/// The quotes of files with some delimiter.
inline cutting cutting_by(std::string delimiter, const read_options& o, cutting base,
                          data_format format = data_format::delimited) {
  base.delimiter = std::move(delimiter);
  if (o.quote) {
    base.quote = *o.quote;
    base.quotes = *o.quote == '\0' ? quoting::none : quoting::anywhere;
    base.trust_quotes = true;
  } else if (format == data_format::delimited && base.delimiter != "::") {
    base.quote = '"';
    base.quotes = base.delimiter == "\t"  ? quoting::whole
                  : base.delimiter == " " ? quoting::one_line
                                          : quoting::anywhere;
  }
  return base;
}

/// A delimiter for messages.
inline std::string name_of_delimiter(std::string_view d) {
  return d == "\t" ? "tabs" : d == " " ? "blanks" : "'" + std::string(d) + "'";
}

/// Finds out at what records are cut.
class delimiter_finder {
 public:
  delimiter_finder(const source& s, const cutting& base, const read_options& o)
      : source_{&s}, base_{base}, options_{&o} {}

  /// @throws data_error if several delimiters are possible
  std::string find() {
    for (const char* d : {"\t", ",", ";", "|", "::"}) {
      if (!occurs(d)) continue;
      const sample some(*source_, cutting_by(d, *options_, base_));
      if (some.records().empty()) {
        if (some.damaged())
          found_.push_back({d, false, false});  // a quote that is not closed, perhaps
        continue;
      }
      if (is_header(some.records()[0])) return d;
      if (2 * some.cut() >= some.records().size())
        found_.push_back({d, some.is_even(), some.is_nearly_even()});
    }
    const sample blanks(*source_, cutting_by(" ", *options_, base_));
    if (!blanks.records().empty() && is_header(blanks.records()[0])) return " ";
    drop_padding();
    if (has("\t")) {
      const auto [tab, tab_is_even, tab_is_nearly_even] = *find("\t");
      if (!tab_is_nearly_even && blanks.is_even()) return " ";  // a tab among blanks
      const bool others = std::ranges::any_of(
          found_, [](const candidate& c) { return c.delimiter != "\t" && c.even; });
      if (!tab_is_even && others) refuse();
      return "\t";  // before the others, because it is rare in text
    }
    look_at_colons();
    drop_decimal_commas();
    if (found_.empty()) return " ";
    if (found_.size() > 1) {
      if (std::ranges::count(found_, true, &candidate::even) != 1) refuse();
      std::erase_if(found_, [](const candidate& c) { return !c.nearly; });
      if (found_.size() > 1) refuse();
    }
    const std::string& best = found_[0].delimiter;
    // Blanks stay possible where users and items between them would be whole, and in few records
    // where those of the other delimiter have blanks.
    const auto whole = [](const std::vector<record>& all, std::string_view d) {
      return std::ranges::all_of(all, [d](const record& f) {
        return f[0].find(d) == std::string_view::npos &&
               (f.size() == 1 || f[1].find(d) == std::string_view::npos);
      });
    };
    if (blanks.is_nearly_even()) {
      const sample some(*source_, cutting_by(best, *options_, base_));
      const bool few = some.records().size() < (blanks.is_even() ? 8 : 4);
      if (whole(blanks.records(), best) || (few && !whole(some.records(), " "))) {
        found_.push_back({" ", true, true});
        refuse();
      }
    }
    return best;
  }

 private:
  struct candidate {
    std::string delimiter;
    bool even;    ///< all records are of the same length
    bool nearly;  ///< or all but a few, which may be damaged
  };

  static bool is_header(const record& f) {
    return names_pairs(f, data_format::delimited) || is_typed_header(f);
  }

  [[nodiscard]] std::string_view head() const {
    return std::string_view(source_->bytes).substr(base_.begin, std::size_t{1} << 20);
  }
  [[nodiscard]] bool occurs(std::string_view d) const {
    return head().find(d) != std::string_view::npos;
  }
  std::vector<candidate>::iterator find(std::string_view d) {
    return std::ranges::find(found_, d, &candidate::delimiter);
  }
  bool has(std::string_view d) { return find(d) != found_.end(); }
  void drop(std::string_view d) {
    if (const auto at = find(d); at != found_.end()) found_.erase(at);
  }

  [[noreturn]] void refuse() const {
    std::string all;
    for (const auto& c : found_)
      all += (all.empty() ? "" : " or ") + name_of_delimiter(c.delimiter);
    source_->fail(base_.line, "could be cut at ", all, ": name the delimiter (--delimiter)");
  }

  /// Tabs that stand beside another delimiter are blanks around it.
  void drop_padding() {
    if (!has("\t") || found_.size() < 2) return;
    const auto text = head();
    const auto is_edge = [&](char c) {
      return c == '\n' || c == '\r' || has(std::string_view(&c, 1));
    };
    for (std::size_t k = text.find('\t'); k != std::string_view::npos; k = text.find('\t', k + 1)) {
      const auto before = text.substr(0, k).find_last_not_of(" \t");
      const auto after = text.find_first_not_of(" \t", k);
      const bool edge = before == std::string_view::npos || after == std::string_view::npos ||
                        is_edge(text[before]) || is_edge(text[after]);
      if (!edge) return;
    }
    drop("\t");
  }

  /// `::` separates fields, or it is part of an address such as 2001:db8::1.
  void look_at_colons() {
    if (!has("::")) return;
    const sample some(*source_, cutting_by("::", *options_, base_));
    bool numbers = true, single = false;
    for (const record& f : some.records())
      if (f.size() > 1) {
        numbers = numbers && is_integer(f[0]) && is_integer(f[1]);
        single = single || std::ranges::any_of(f, [](std::string_view text) {
                   return text.find(':') != std::string_view::npos;
                 });
      }
    if (numbers) {
      std::erase_if(found_, [](const candidate& c) { return c.delimiter != "::"; });
    } else if (single) {
      if (found_.size() == 1) refuse();
      drop("::");
    }
  }

  /// 3,5 is a number where fields end at semicolons.
  void drop_decimal_commas() {
    if (!has(",") || found_.size() != 2) return;
    const auto other = std::ranges::find_if(found_, [](const candidate& c) {
                         return c.delimiter != ",";
                       })->delimiter;
    const sample some(*source_, cutting_by(other, *options_, base_));
    for (const record& f : some.records())
      for (std::size_t k = 0; k < f.size(); ++k) {
        const auto comma = f[k].find(',');
        if (comma == std::string_view::npos) continue;
        std::string number(f[k]);
        number[comma] = '.';
        if (k < 2 || !parse_rating(number)) return;
      }
    drop(",");
  }

  const source* source_;
  cutting base_;
  const read_options* options_;
  std::vector<candidate> found_;
};

/// The delimiter that a first line `sep=;` gives, as spreadsheets read and write it.
inline std::optional<char> told_delimiter(std::string_view bytes) noexcept {
  auto line = bytes.substr(0, bytes.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line.size() == 5 && line.starts_with("sep=") ? std::optional(line[4]) : std::nullopt;
}

}  // namespace ciess::detail
