// SPDX-License-Identifier: MIT
/// @file
/// Decisions about a file that its reader has not been told: format, delimiter, header, columns.
#pragma once

#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/read_options.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace ciess::detail {

using fields = std::vector<std::string_view>;

/// How to cut a file.
struct layout {
  data_format format{};
  std::string delimiter;
};

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if ('A' <= c && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// A finite number, whole field.
inline std::optional<double> parse_rating(std::string_view text) noexcept {
  double value = 0;
  const char* first = text.data();
  const char* last = first + text.size();
  const auto [end, code] = std::from_chars(first, last, value);
  if (code != std::errc{} || end != last || !std::isfinite(value)) return std::nullopt;
  return value;
}

inline bool is_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  return parse_canonical(text, value);
}

/// The first record that is not blank, without what stands in quotes.
inline std::string first_record(const source& s, char quote) {
  std::string outside;
  bool quoted = false;
  for (auto k = s.bytes.find_first_not_of(" \t\r\n"); k < s.bytes.size(); ++k) {
    const char c = s.bytes[k];
    if (quoted) {
      if (c != quote) continue;
      const bool doubled = k + 1 < s.bytes.size() && s.bytes[k + 1] == quote;
      quoted = doubled;
      k += doubled ? 1 : 0;
    } else if (c == '\n') {
      break;
    } else if (c == quote && quote != '\0' &&
               (outside.empty() || std::strchr("\t ,;|", outside.back()))) {
      quoted = true;
    } else {
      outside += c;
    }
  }
  return outside;
}

/// Tab before the others, because it is rare in text; then the most frequent; blanks if none.
inline std::string find_delimiter(std::string_view line) {
  if (line.find('\t') != std::string_view::npos) return "\t";
  std::string best = " ";
  std::ptrdiff_t most = 0;
  for (const char c : {',', ';', '|'})
    if (const auto n = std::ranges::count(line, c); n > most) {
      most = n;
      best = c;
    }
  return best;
}

/// Lists have many lengths, or long ones; rows of columns have one length, and users come again.
/// @throws data_error if the file could be either
inline data_format table_or_lists(const source& s, const std::string& delimiter, char quote) {
  record_reader reader(s, delimiter, quote);
  fields f;
  std::vector<std::size_t> lengths;  // different ones, apart from lines with a user alone
  std::vector<std::string_view> first;
  bool fractions = false;
  bool words = false;
  for (int line = 0; line < 1000 && reader.next(f); ++line) {
    if (f.size() == 1) continue;
    if (std::ranges::find(lengths, f.size()) == lengths.end()) lengths.push_back(f.size());
    first.push_back(f[0]);
    if (first.size() == 1) words = !is_integer(f[0]) && !is_integer(f[1]);
    if (f.size() > 2) fractions |= f[2].find('.') != std::string_view::npos;
  }
  if (lengths.size() > 1 || (lengths.size() == 1 && lengths[0] > 4)) return data_format::adjacency;
  std::ranges::sort(first);
  const bool again = std::ranges::adjacent_find(first) != first.end();
  if (lengths.empty() || lengths[0] == 2 || fractions || again || words || delimiter == "\t")
    return data_format::delimited;
  throw_error<data_error>(s.name,
                          ": could hold `user item rating` or `user item item ...`: "
                          "name the format, delimited or adjacency");
}

inline layout find_layout(const source& s, const read_options& o) {
  const auto line = first_record(s, o.quote);
  auto format = o.format;
  const std::string delimiter =
      o.delimiter != '\0' ? std::string(1, o.delimiter) : find_delimiter(line);
  if (format == data_format::automatic) {
    if (lower(s.name).ends_with(".inter") || line.find(":token") != std::string_view::npos)
      format = data_format::inter;
    else if (line.find("::") != std::string_view::npos)
      format = data_format::movielens;
    else if (delimiter == " " || delimiter == "\t")
      format = table_or_lists(s, delimiter, o.quote);
    else
      format = data_format::delimited;
  }
  switch (format) {
    case data_format::movielens:
      return {format, "::"};
    case data_format::inter:
      return {format, "\t"};
    case data_format::adjacency:
      return {format, " "};
    default:
      return {format, delimiter};
  }
}

/// What a column of interactions can hold.
enum class role : std::uint8_t { user, item, rating };

inline constexpr std::array<std::string_view, 3> role_names{"user", "item", "rating"};

/// Whether that is a usual name for such a column: letters only, case and signs set aside.
inline bool is_usual_name(std::string_view name, role r) {
  std::string plain;
  for (const char c : lower(name))
    if ('a' <= c && c <= 'z') plain += c;
  static constexpr std::array<std::string_view, 10> who{
      "user",     "userid",     "uid",    "users",    "username",
      "customer", "customerid", "member", "memberid", "reviewerid"};
  static constexpr std::array<std::string_view, 22> what{
      "item", "itemid", "iid",      "items",    "movie",      "movieid",    "product", "productid",
      "book", "bookid", "business", "asin",     "parentasin", "businessid", "track",   "trackid",
      "song", "songid", "artist",   "artistid", "isbn",       "gameid"};
  static constexpr std::array<std::string_view, 6> how{"rating", "ratings", "score",
                                                       "stars",  "overall", "bookrating"};
  const auto in = [&](std::span<const std::string_view> names) {
    return std::ranges::find(names, plain) != names.end();
  };
  return r == role::user ? in(who) : r == role::item ? in(what) : in(how);
}

/// The name of a column of a RecBole file stands before the colon, its type after it.
inline std::string_view name_of(std::string_view field, data_format format) {
  return format == data_format::inter ? field.substr(0, field.find(':')) : field;
}

/// Position of the first column with a usual name.
inline std::optional<std::size_t> usual_column(const fields& header, role r, data_format format) {
  for (std::size_t c = 0; c < header.size(); ++c)
    if (is_usual_name(name_of(header[c], format), r)) return c;
  return std::nullopt;
}

/// Whether the first record has names instead of data.
/// @param second  the record after it; empty if there is none
inline bool has_header(const fields& first, const fields& second, const read_options& o) {
  if (o.header != header_line::automatic) return o.header == header_line::yes;
  for (const auto* c : {&o.user, &o.item, &o.rating})
    if (c->name()) return true;
  if (usual_column(first, role::user, data_format::delimited) &&
      usual_column(first, role::item, data_format::delimited))
    return true;
  // Without such names: text on top of numbers.
  const auto text_above = [&](const column& c, std::size_t position, auto is_number) {
    if (const auto& number = c.number()) position = static_cast<std::size_t>(*number);
    return position < first.size() && position < second.size() && is_number(second[position]) &&
           !first[position].empty() && !is_number(first[position]);
  };
  const auto is_rating = [](std::string_view t) { return parse_rating(t).has_value(); };
  return (text_above(o.user, 0, is_integer) && text_above(o.item, 1, is_integer)) ||
         text_above(o.rating, 2, is_rating);
}

/// Where a record has what.
struct positions {
  std::size_t user = 0;
  std::size_t item = 1;
  std::optional<std::size_t> rating{};
};

/// Finds one column.
/// @param header  the names; empty without header
/// @param width   fields of a record
inline std::optional<std::size_t> find_column(const source& s, std::int64_t line, const column& c,
                                              role r, const fields& header, std::size_t width,
                                              data_format format) {
  const auto what = role_names[static_cast<std::size_t>(r)];
  if (c.is_none()) return std::nullopt;
  if (const auto& number = c.number()) {
    const auto position = static_cast<std::size_t>(*number);
    if (position >= width)
      s.fail(line, "expected ", what, " in column ", position, " (from 0), got ", width,
             width == 1 ? " field" : " fields");
    return position;
  }
  if (const auto& name = c.name()) {
    for (std::size_t k = 0; k < header.size(); ++k)
      if (name_of(header[k], format) == *name || header[k] == *name) return k;
    s.fail(line, "expected a column named ", shown(*name), " for ", what,
           header.empty() ? ", but the file is read without header" : ", got other names");
  }
  if (const auto named = usual_column(header, r, format)) return named;
  if (format == data_format::inter) {
    if (r == role::rating) return std::nullopt;
    s.fail(line, "expected a header with a column ", what, "_id:token");
  }
  const auto usual = static_cast<std::size_t>(r);
  if (usual < width) return usual;
  return std::nullopt;
}

/// Finds the columns of a table.
/// @param example  the first record with data; empty if there is none
/// @throws data_error if a column is not there; argument_error if users and items are one column
inline positions find_positions(const source& s, std::int64_t line, const read_options& o,
                                const fields& header, const fields& example, data_format format) {
  const std::size_t width = header.empty() ? example.size() : header.size();
  if (width < 2)
    s.fail(line, "expected at least a user and an item, got one field: ",
           shown(header.empty() ? example[0] : header[0]));
  const auto find = [&](const column& c, role r) {
    return find_column(s, line, c, r, header, width, format);
  };
  const auto user = find(o.user, role::user);
  const auto item = find(o.item, role::item);
  if (!user || !item)
    throw_error<argument_error>("read_options: the columns of users and items must be read");
  if (*user == *item)
    throw_error<argument_error>("read_options: users and items are both in column ", *user,
                                " (from 0)");
  auto rating = find(o.rating, role::rating);
  if (rating == user || rating == item) rating.reset();
  const bool only_guessed = rating && o.rating.is_automatic() && !o.min_rating &&
                            format == data_format::delimited &&
                            !usual_column(header, role::rating, format);
  if (only_guessed && (*rating >= example.size() || !parse_rating(example[*rating])))
    rating.reset();
  if (o.min_rating && !rating)
    s.fail(line, "expected a column with ratings, because those below ", *o.min_rating,
           " are to be left out");
  return {*user, *item, rating};
}

}  // namespace ciess::detail
