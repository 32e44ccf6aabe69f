// SPDX-License-Identifier: MIT
/// @file
/// The vector registers that a translation unit is compiled for.
#pragma once

#include <cstddef>

namespace ciess::detail {

/// Width of a vector register.
#if defined(__AVX512F__)
inline constexpr std::size_t register_bytes = 64;
#elif defined(__AVX__)
inline constexpr std::size_t register_bytes = 32;
#else
inline constexpr std::size_t register_bytes = 16;
#endif

/// How many there are.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr std::size_t register_count = 32;
#else
inline constexpr std::size_t register_count = 16;
#endif

}  // namespace ciess::detail
