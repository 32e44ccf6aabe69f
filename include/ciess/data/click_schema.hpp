// SPDX-License-Identifier: MIT
/// @file
/// What a click model has to know of the columns of its data, to read more of them later.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/id_text.hpp>

namespace ciess {

/// What a column is to a click model.
enum class column_use : std::uint8_t {
  single,       ///< a field of one value, as it is written
  pooled,       ///< a field of any number of values, with separators between them
  log_buckets,  ///< a field of one value, the bucket of a number (`number_use::log_buckets`)
  standardised  ///< a feature: (x - mean) / deviation
};

/// In the order of `column_use`.
inline constexpr std::array<std::string_view, 4> column_use_names{"single", "pooled", "log-buckets",
                                                                  "standardised"};

/// A column that a click model reads.
struct click_column {
  std::string name;
  column_use use{};
  double mean = 0, deviation = 1;  ///< of a feature, in training
  friend bool operator==(const click_column&, const click_column&) = default;
};

/// The columns of a click model, and how lines of them are written. Its fields are those columns
/// that are no features, in this order; so are its features.
struct click_schema {
  std::vector<click_column> columns;  ///< in the order of the training file
  std::string separator = "|";        ///< between the values of a pooled field
  std::string delimiter = ",";        ///< between columns; " " stands for any blanks
  std::optional<char> quote{};        ///< as in `read_options`
  friend bool operator==(const click_schema&, const click_schema&) = default;

  [[nodiscard]] std::size_t features() const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count(columns, column_use::standardised, &click_column::use));
  }
  [[nodiscard]] std::size_t fields() const noexcept { return columns.size() - features(); }

  /// @throws argument_error if there is no field, a name is empty or comes twice, separator or
  ///         delimiter cannot be, a mean is not finite or a deviation not above 0
  void check(const char* who) const {
    const auto refuse = [who](const auto&... parts) {
      detail::throw_error<argument_error>(who, ": ", parts...);
    };
    const auto no_line = [](std::string_view text) {
      return !text.empty() && text.find_first_of("\r\n") == text.npos;
    };
    if (!no_line(separator))
      refuse("expected a separator of values, got ", detail::shown(separator));
    if (!no_line(delimiter)) refuse("expected a delimiter, got ", detail::shown(delimiter));
    if (quote && (*quote == '\n' || *quote == '\r' || delimiter.find(*quote) != delimiter.npos))
      refuse("expected a quote that differs from delimiter and line ends");
    std::vector<std::string_view> names;
    for (const click_column& c : columns) {
      if (c.name.empty()) refuse("expected every column to have a name");
      names.push_back(c.name);
      if (!std::isfinite(c.mean) || !std::isfinite(c.deviation) || !(c.deviation > 0))
        refuse("expected column ", detail::shown(c.name),
               " to have a finite mean and a deviation above 0, got ", c.mean, " and ",
               c.deviation);
    }
    std::ranges::sort(names);
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
      refuse("expected columns of different names, got ", detail::shown(*twice), " twice");
    if (fields() == 0) refuse("expected a column that is a field");
  }
};

namespace detail {
inline constexpr std::string_view click_schema_format = "ciess click columns 1";
}  // namespace detail

/// A schema as lines of fields between tabs, written as ids are (`id_text.hpp`): the format, then
/// `delimiter`, `separator` and, if it is told, `quote` with their signs (`none`: no quotes), then
/// each column, its use before its name, of a feature with mean and deviation. Any bytes can stand
/// in names.
[[nodiscard]] inline std::string click_schema_text(const click_schema& s) {
  std::string text(detail::click_schema_format);
  text += "\ndelimiter\t" + escaped_id(s.delimiter) + "\nseparator\t" + escaped_id(s.separator);
  if (s.quote)
    text += "\nquote\t" + (*s.quote == '\0' ? "none" : escaped_id(std::string_view(&*s.quote, 1)));
  text += '\n';
  for (const click_column& c : s.columns) {
    text += column_use_names[static_cast<std::size_t>(c.use)];
    text += '\t' + escaped_id(c.name);
    if (c.use == column_use::standardised)
      text += '\t' + shortest_text(c.mean) + '\t' + shortest_text(c.deviation);
    text += '\n';
  }
  return text;
}

/// The schema of such a text: `parse_click_schema(click_schema_text(s), name) == s`.
/// @param name  of the text, for messages
/// @throws data_error "name:line: expected ..., got ..." if it is none
[[nodiscard]] inline click_schema parse_click_schema(std::string_view text,
                                                     const std::string& name) {
  click_schema s;
  s.delimiter.clear();
  s.separator.clear();
  std::int64_t line = 0;
  const auto fail = [&](const auto&... parts) {
    detail::throw_error<data_error>(name, ':', line, ": expected ", parts...);
  };
  const auto number = [&](const std::string& of) {
    const auto x = parse_number<double>(of);
    if (!x) fail("a number, got ", detail::shown(of));
    return x.value_or(0);
  };
  while (!text.empty()) {
    ++line;
    const auto end = text.find('\n');
    if (end == text.npos) fail("a line feed behind ", detail::shown(text));
    const auto one = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line == 1) {
      if (one != detail::click_schema_format)
        fail("'", detail::click_schema_format, "', got ", detail::shown(one));
      continue;
    }
    std::vector<std::string> parts;
    try {
      parts = id_fields(one);
    } catch (const data_error& e) {
      detail::throw_error<data_error>(name, ':', line, ": ", e.what());
    }
    const auto use = std::ranges::find(column_use_names, parts[0]);
    const bool feature = use == column_use_names.end() - 1;
    const std::size_t most = feature ? 4 : 2;
    if (parts.size() != most)
      fail(most, " fields between tabs, got ", parts.size(), ": ", detail::shown(one));
    if (use != column_use_names.end()) {
      s.columns.push_back({std::move(parts[1]),
                           static_cast<column_use>(use - column_use_names.begin()),
                           feature ? number(parts[2]) : 0, feature ? number(parts[3]) : 1});
    } else if (parts[0] == "delimiter" && s.delimiter.empty()) {
      s.delimiter = std::move(parts[1]);
    } else if (parts[0] == "separator" && s.separator.empty()) {
      s.separator = std::move(parts[1]);
    } else if (parts[0] == "quote" && !s.quote && (parts[1].size() == 1 || parts[1] == "none")) {
      s.quote = parts[1] == "none" ? '\0' : parts[1][0];
    } else {
      fail("delimiter, separator or quote, each once, or a column, got ", detail::shown(one));
    }
  }
  try {
    s.check(name.c_str());
  } catch (const argument_error& e) {
    throw data_error(e.what());
  }
  return s;
}

}  // namespace ciess
