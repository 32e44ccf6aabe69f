// SPDX-License-Identifier: MIT
#include <ciess/embedding/packed_row.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <ciess/embedding/packed_table.hpp>

#include "support/catch.hpp"
#include "support/random_tables.hpp"

using ciess::bfloat16;
using ciess::float16;
using ciess::matrix;

static_assert(ciess::packed_number<float> && ciess::packed_number<bfloat16>);
static_assert(ciess::packed_number<float16> && ciess::packed_number<std::int8_t>);
static_assert(!ciess::packed_number<double> && !ciess::packed_number<const float>);
static_assert(!ciess::packed_number<float&> && !ciess::packed_number<float*>);
static_assert(!ciess::packed_number<std::uint8_t> && !ciess::packed_number<std::int16_t>);
static_assert(!ciess::packed_number<char>);  // signed on this machine, unsigned on another

TEST_CASE("scales in a byte are floats that rise by a sixteenth of an octave", "[embedding]") {
  CHECK(ciess::scale_value<std::int8_t>(0.3F, 7) == 0.3F);
  CHECK(ciess::scale_value<ciess::bits<4>>(16, 127) == 2);
  CHECK(ciess::scale_value<ciess::bits<4>>(24, 127) == 3);
  CHECK(ciess::scale_value<ciess::bits<4>>(1, 127) == 1.0625F);
  CHECK(ciess::scale_value<ciess::bits<4>>(255, 127) == 31 * 2048);
  for (const int octave : {0, 1, 100, ciess::most_octave}) {
    CHECK(ciess::scale_value<ciess::bits<4>>(0, octave) == 0);
    for (int code = 1; code < 256; ++code)
      CHECK(ciess::scale_value<ciess::bits<4>>(static_cast<std::uint8_t>(code), octave) >
            ciess::scale_value<ciess::bits<4>>(static_cast<std::uint8_t>(code - 1), octave));
    CHECK(std::isfinite(ciess::scale_value<ciess::bits<4>>(255, octave)));
  }
}

TEMPLATE_TEST_CASE("rows of different sizes multiply by the numbers that both have", "[embedding]",
                   float, bfloat16, float16, std::int8_t, ciess::bits<4>, ciess::bits<3>,
                   ciess::bits<2>) {
  const auto left = ciess::pack<TestType>(random_table(70, {1, 50}, 1));
  const auto right = ciess::pack(random_table(70, {1, 90}, 2));
  const matrix a = left.view().dense();
  const matrix b = right.view().dense();
  double worst = 0;
  for (ciess::index_t r = 0; r < 70; ++r) {
    const double exact = a.row(r).cast<double>().dot(b.row(r).leftCols(50).cast<double>());
    const double size = a.row(r).norm() * b.row(r).norm();
    worst = std::max(worst, std::abs(left.view()[r].dot(right.view()[r]) - exact) / size);
    CHECK(left.view()[r].dot(right.view()[r]) == right.view()[r].dot(left.view()[r]));
  }
  CHECK(worst < 1e-7);  // summed in double, then rounded to float once
}
