// SPDX-License-Identifier: MIT
/// @file
/// Decisions about a file that its reader has not been told: comments, delimiter, format. What is
/// certain and what is refused stands in data/read.hpp.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/data/detail/foreign.hpp>
#include <ciess/data/detail/names.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/read_options.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ciess::detail {

/// How to read a file.
struct layout {
  data_format format{};
  cutting how{};
  std::int64_t comments = 0;  ///< lines above the data that are none
  std::string_view header{};  ///< of a header that stands in a comment, without its sign
  std::int64_t header_line = 0;
};

/// The lines above the data that begin with a sign of comments.
struct preamble {
  std::size_t end = 0;  ///< where the data begins
  std::int64_t line = 1;
  std::vector<std::pair<std::int64_t, std::string_view>> lines;
};

inline preamble preamble_of(const source& s) {
  preamble found;
  const std::string_view all(s.bytes);
  std::int64_t line = 1;
  for (std::size_t at = 0; at < all.size(); ++line) {
    const auto stop = std::min(all.find('\n', at), all.size());
    auto text = all.substr(at, stop - at);
    if (text.ends_with('\r')) text.remove_suffix(1);
    const auto begin = text.find_first_not_of(" \t");
    if (begin != std::string_view::npos) {
      if (text[begin] != '#' && text[begin] != '%') break;
      found.lines.emplace_back(line, text.substr(begin));
    }
    at = std::min(stop + 1, all.size());
    found.end = at;
    found.line = line + 1;
  }
  if (found.lines.empty()) return {};
  return found;
}

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

/// Whether a field is several integers between blanks.
inline bool is_list(std::string_view text) {
  int words = 0;
  while (!text.empty()) {
    const auto length = std::min(text.find(' '), text.size());
    if (length > 0) {
      if (!is_integer(text.substr(0, length))) return false;
      ++words;
    }
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return words > 1;
}

/// Whether items of several words may be lists: hardly any of them comes again.
inline bool may_be_lists(const std::vector<record>& pairs) {
  std::vector<std::string_view> several;
  for (const record& f : pairs)
    if (f.size() == 2 && f[1].find(' ') != std::string_view::npos &&
        f[1].find_first_of("\"'") == std::string_view::npos)
      several.push_back(f[1]);
  const auto all = several.size();
  std::ranges::sort(several);
  const auto again = std::ranges::unique(several);
  return all > 0 && again.size() < 3;
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

/// Whether the first record is text above numbers.
inline bool is_text_above_numbers(const std::vector<record>& records) {
  if (records.size() < 2) return false;
  for (const auto field : records[0])
    if (field.empty() || parse_rating(field) || looks_like_time(field)) return false;
  for (std::size_t c = 0; c < records[0].size(); ++c) {
    const auto below = kind_of(records, c, 1);
    if (below.count + 1 == records.size() && (below.all_numbers() || below.all_times()))
      return true;
  }
  return false;
}

/// Whether records without header, all of one length, are certainly columns: a column beyond the
/// first two holds what no list of items would.
inline bool are_columns(const std::vector<record>& records) {
  const auto users = kind_of(records, 0), items = kind_of(records, 1);
  if (users.all_times() || items.all_times()) return true;
  for (std::size_t c = 2; c < records[0].size(); ++c) {
    const auto other = kind_of(records, c);
    if (other.all_times() && items.times == 0) return true;
    if (other.empty > 0) return true;  // no list has a hole
    if (items.all_integers() && other.all_numbers() && other.integers == 0) return true;  // 3.0
    if (records.size() < 3) continue;
    if (items.all_integers() && (other.no_numbers() || other.fractions > 0)) return true;
    if (items.no_numbers() && other.all_numbers()) return true;
    if (records.size() >= 8 && users.different < records.size() && other.like_ratings() &&
        items.different >= 2 * other.different)
      return true;
  }
  return false;
}

/// Whether lines of several lengths are certainly lists: too many lengths for a table of which some
/// lines are damaged, and nothing but ids; words without digits are prose rather.
inline bool are_lists(const std::vector<record>& records) {
  std::vector<std::size_t> lengths;
  for (const record& f : records) {
    lengths.push_back(f.size());
    for (const auto field : f) {
      if (std::ranges::none_of(field, is_digit)) return false;
      if (const auto number = parse_rating(field); number && *number != std::floor(*number))
        return false;
    }
  }
  std::ranges::sort(lengths);
  std::size_t different = 0, usual = 0;
  for (std::size_t k = 0; k < lengths.size();) {
    std::size_t same = k;
    while (same < lengths.size() && lengths[same] == lengths[k]) ++same;
    usual = std::max(usual, same - k);
    ++different;
    k = same;
  }
  const std::size_t n = lengths.size(), unusual = n - usual;
  return different >= 3 && (2 * usual <= n || (unusual >= 3 && 5 * unusual >= n));
}

/// A table or lists, for records between tabs or blanks.
/// @throws data_error if it could be either
inline data_format table_or_lists(const source& s, const sample& some) {
  refuse_foreign_records(s, some);
  const auto& records = some.records();
  const bool two = std::ranges::all_of(records, [](const record& f) { return f.size() == 2; });
  if (two || is_text_above_numbers(records)) return data_format::delimited;
  const char* how = "name the format, `delimited` or `adjacency` (--format)";
  if (some.is_even()) {
    if (are_columns(records)) return data_format::delimited;
    s.fail(some.line(0), "could begin a table of users, items and ", records[0].size() - 2,
           " more, or lists of a user's items, all of one length: ", how);
  }
  if (!some.damaged() && are_lists(records)) return data_format::adjacency;
  std::size_t other = 0;
  while (other < records.size() && records[other].size() == records[0].size()) ++other;
  if (other == records.size()) return data_format::delimited;  // its reader meets the damage
  s.fail(some.line(other), "expected ", records[0].size(), " fields like the first line, got ",
         records[other].size(), ": a damaged table, or lists of items? ", how);
}

/// Decides what the lines above the data are.
/// @throws data_error if one could be data or a header
inline void look_at_preamble(const source& s, const preamble& above, const read_options& o,
                             layout& found) {
  const sample below(s, found.how);
  if (below.records().empty())
    s.fail(above.lines[0].first, "all lines begin with '", above.lines[0].second[0],
           "': comments or ids? `comment` none reads them (--comment)");
  const std::size_t width = below.records()[0].size();
  const bool lists = found.format == data_format::adjacency;
  const auto cut = [&](std::string_view text, std::vector<std::string>& owned) {
    const source one{s.name, std::string(text)};
    cutting how = found.how;
    how.begin = 0;
    how.refuse_signs = false;
    const sample line(one, how);
    owned.clear();
    if (!line.records().empty())
      for (const auto field : line.records()[0]) owned.emplace_back(field);
  };
  std::vector<std::string> owned;
  for (const auto& [line, text] : above.lines) {
    ++found.comments;
    const auto begin = text.find_first_not_of("#% \t");
    if (begin == std::string_view::npos) continue;
    const auto inside = text.substr(begin);
    cut(inside, owned);
    const record names(owned.begin(), owned.end());
    const bool user = !usual_columns(names, column_role::user, found.format).empty();
    const bool item = !usual_columns(names, column_role::item, found.format).empty();
    if (!lists && names.size() == width && o.header != header_line::no && (user || item)) {
      if (!user || !item)
        s.fail(line, "a comment, or a header of which only the ", user ? "users" : "items",
               " are known? `comment` '", text[0],
               "' reads over it; else name the columns (--user, --item)");
      found.header = inside;
      found.header_line = line;
      continue;
    }
    if (begin > 1) continue;  // "# ", "%%": no id begins so
    cut(text, owned);
    if (lists ? owned.size() > 1 : owned.size() == width)
      s.fail(line, "begins with '", text[0],
             "' and is as long as a record: a comment or data? `comment` '", text[0],
             "' reads over such lines, none reads them (--comment)");
  }
  if (!found.header.empty()) --found.comments;
}

/// The delimiter that a first line `sep=;` gives, as spreadsheets read and write it.
inline std::optional<char> told_delimiter(std::string_view bytes) noexcept {
  auto line = bytes.substr(0, bytes.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line.size() == 5 && line.starts_with("sep=") ? std::optional(line[4]) : std::nullopt;
}

/// @throws data_error if it could be several things, naming the option that says which
inline layout find_layout(const source& s, const read_options& o) {
  layout found;
  found.format = o.format;
  const bool banner = s.bytes.starts_with("%%MatrixMarket");
  preamble above;
  if (o.comment)
    found.how.comment = *o.comment;
  else
    above = preamble_of(s), found.how.refuse_signs = true;
  if (found.format == data_format::matrix_market && !banner)
    s.fail(1, "expected `%%MatrixMarket matrix coordinate ...`");
  if (banner &&
      (found.format == data_format::automatic || found.format == data_format::matrix_market)) {
    above = preamble_of(s);
    found.how.begin = above.end;
    found.how.line = above.line;
    found.comments = std::ssize(above.lines) - 1;
    found.format = data_format::matrix_market;
    found.how.delimiter = " ";
    return found;
  }
  found.how.begin = above.end;
  found.how.line = above.line;

  const auto file = lower(s.name);
  const bool named_inter =
      o.format == data_format::automatic &&
      (file.ends_with(".inter") || file.ends_with(".inter.gz") || file.ends_with(".inter.zst"));
  std::string delimiter = o.delimiter;
  const bool automatic = o.format == data_format::automatic;
  if (const auto told = told_delimiter(s.bytes);
      told && (automatic || o.format == data_format::delimited)) {
    found.how.begin = std::min(s.bytes.find('\n'), s.bytes.size() - 1) + 1;
    found.how.line = 2;
    found.comments = 1;
    if (delimiter.empty()) delimiter = std::string(1, *told);
  }
  if (automatic) refuse_foreign_line(s, found.how.begin, found.how.line);
  if (delimiter.empty()) {
    switch (o.format) {
      case data_format::movielens:
        delimiter = "::";
        break;
      case data_format::adjacency:
        delimiter = " ";
        break;
      case data_format::inter:
        delimiter = "\t";
        break;
      default:
        delimiter = delimiter_finder(s, found.how, o).find();
    }
  }
  const cutting plain = cutting_by(delimiter, o, found.how);
  const sample some(s, plain);
  const auto& records = some.records();
  const bool typed = !records.empty() && is_typed_header(records[0]);
  if (found.format == data_format::automatic) {
    const bool table = o.header == header_line::yes || o.user.is_given() || o.item.is_given() ||
                       o.rating.is_given() || o.label.is_given() || o.time.is_given() ||
                       o.weight.is_given();
    const auto lists_in = [](const std::vector<record>& all) {
      return std::ranges::any_of(all,
                                 [](const record& f) { return f.size() == 2 && is_list(f[1]); });
    };
    if (typed || named_inter) {
      found.format = data_format::inter;
    } else if (records.empty() || names_pairs(records[0], data_format::delimited) || table) {
      found.format = data_format::delimited;
    } else if (delimiter == "::") {
      const bool ratings =
          std::ranges::all_of(records, [](const record& f) { return is_integer(f[0]); });
      found.format = ratings ? data_format::movielens : data_format::delimited;
    } else if (delimiter == "\t" && some.is_even() && lists_in(records)) {
      delimiter = " ";  // a tab after the user, blanks between the items
      const sample again(s, cutting_by(delimiter, o, found.how));
      found.format = table_or_lists(s, again);
    } else if (delimiter != " " && some.is_even() &&
               (delimiter == "\t" ? records[0].size() == 2 && may_be_lists(records)
                                  : lists_in(records))) {
      s.fail(some.line(0), "is an item of several words one id, or a list? name the format, ",
             "`delimited` or `adjacency` (--format)");
    } else if (delimiter == "\t" || delimiter == " ") {
      found.format = table_or_lists(s, some);
    } else {
      found.format = data_format::delimited;
    }
  }
  if (found.format == data_format::adjacency && o.delimiter.empty()) delimiter = " ";
  if (found.format == data_format::inter && o.delimiter.empty() && !typed) {
    delimiter = "\t";
    const sample tabs(s, cutting_by(delimiter, o, found.how, found.format));
    if (!tabs.records().empty() && tabs.records()[0].size() == 1)
      s.fail(tabs.line(0), "expected RecBole's `user_id:token<TAB>item_id:token`, got one field: ",
             shown(tabs.records()[0][0]), "; where fields end elsewhere, name the delimiter ",
             "(--delimiter), and the format `delimited` if the names have no types (--format)");
  }
  found.how = cutting_by(delimiter, o, found.how, found.format);
  if (!above.lines.empty()) look_at_preamble(s, above, o, found);
  return found;
}

}  // namespace ciess::detail
