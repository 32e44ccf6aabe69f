// SPDX-License-Identifier: MIT
/// @file
/// Catch2 2.13 and 3 under one include; both know `Approx` and `ContainsSubstring`.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
#else
#include <string>

#include <catch2/catch.hpp>
using Approx = Catch::Detail::Approx;  // Catch::Approx would find a matcher of that name, too
/// Catch2 3's name for a matcher of Catch2 2.
inline auto ContainsSubstring(const std::string& part) { return Catch::Matchers::Contains(part); }
#endif
