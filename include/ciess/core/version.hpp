// SPDX-License-Identifier: MIT
/// @file
/// The version of the library.
#pragma once

#include <string_view>

namespace ciess {

/// CMake reads it from here. Versions with the same first two numbers fit each other.
inline constexpr std::string_view version = "0.1.0";

}  // namespace ciess
