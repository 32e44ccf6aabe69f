// SPDX-License-Identifier: MIT
/// @file
/// Product quantisation with rotation, by faiss.
#pragma once

#include <ciess/core/types.hpp>

#include <cstdint>

namespace ciess_bench {

/// Each vector is turned and cut into parts; of each part the nearest of 2^bits centroids is kept.
struct quantiser_options {
  int bytes = 8;          ///< of the code of a vector
  int bits = 8;           ///< of the code of a part: 8 or 4
  int rotations = 50;     ///< steps in which the rotation is learnt (faiss: as many)
  int rotation_bits = 4;  ///< of the codes that it is learnt with: 8 take eight times as long
};

/// What is left of vectors, and what it takes.
struct quantised {
  std::int64_t codes = 0;  ///< bytes
  struct decoded {
    ciess::matrix rows;          ///< turned back, [n, d]
    std::int64_t centroids = 0;  ///< bytes
  };
  decoded plain;    ///< with centroids as floats
  decoded rounded;  ///< with centroids of a byte a number, and a float for the scale of each part
};

/// Parts that a vector is cut into.
constexpr int parts_of(const quantiser_options& o) { return o.bytes * 8 / o.bits; }

/// Learns rotation and centroids from the rows themselves (Ge et al., "Optimized product
/// quantization", CVPR 2013), with the settings of faiss. Where d is no multiple of the parts,
/// vectors get zeros at their end.
/// @throws ciess::argument_error if there are fewer rows than centroids; what faiss throws
/// Cost: seconds for 10,000 rows of 128 numbers, by all processors
[[nodiscard]] quantised quantise(const ciess::matrix& rows, const quantiser_options& o);

}  // namespace ciess_bench
