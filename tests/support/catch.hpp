// SPDX-License-Identifier: MIT
/// @file
/// Catch2 2.13 and 3 under one include; floating-point checks with a stated tolerance.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
/// Catch2 3's name for a matcher of Catch2 2.
inline auto ContainsSubstring(const std::string& part) { return Catch::Matchers::Contains(part); }
using Catch::Approx;
#endif
