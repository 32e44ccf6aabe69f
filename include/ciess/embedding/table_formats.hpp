// SPDX-License-Identifier: MIT
/// @file
/// The number formats of all tables of a model: one for all, or for each table its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/number_format.hpp>

namespace ciess {

/// How the tables of a model are stored. Those that say the same of each table are one format for
/// all, so that equal ones are equal and have one name. Files of searches know them by their names.
class table_formats {
 public:
  /// All tables in one format.
  table_formats(number_format all = number_format::float32)  // NOLINT(google-explicit-constructor)
      : each_{all} {}
  /// Tables in their order.
  /// @throws argument_error if there is none
  explicit table_formats(std::vector<number_format> each) : each_{std::move(each)} {
    if (each_.empty())
      detail::throw_error<argument_error>("number formats: expected one at least, got none");
    if (std::ranges::adjacent_find(each_, std::ranges::not_equal_to{}) == each_.end())
      each_.resize(1);
  }
  table_formats(std::initializer_list<number_format> each)
      : table_formats(std::vector<number_format>(each)) {}

  /// Whether tables have different ones.
  [[nodiscard]] bool differ() const noexcept { return each_.size() > 1; }
  /// @pre  t is below what `check` was told, or they do not differ
  [[nodiscard]] number_format of(std::size_t t) const noexcept {
    return differ() ? each_[t] : each_.front();
  }
  /// Whether no table is rounded.
  [[nodiscard]] bool all_floats() const noexcept {
    return !differ() && each_.front() == number_format::float32;
  }
  /// Whether several numbers share a byte in some table.
  [[nodiscard]] bool any_few_bits() const noexcept {
    return std::ranges::any_of(each_, has_few_bits);
  }
  /// [1], or [tables] where they differ
  [[nodiscard]] std::span<const number_format> each() const noexcept { return each_; }

  /// @throws argument_error unless there is one for each of so many tables, or one for all
  void check(const char* who, std::size_t tables) const {
    if (differ() && each_.size() != tables)
      detail::throw_error<argument_error>(who, ": number formats for ", each_.size(),
                                          " tables, expected ", tables, ", or one for all");
  }

  friend bool operator==(const table_formats&, const table_formats&) = default;

 private:
  std::vector<number_format> each_;
};

/// "3", or "3/2": the names of the formats, in the order of the tables.
[[nodiscard]] inline std::string name_of(const table_formats& formats) {
  std::string all;
  for (const number_format f : formats.each())
    all += (all.empty() ? "" : "/") + std::string(name_of(f));
  return all;
}

/// "3 bits", "3/2 bits", "bfloat16/3 bits".
[[nodiscard]] inline std::string format_text(const table_formats& formats) {
  std::string all;
  const auto each = formats.each();
  for (std::size_t t = 0; t < each.size(); ++t) {
    const bool same_unit = t + 1 < each.size() && each[t + 1] >= number_format::eight_bits;
    all += (t == 0 ? "" : "/") + (same_unit ? std::string(name_of(each[t])) : format_text(each[t]));
  }
  return all;
}

/// "3": all tables; "3/2": the tables in their order; "2/items=4": all but some, by their names.
/// @param tables  what they are called, in their order
/// @throws argument_error if a format or a table is none, one is named twice, or there are not as
///         many formats as tables
[[nodiscard]] inline table_formats parse_table_formats(std::string_view text,
                                                       std::span<const std::string> tables) {
  std::vector<number_format> each;
  std::vector<std::size_t> named;
  std::string all;
  for (const auto& name : tables) all += (all.empty() ? "" : ", ") + name;
  const auto refuse = [&](const auto&... what) {
    detail::throw_error<argument_error>("number formats ", detail::shown(text), ": ", what...);
  };
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find('/', from), text.size());
    const std::string_view piece = text.substr(from, end - from);
    from = end + 1;
    const std::size_t sign = piece.rfind('=');
    if (sign == std::string_view::npos) {
      if (!named.empty()) refuse("expected formats of all tables before those of single ones");
      each.push_back(parse_number_format(piece));
      continue;
    }
    const std::string_view name = piece.substr(0, sign);
    const auto at = std::ranges::find(tables, name);
    if (at == tables.end()) refuse("no table is called ", detail::shown(name), ", there are ", all);
    if (each.empty()) refuse("expected a format of the other tables first, such as 2/", piece);
    if (named.empty()) {
      if (each.size() == 1) each.resize(tables.size(), each.front());
      if (each.size() != tables.size()) break;  // refused below
    }
    const auto t = static_cast<std::size_t>(at - tables.begin());
    if (std::ranges::count(named, t) > 0) refuse("table ", *at, " is named twice");
    named.push_back(t);
    each[t] = parse_number_format(piece.substr(sign + 1));
  }
  if (each.size() != 1 && each.size() != tables.size())
    refuse("there are ", each.size(), " formats, expected one for all tables or ", tables.size(),
           ", one each for ", all);
  return table_formats(std::move(each));
}

/// What `name_of` writes.
/// @throws argument_error if a format is none
[[nodiscard]] inline table_formats parse_table_formats(std::string_view text) {
  std::vector<number_format> each;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find('/', from), text.size());
    each.push_back(parse_number_format(text.substr(from, end - from)));
    from = end + 1;
  }
  return table_formats(std::move(each));
}

}  // namespace ciess
