// SPDX-License-Identifier: MIT
/// @file
/// Sizes as NumPy arrays.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>

#if __has_include(<xtensor/io/xnpy.hpp>)  // xtensor 0.26 moved its headers
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/io/xnpy.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xnpy.hpp>
#endif

#include <ciess/embedding/sizes.hpp>
#include <ciess/io/write_file.hpp>

namespace ciess {

/// The bytes of an .npy file (version 1.0) with one uint16 per row.
[[nodiscard]] inline std::string npy_bytes(const sizes& s) {
  const auto values = s.values();
  const std::array<std::size_t, 1> shape{values.size()};
  return xt::dump_npy(xt::adapt(values.data(), values.size(), xt::no_ownership(), shape));
}

/// Writes the sizes of one table as `numpy.load` reads them: uint16, shape [rows].
/// @throws io_error as `write_file`
inline void save_npy(const std::filesystem::path& path, const sizes& s) {
  write_file(path, npy_bytes(s));
}

}  // namespace ciess
