// SPDX-License-Identifier: MIT
#include <ciess/io/load_lists.hpp>

#include <ciess/io/npy.hpp>
#include <ciess/io/write_file.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

template <class N>
void add(ciess::safetensors_writer& file, const std::string& name, const std::vector<N>& numbers) {
  file.add(name, {std::ssize(numbers)}, std::span<const N>(numbers));
}

template <class N>
std::string npy(const std::vector<N>& numbers) {
  ciess::detail::string_sink sink;
  ciess::detail::write_npy(sink, numbers.data(), std::array{std::ssize(numbers)});
  return sink.text;
}

}  // namespace

TEST_CASE("lists of every type of numbers are read from safetensors", "[io]") {
  const temporary_directory made;
  const auto& folder = made.path();
  const std::vector<double> expected{0, 1, 100};
  const std::vector<double> f64{0, 1, 100};
  const std::vector<float> f32{0, 1, 100};
  const std::vector<std::int64_t> i64{0, 1, 100};
  const std::vector<std::uint32_t> u32{0, 1, 100};
  const std::vector<std::int16_t> i16{0, 1, 100};
  const std::vector<std::uint8_t> u8{0, 1, 100};
  const std::vector<ciess::bfloat16> bf16{ciess::bfloat16{0}, ciess::bfloat16{0x3F80},
                                          ciess::bfloat16{0x42C8}};
  ciess::safetensors_writer file;
  add(file, "f64", f64);
  add(file, "f32", f32);
  add(file, "i64", i64);
  add(file, "u32", u32);
  add(file, "i16", i16);
  add(file, "u8", u8);
  add(file, "bf16", bf16);
  const std::vector<float> matrix{1, 2};
  file.add("not a list", {1, 2}, std::span<const float>(matrix));
  file.save(folder / "lists.safetensors");
  const auto lists = ciess::load_lists(folder / "lists.safetensors");
  CHECK(lists.size() == 7);
  for (const auto& list : lists) {
    CAPTURE(list.name);
    CHECK(list.numbers == expected);
  }
}

TEST_CASE("an array of one dimension is a list under its file's name", "[io]") {
  const temporary_directory made;
  const auto& folder = made.path();
  ciess::write_file(folder / "user.npy", npy(std::vector<std::int32_t>{3, 0, -2}));
  ciess::write_file(folder / "half.npy", npy(std::vector<float>{0.5F}));
  const auto lists = ciess::load_lists(folder / "user.npy");
  REQUIRE(lists.size() == 1);
  CHECK(lists[0].name == "user");
  CHECK(lists[0].numbers == std::vector<double>{3, 0, -2});
  CHECK(ciess::load_lists(folder / "half.npy")[0].numbers == std::vector<double>{0.5});
}

TEST_CASE("what is no list is refused", "[io]") {
  const temporary_directory made;
  const auto& folder = made.path();
  CHECK_THROWS_AS(ciess::load_lists(folder / "nothing.npy"), ciess::io_error);
  CHECK_THROWS_AS(ciess::load_lists(folder / "nothing.safetensors"), ciess::io_error);
  ciess::write_file(folder / "text.npy", "no numbers");
  CHECK_THROWS_AS(ciess::load_lists(folder / "text.npy"), ciess::data_error);
  const std::vector<float> numbers{1, 2};
  ciess::safetensors_writer file;
  file.add("matrix", {1, 2}, std::span<const float>(numbers));
  file.save(folder / "matrix.safetensors");
  CHECK_THROWS_WITH(ciess::load_lists(folder / "matrix.safetensors"),
                    ContainsSubstring("expected tensors of 1 dimension, got none"));
  const ciess::tensor_view flags{
      "flags", ciess::tensor_type::boolean, {1}, std::as_bytes(std::span("x", 1))};
  CHECK_THROWS_WITH(ciess::detail::list_of("file", flags),
                    ContainsSubstring("file: tensor 'flags': expected integers, F64") &&
                        ContainsSubstring("got BOOL"));
}
