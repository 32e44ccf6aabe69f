// SPDX-License-Identifier: MIT
/// @file
/// Lists of numbers as other programs leave them, such as how often each row occurs: tensors of one
/// dimension of a safetensors file, or a NumPy array.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/io/load_npy.hpp>
#include <ciess/io/mapped_file.hpp>
#include <ciess/io/safetensors.hpp>
#include <ciess/io/tensor_type.hpp>

namespace ciess {

/// Numbers under a name.
struct named_list {
  std::string name;
  std::vector<double> numbers;
};

namespace detail {

/// The numbers of a tensor of one dimension, of any type that C++ has, whatever they begin at.
/// @param file  its name, for messages
/// @throws data_error if it has other dimensions, or numbers of another type
[[nodiscard]] inline std::vector<double> list_of(const std::string& file, const tensor_view& t) {
  const auto refuse = [&](const auto&... parts) {
    throw_error<data_error>(file, ": tensor ", shown(t.name), ": ", parts...);
  };
  if (t.shape.size() != 1) refuse("expected 1 dimension, got ", t.shape.size());
  std::vector<double> list(static_cast<std::size_t>(t.shape[0]));
  const auto copy = [&]<class N>(N number) {
    if (t.type != ciess::tensor_type_of<N>) return false;
    for (std::size_t k = 0; k < list.size(); ++k) {
      std::memcpy(&number, t.bytes.data() + k * sizeof(N), sizeof(N));
      if constexpr (std::integral<N> || std::floating_point<N>)
        list[k] = static_cast<double>(number);
      else
        list[k] = static_cast<double>(to_float(number));
    }
    return true;
  };
  const bool copied = copy(double{}) || copy(float{}) || copy(float16{}) || copy(bfloat16{}) ||
                      copy(std::int64_t{}) || copy(std::int32_t{}) || copy(std::int16_t{}) ||
                      copy(std::int8_t{}) || copy(std::uint64_t{}) || copy(std::uint32_t{}) ||
                      copy(std::uint16_t{}) || copy(std::uint8_t{});
  if (!copied) refuse("expected integers, F64, F32, F16 or BF16, got ", tensor_type_name(t.type));
  return list;
}

}  // namespace detail

/// Reads all tensors of one dimension of "rows.safetensors", in the order in which they are in the
/// file, or an array of one dimension, "user.npy", which is called "user". Infinities and NaN pass.
/// @throws io_error if the file cannot be read; data_error if it is not such a file, or there is
///         no such list in it
/// Memory: 8 bytes a number.
[[nodiscard]] inline std::vector<named_list> load_lists(const std::filesystem::path& path) {
  std::vector<named_list> lists;
  if (path.extension() == ".safetensors") {
    const mapped_file file(path);
    const safetensors_view all(file.bytes(), path.string());
    for (const tensor_view& t : all.tensors())
      if (t.shape.size() == 1) lists.push_back({t.name, detail::list_of(path.string(), t)});
    if (lists.empty())
      detail::throw_error<data_error>(path.string(), ": expected tensors of 1 dimension, got none");
    return lists;
  }
  detail::npy_reader file(path, 1);
  auto& list = lists.emplace_back(path.stem().string(), std::vector<double>());
  file.with_type<double, float, float16, std::int64_t, std::int32_t, std::int16_t, std::int8_t,
                 std::uint64_t, std::uint32_t, std::uint16_t, std::uint8_t>([&]<class N>(N) {
    std::vector<N> numbers(static_cast<std::size_t>(file.header().shape[0]));
    file.read(std::span(numbers));
    list.numbers.reserve(numbers.size());
    for (const N x : numbers)
      if constexpr (std::same_as<N, float16>)
        list.numbers.push_back(static_cast<double>(to_float(x)));
      else
        list.numbers.push_back(static_cast<double>(x));
  });
  return lists;
}

}  // namespace ciess
