// SPDX-License-Identifier: MIT
#include <ciess/io/tensor_type.hpp>
// its own header first
#include <cstdint>

#include "support/catch.hpp"

namespace {

using ciess::tensor_type;
static_assert(ciess::tensor_type_of<float> == tensor_type::f32);
static_assert(ciess::tensor_type_of<double> == tensor_type::f64);
static_assert(ciess::tensor_type_of<ciess::bfloat16> == tensor_type::bf16);
static_assert(ciess::tensor_type_of<ciess::float16> == tensor_type::f16);
static_assert(ciess::tensor_type_of<std::byte> == tensor_type::u8);
static_assert(ciess::tensor_type_of<std::uint8_t> == tensor_type::u8);
static_assert(ciess::tensor_type_of<std::int8_t> == tensor_type::i8);
static_assert(ciess::tensor_type_of<std::uint16_t> == tensor_type::u16);
static_assert(ciess::tensor_type_of<std::int16_t> == tensor_type::i16);
static_assert(ciess::tensor_type_of<std::uint32_t> == tensor_type::u32);
static_assert(ciess::tensor_type_of<std::int32_t> == tensor_type::i32);
static_assert(ciess::tensor_type_of<unsigned long long> == tensor_type::u64);
static_assert(ciess::tensor_type_of<long long> == tensor_type::i64);
static_assert(ciess::tensor_type_of<std::size_t> == tensor_type::u64);
static_assert(!ciess::tensor_number<bool> && !ciess::tensor_number<char>);
static_assert(!ciess::tensor_number<const float> && !ciess::tensor_number<float*>);
static_assert(!ciess::tensor_number<long double> && !ciess::tensor_number<char32_t>);

}  // namespace

TEST_CASE("every type is found by its name and has the bytes that the name says", "[io]") {
  for (int t = 0; t <= static_cast<int>(tensor_type::f64); ++t) {
    const auto type = static_cast<tensor_type>(t);
    const auto name = ciess::tensor_type_name(type);
    CHECK(ciess::find_tensor_type(name) == type);
    const auto bytes = ciess::tensor_type_bytes(type);
    INFO(name);
    if (name == "BOOL")
      CHECK(bytes == 1);
    else
      CHECK(name.find(std::to_string(8 * bytes)) != name.npos);
  }
  CHECK_FALSE(ciess::find_tensor_type("F33"));
  CHECK_FALSE(ciess::find_tensor_type("f32"));
  CHECK_FALSE(ciess::find_tensor_type(""));
}
