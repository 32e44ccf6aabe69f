// SPDX-License-Identifier: MIT
/// @file
/// Vectors as other programs leave them: a NumPy array, or a tensor of a safetensors file.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

#include <ciess/core/error.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/core/types.hpp>
#include <ciess/io/load_npy.hpp>
#include <ciess/io/mapped_file.hpp>
#include <ciess/io/safetensors.hpp>
#include <ciess/io/tensor_type.hpp>

namespace ciess {
namespace detail {

/// The numbers of a tensor of two dimensions as floats, whatever they begin at.
inline matrix floats_of(const std::string& file, const tensor_view& t) {
  const auto refuse = [&](const auto&... parts) {
    throw_error<data_error>(file, ": tensor ", shown(t.name), ": ", parts...);
  };
  if (t.shape.size() != 2) refuse("expected 2 dimensions, got ", t.shape.size());
  matrix m(t.shape[0], t.shape[1]);
  const auto copy = [&]<class N>(N number) {
    for (index_t k = 0; k < m.size(); ++k) {
      std::memcpy(&number, t.bytes.data() + static_cast<std::size_t>(k) * sizeof(N), sizeof(N));
      float& x = m.data()[k];
      if constexpr (std::floating_point<N>) {
        if (std::isfinite(number) && std::abs(number) > std::numeric_limits<float>::max())
          refuse("row ", k / m.cols(), ", column ", k % m.cols(), ": expected a number of at most ",
                 std::numeric_limits<float>::max(), ", got ", number);
        x = static_cast<float>(number);
      } else {
        x = to_float(number);
      }
    }
  };
  switch (t.type) {
    case tensor_type::f32:
      copy(float{});
      break;
    case tensor_type::f64:
      copy(double{});
      break;
    case tensor_type::f16:
      copy(float16{});
      break;
    case tensor_type::bf16:
      copy(bfloat16{});
      break;
    default:
      refuse("expected numbers F32, F64, F16 or BF16, got ", tensor_type_name(t.type));
  }
  return m;
}

}  // namespace detail

/// Reads vectors, [rows, d], one a row.
/// @param where  "users.npy": see `load_npy`. "model.safetensors:users.weight": that tensor;
///               "model.safetensors": the only one of two dimensions
/// @throws io_error if the file cannot be read; data_error if there are no such numbers in it.
///         Infinities and NaN pass, as they do from NumPy
/// Memory: the matrix.
[[nodiscard]] inline matrix load_vectors(const std::string& where) {
  constexpr std::string_view kind = ".safetensors";
  const auto colon = where.find(std::string(kind) + ':');
  if (colon == where.npos && !where.ends_with(kind)) return load_npy<float>(where);
  const auto end = colon == where.npos ? where.size() : colon + kind.size();
  const std::string path = where.substr(0, end);
  const mapped_file file{std::filesystem::path(path)};
  const safetensors_view all(file.bytes(), path);
  if (end < where.size()) return detail::floats_of(path, all.at(where.substr(end + 1)));
  const tensor_view* only = nullptr;
  std::string names;
  for (const tensor_view& t : all.tensors()) {
    names += (names.empty() ? "" : " ") + t.name;
    if (t.shape.size() != 2) continue;
    if (only)
      detail::throw_error<data_error>(path,
                                      ": expected one tensor of 2 dimensions, or its name: ", path,
                                      ":", only->name, " or ", path, ":", t.name);
    only = &t;
  }
  if (!only)
    detail::throw_error<data_error>(path, ": expected a tensor of 2 dimensions, got only ",
                                    detail::shown(names));
  return detail::floats_of(path, *only);
}

}  // namespace ciess
