// SPDX-License-Identifier: MIT
/// @file
/// The names that columns of interactions usually have.
#pragma once

#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/loaded.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ciess::detail {

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if ('A' <= c && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// A usual name of a column.
struct usual_name {
  std::size_t word;  ///< which of the words for its role; 0 is the very word (`user`, `item`)
  int form;  ///< 0 with an id (`user_id`), 1 alone (`user`), 2 another (`user_name`, `users`)
};

/// What a name says about its column; nothing if it is no usual name for that role.
inline std::optional<usual_name> usual_name_of(std::string_view name, column_role r) {
  // No name is a piece of JSON, of a list of features, or of a formula.
  if (name.find_first_of("{}[]<>|:;=\"\\") != std::string_view::npos) return std::nullopt;
  std::string plain;  // letters only, case and signs set aside
  for (const char c : lower(name)) {
    if ('a' <= c && c <= 'z') plain += c;
    if ('0' <= c && c <= '9') return std::nullopt;  // u7 is an id
  }
  // The first word is the word of the field itself.
  static constexpr std::array<std::string_view, 27> who{
      "user",     "u",        "visitor",   "customer", "cust",    "client",  "member",
      "reviewer", "buyer",    "shopper",   "consumer", "person",  "profile", "account",
      "session",  "listener", "reader",    "player",   "viewer",  "guest",   "subscriber",
      "learner",  "student",  "passenger", "rater",    "patient", "borrower"};
  static constexpr std::array<std::string_view, 41> what{
      "item",    "i",        "movie",      "film",   "product",  "prod",       "article",
      "sku",     "business", "track",      "song",   "artist",   "album",      "asin",
      "book",    "isbn",     "game",       "app",    "video",    "news",       "poi",
      "venue",   "hotel",    "restaurant", "course", "recipe",   "anime",      "show",
      "podcast", "listing",  "offer",      "goods",  "document", "doc",        "paper",
      "beer",    "ean",      "gtin",       "upc",    "photo",    "merchandise"};
  static constexpr std::array<std::string_view, 12> how{
      "rating", "score",      "star",       "overall",    "rate",        "grade",
      "mark",   "bookrating", "userrating", "starrating", "reviewscore", "reviewrating"};
  static constexpr std::array<std::string_view, 6> shown{"label",   "click",      "clicked",
                                                         "isclick", "ispositive", "interacted"};
  static constexpr std::array<std::string_view, 21> when{
      "timestamp",     "time",      "date",        "datetime",  "ts",         "unixtime",
      "unixtimestamp", "epoch",     "createdat",   "eventtime", "reviewtime", "unixreviewtime",
      "ratedat",       "created",   "timestampms", "timems",    "eventdate",  "clicktime",
      "reviewdate",    "watchdate", "utctime"};
  std::span<const std::string_view> words;
  switch (r) {
    case column_role::user:
      words = who;
      break;
    case column_role::item:
      words = what;
      break;
    case column_role::rating:
      words = how;
      break;
    case column_role::label:
      words = shown;
      break;
    case column_role::time:
      words = when;
      break;
    default:
      return std::nullopt;
  }
  const auto find = [&](std::string_view word, int form) -> std::optional<usual_name> {
    const auto at = std::ranges::find(words, word);
    if (at == words.end()) return std::nullopt;
    return usual_name{static_cast<std::size_t>(at - words.begin()), form};
  };
  if (r != column_role::user && r != column_role::item) {
    if (const auto exact = find(plain, 0)) return exact;
    return plain.ends_with('s') ? find(std::string_view(plain).substr(0, plain.size() - 1), 0)
                                : std::nullopt;
  }
  for (const std::string_view ending : {"ids", "id", "idx", "index", "key", "code", "no", "number"})
    if (plain.ends_with(ending) && plain.size() > ending.size())
      if (const auto found =
              find(std::string_view(plain).substr(0, plain.size() - ending.size()), 0))
        return found;
  if (const auto found = find(plain, 1)) return found;
  if (plain == "parentasin") return find("asin", 2);
  if (plain.ends_with("name") || plain.ends_with('s'))
    return find(std::string_view(plain).substr(0, plain.size() - (plain.back() == 's' ? 1 : 4)), 2);
  return std::nullopt;
}

/// The name of a column of a RecBole file stands before the colon, its type after it.
inline std::string_view name_of(std::string_view field, data_format format) {
  return format == data_format::inter ? field.substr(0, field.find(':')) : field;
}

/// The columns that a header names for a role: none, one, or several that cannot be told apart.
/// The very word comes before all others. Columns of one word are told apart by the form of their
/// names; columns of different words never are (`customer` and `session_id`).
inline std::vector<std::size_t> usual_columns(const record& header, column_role r,
                                              data_format format) {
  struct candidate {
    std::size_t column;
    usual_name name;
  };
  std::vector<candidate> all;
  for (std::size_t c = 0; c < header.size(); ++c)
    if (const auto name = usual_name_of(name_of(header[c], format), r)) all.push_back({c, *name});
  const auto is_very_word = [](const candidate& c) { return c.name.word == 0 && c.name.form < 2; };
  if (std::ranges::any_of(all, is_very_word))
    std::erase_if(all, [&](const candidate& c) { return !is_very_word(c); });
  std::vector<std::size_t> columns;
  for (const candidate& c : all)
    if (std::ranges::none_of(all, [&](const candidate& other) {
          return other.name.word == c.name.word && other.name.form < c.name.form;
        }))
      columns.push_back(c.column);
  return columns;
}

/// Fields for messages: 'a', 'b' and so on.
inline std::string list_of(const record& f) {
  std::string all;
  for (std::size_t k = 0; k < f.size(); ++k)
    all += k == 12 ? ", ..." : k > 12 ? "" : (k > 0 ? ", " : "") + shown(f[k]);
  return all;
}

/// Whether a header has a usual name for users and one for items.
inline bool names_pairs(const record& header, data_format format) {
  return !usual_columns(header, column_role::user, format).empty() &&
         !usual_columns(header, column_role::item, format).empty();
}

/// Whether each field is a name and a type of RecBole's.
inline bool is_typed_header(const record& header) {
  return header.size() > 1 && std::ranges::all_of(header, [](std::string_view field) {
           const auto colon = field.find(':');
           if (colon == std::string_view::npos || colon == 0) return false;
           const auto type = field.substr(colon + 1);
           return type == "token" || type == "token_seq" || type == "float" || type == "float_seq";
         });
}

}  // namespace ciess::detail
