// SPDX-License-Identifier: MIT
#include "product_quantiser.hpp"

#include <ciess/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <faiss/VectorTransform.h>
#include <faiss/impl/ProductQuantizer.h>

namespace ciess_bench {
namespace {

/// To eight bits, with one scale for the centroids of a part.
void round_centroids(faiss::ProductQuantizer& pq) {
  for (std::size_t m = 0; m < pq.M; ++m) {
    const std::span<float> part(pq.get_centroids(m, 0), pq.ksub * pq.dsub);
    float largest = 0;
    for (const float x : part) largest = std::max(largest, std::abs(x));
    const float scale = largest / 127;
    if (!(scale > 0)) continue;
    for (float& x : part) x = std::round(x / scale) * scale;
  }
}

}  // namespace

quantised quantise(const ciess::matrix& rows, const quantiser_options& o) {
  const int parts = parts_of(o);
  const auto n = rows.rows();
  if (n < (1 << o.bits))
    ciess::detail::throw_error<ciess::argument_error>("quantise: ", n, " rows are fewer than ",
                                                      1 << o.bits, " centroids");
  const auto d = static_cast<int>((rows.cols() + parts - 1) / parts * parts);
  ciess::matrix padded = ciess::matrix::Zero(n, d);
  padded.leftCols(rows.cols()) = rows;

  const auto made = [&](int bits) {
    faiss::ProductQuantizer pq(static_cast<std::size_t>(d), static_cast<std::size_t>(parts),
                               static_cast<std::size_t>(bits));
    pq.cp.min_points_per_centroid = 1;  // which only silences a warning
    return pq;
  };
  faiss::ProductQuantizer of_rotation = made(o.rotation_bits);
  faiss::OPQMatrix rotation(d, parts);
  rotation.pq = &of_rotation;
  rotation.niter = o.rotations;
  rotation.train(n, padded.data());
  ciess::matrix turned(n, d);
  rotation.apply_noalloc(n, padded.data(), turned.data());

  faiss::ProductQuantizer pq = made(o.bits);
  const auto count = static_cast<std::size_t>(n);
  pq.train(count, turned.data());
  std::vector<std::uint8_t> codes(count * pq.code_size);
  pq.compute_codes(turned.data(), codes.data(), count);

  quantised q;
  q.codes = static_cast<std::int64_t>(codes.size());
  const auto decode = [&](quantised::decoded& to, std::size_t bytes) {
    pq.decode(codes.data(), turned.data(), count);
    rotation.transform_transpose(n, turned.data(), padded.data());
    to = {padded.leftCols(rows.cols()), static_cast<std::int64_t>(bytes)};
  };
  decode(q.plain, pq.centroids.size() * sizeof(float));
  round_centroids(pq);
  decode(q.rounded, pq.centroids.size() + pq.M * sizeof(float));
  return q;
}

}  // namespace ciess_bench
