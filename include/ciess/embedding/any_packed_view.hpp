// SPDX-License-Identifier: MIT
/// @file
/// A packed table whose numbers are known when the program runs: as a file says.
#pragma once

#include <cstdint>
#include <variant>

#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_view.hpp>

namespace ciess {

/// A view of numbers of any format; `std::visit` gives it its type.
using any_packed_view =
    std::variant<packed_view<float>, packed_view<bfloat16>, packed_view<float16>,
                 packed_view<std::int8_t>, packed_view<bits<4>>, packed_view<bits<3>>,
                 packed_view<bits<2>>, packed_view<code_byte>>;

}  // namespace ciess
