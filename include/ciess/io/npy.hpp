// SPDX-License-Identifier: MIT
/// @file
/// Tables and sizes as NumPy arrays; `io/load_npy.hpp` reads them again.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>

#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/io/detail/npy_header.hpp>
#include <ciess/io/write_file.hpp>

namespace ciess {
namespace detail {

/// @param first  as many numbers as the shape says, row-major
template <class T, std::size_t N>
std::string npy_bytes(const T* first, const std::array<index, N>& shape) {
  std::string bytes = npy_header_bytes<T>(shape);
  std::size_t count = 1;
  for (const index n : shape) count *= static_cast<std::size_t>(n);
  if (count > 0) bytes.append(reinterpret_cast<const char*>(first), count * sizeof(T));
  return bytes;
}

}  // namespace detail

/// The bytes of an .npy file (version 1.0) with one uint16 per row.
[[nodiscard]] inline std::string npy_bytes(const sizes& s) {
  return detail::npy_bytes(s.values().data(), std::array{s.rows()});
}

/// The bytes of an .npy file (version 1.0) with all numbers of a table, zero past the sizes.
template <class T>
[[nodiscard]] std::string npy_bytes(const basic_masked_table<T>& table) {
  return detail::npy_bytes(table.values().data(), std::array{table.rows(), table.columns()});
}

/// Writes the sizes of one table as `numpy.load` reads them: uint16, shape [rows].
/// @throws io_error as `write_file`
inline void save_npy(const std::filesystem::path& path, const sizes& s) {
  write_file(path, npy_bytes(s));
}

/// Writes one table as `numpy.load` reads it: shape [rows, d_max], zero past the size of a row.
/// Memory: the table once more.
/// @throws io_error as `write_file`
template <class T>
void save_npy(const std::filesystem::path& path, const basic_masked_table<T>& table) {
  write_file(path, npy_bytes(table));
}

}  // namespace ciess
