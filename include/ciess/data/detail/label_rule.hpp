// SPDX-License-Identifier: MIT
/// @file
/// Which labels are clicks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/click_read_options.hpp>
#include <ciess/data/detail/names.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>

namespace ciess::detail {

/// Where a value stands, for messages: " in column 3 ('age')"; nothing without a name.
inline std::string where_of(std::size_t position, std::string_view name) {
  return name.empty() ? std::string() : joined(" in column ", position + 1, " (", shown(name), ")");
}

/// Turns labels as they are written into 0 and 1.
class label_rule {
 public:
  explicit label_rule(const click_read_options& o)
      : from_{o.positive_from}, wanted_{o.positive_label} {
    if (wanted_) wanted_number_ = parse_rating(*wanted_);
  }

  /// Whether a text can be a label by itself.
  [[nodiscard]] bool is_label(std::string_view text) const {
    const auto number = parse_rating(text);
    if (from_) return number.has_value();
    if (wanted_) return !text.empty();
    if (number) return *number == 0 || *number == 1 || *number == -1;
    const std::string small = lower(text.substr(0, 6));
    return small == "true" || small == "false";
  }

  /// @param position, name  of the column, for messages; no name: there are no columns
  /// @throws data_error "name:line: expected a label ..., got ..."
  std::uint8_t operator()(const source& s, std::int64_t line, std::size_t position,
                          std::string_view name, std::string_view text) {
    if (from_) {
      const auto number = parse_rating(text);
      if (!number) refuse(s, line, position, name, text);
      return *number >= *from_ ? 1 : 0;
    }
    if (wanted_) {
      if (text.empty()) refuse(s, line, position, name, text);
      if (text == *wanted_) return 1;
      const auto number = wanted_number_ ? parse_rating(text) : std::nullopt;
      return number && *number == *wanted_number_ ? 1 : 0;
    }
    if (text == "1") return 1;
    if (text == "0" && minus_line_ == 0) {
      if (zero_line_ == 0) zero_line_ = line;
      return 0;
    }
    if (!is_label(text)) refuse(s, line, position, name, text);
    const auto number = parse_rating(text);
    if (!number) return text.size() == 4 ? 1 : 0;
    if (*number == 1) return 1;
    (*number == 0 ? zero_line_ : minus_line_) = line;
    if (zero_line_ > 0 && minus_line_ > 0)
      s.fail(line, "expected labels of 1 beside 0 or of 1 beside -1", where_of(position, name),
             ", got ", shown(text), " and on line ", *number == 0 ? minus_line_ : zero_line_,
             " the other");
    return 0;
  }

 private:
  [[noreturn]] void refuse(const source& s, std::int64_t line, std::size_t position,
                           std::string_view name, std::string_view text) const {
    const std::string where = where_of(position, name);
    if (from_) s.fail(line, "expected a label that is a number", where, ", got ", shown(text));
    if (wanted_) s.fail(line, "expected a label", where, ", got an empty field");
    s.fail(line, "expected a label of 0 or 1, -1 or 1, false or true", where, ", got ", shown(text),
           "; say which are 1 (--positive-from, --positive-label)");
  }

  std::optional<double> from_;
  std::optional<std::string> wanted_;
  std::optional<double> wanted_number_;
  std::int64_t zero_line_ = 0, minus_line_ = 0;  ///< where 0 and -1 stand, if they do
};

}  // namespace ciess::detail
