// SPDX-License-Identifier: MIT
/// @file
/// The names that columns of interactions usually have.
#pragma once

#include <ciess/data/detail/record_reader.hpp>
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

/// What a name says about its column, best first: 0 for the very word and an id (`user_id`), then
/// the very word (`user`), then another word for it and an id (`visitorid`), then that alone.
/// Nothing if it is no usual name for that role.
inline std::optional<int> usual_rank(std::string_view name, column_role r) {
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
  const auto find = [&](std::string_view word) -> std::optional<int> {
    const auto at = std::ranges::find(words, word);
    if (at == words.end()) return std::nullopt;
    return at == words.begin() ? 0 : 2;
  };
  if (r != column_role::user && r != column_role::item) {
    if (const auto exact = find(plain)) return exact;
    return plain.ends_with('s') ? find(std::string_view(plain).substr(0, plain.size() - 1))
                                : std::nullopt;
  }
  for (const std::string_view ending : {"ids", "id", "idx", "index", "key", "code", "no", "number"})
    if (plain.ends_with(ending) && plain.size() > ending.size())
      if (const auto rank = find(std::string_view(plain).substr(0, plain.size() - ending.size())))
        return rank;
  if (const auto rank = find(plain)) return *rank + 1;
  if (plain.ends_with("name") || plain.ends_with('s'))
    if (const auto rank =
            find(std::string_view(plain).substr(0, plain.size() - (plain.back() == 's' ? 1 : 4))))
      return *rank + 4;
  if (plain == "parentasin") return 6;  // stands beside `asin`
  return std::nullopt;
}

/// The name of a column of a RecBole file stands before the colon, its type after it.
inline std::string_view name_of(std::string_view field, data_format format) {
  return format == data_format::inter ? field.substr(0, field.find(':')) : field;
}

/// The columns with the best usual name for a role: none, one, or several that cannot be told
/// apart.
inline std::vector<std::size_t> usual_columns(const record& header, column_role r,
                                              data_format format) {
  std::vector<std::size_t> best;
  int least = 0;
  for (std::size_t c = 0; c < header.size(); ++c) {
    const auto rank = usual_rank(name_of(header[c], format), r);
    if (!rank || (!best.empty() && *rank > least)) continue;
    if (!best.empty() && *rank < least) best.clear();
    least = *rank;
    best.push_back(c);
  }
  return best;
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
