// SPDX-License-Identifier: MIT
/// @file
/// Numbers of bytes as people write them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>

namespace ciess {

/// 400k, 1.5M, 2Mi: a number above 0, with k, M, G (thousands), Ki, Mi, Gi (of 1,024) behind it or
/// nothing; fractions of a byte are cut off.
/// @param who  what the caller calls it
/// @throws argument_error if it is not one, less than a byte or 1e18 or more
[[nodiscard]] inline std::int64_t parse_byte_count(const std::string& text, std::string_view who) {
  constexpr std::array<std::pair<std::string_view, double>, 7> units{
      {{"", 1},
       {"k", 1e3},
       {"M", 1e6},
       {"G", 1e9},
       {"Ki", 1024},
       {"Mi", 1024.0 * 1024},
       {"Gi", 1024.0 * 1024 * 1024}}};
  const std::size_t end = text.find_last_of("0123456789.") + 1;
  const auto number = parse_number<double>(text.substr(0, end));
  for (const auto& [name, size] : units)
    if (number && name == text.substr(end) && *number * size >= 1 && *number * size < 1e18)
      return static_cast<std::int64_t>(*number * size);
  detail::throw_error<argument_error>(who,
                                      ": expected a number above 0, with k, M, G, Ki, Mi or Gi "
                                      "behind it or nothing, got '",
                                      text, "'");
}

}  // namespace ciess
