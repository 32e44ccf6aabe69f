// SPDX-License-Identifier: MIT
/// @file
/// Tables and sizes as NumPy arrays; `io/load_npy.hpp` reads them again.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/io/detail/npy_header.hpp>
#include <ciess/io/write_file.hpp>

namespace ciess {
namespace detail {

/// Gives a sink an .npy file: a header, and the numbers from where they are.
/// @param first  as many numbers as the shape says, row-major
template <class T, std::size_t N, class Sink>
void write_npy(Sink& sink, const T* first, const std::array<index_t, N>& shape) {
  const std::string header = npy_header_bytes<T>(shape);
  std::size_t count = 1;
  for (const index_t n : shape) count *= static_cast<std::size_t>(n);
  sink.write(std::as_bytes(std::span(header)));
  sink.write(std::as_bytes(std::span(first, count)));
}
template <class Sink>
void write_npy(Sink& sink, const sizes& s) {
  write_npy(sink, s.values().data(), std::array{s.rows()});
}
template <class Sink, class T>
void write_npy(Sink& sink, const basic_masked_table<T>& table) {
  write_npy(sink, table.values().data(), std::array{table.rows(), table.columns()});
}

template <class Array>
std::string npy_bytes_of(const Array& array) {
  string_sink sink;
  write_npy(sink, array);
  return std::move(sink.text);
}
template <class Array>
void save_npy_of(const std::filesystem::path& path, const Array& array) {
  write_file(path, [&](auto& sink) { write_npy(sink, array); });
}

}  // namespace detail

/// The bytes of an .npy file (version 1.0) with one uint16 per row.
[[nodiscard]] inline std::string npy_bytes(const sizes& s) { return detail::npy_bytes_of(s); }

/// The bytes of an .npy file (version 1.0) with all numbers of a table, zero past the sizes.
template <class T>
[[nodiscard]] std::string npy_bytes(const basic_masked_table<T>& table) {
  return detail::npy_bytes_of(table);
}

/// Writes the sizes of one table as `numpy.load` reads them: uint16, shape [rows].
/// @throws io_error as `write_file`
inline void save_npy(const std::filesystem::path& path, const sizes& s) {
  detail::save_npy_of(path, s);
}

/// Writes one table as `numpy.load` reads it: shape [rows, d_max], zero past the size of a row.
/// Copies no numbers.
/// @throws io_error as `write_file`
template <class T>
void save_npy(const std::filesystem::path& path, const basic_masked_table<T>& table) {
  detail::save_npy_of(path, table);
}

}  // namespace ciess
