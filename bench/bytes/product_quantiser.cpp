// SPDX-License-Identifier: MIT
#include "product_quantiser.hpp"

#include <ciess/core/error.hpp>

#include <cstddef>
#include <vector>

#include <faiss/VectorTransform.h>
#include <faiss/impl/ProductQuantizer.h>

namespace ciess_bench {

quantised quantise(const ciess::matrix& rows, const quantiser_options& o) {
  const int parts = parts_of(o);
  const auto n = rows.rows();
  if (n < (1 << o.bits))
    ciess::detail::throw_error<ciess::argument_error>("quantise: ", n, " rows are fewer than ",
                                                      1 << o.bits, " centroids");
  const auto d = static_cast<int>((rows.cols() + parts - 1) / parts * parts);
  ciess::matrix padded = ciess::matrix::Zero(n, d);
  padded.leftCols(rows.cols()) = rows;

  const auto made = [&] {
    faiss::ProductQuantizer pq(static_cast<std::size_t>(d), static_cast<std::size_t>(parts),
                               static_cast<std::size_t>(o.bits));
    pq.cp.min_points_per_centroid = 1;  // which only silences a warning
    return pq;
  };
  faiss::ProductQuantizer of_rotation = made();
  faiss::OPQMatrix rotation(d, parts);
  rotation.pq = &of_rotation;
  rotation.niter = o.rotations;
  rotation.train(n, padded.data());
  ciess::matrix turned(n, d);
  rotation.apply_noalloc(n, padded.data(), turned.data());

  faiss::ProductQuantizer pq = made();
  const auto count = static_cast<std::size_t>(n);
  pq.train(count, turned.data());
  std::vector<std::uint8_t> codes(count * pq.code_size);
  pq.compute_codes(turned.data(), codes.data(), count);
  pq.decode(codes.data(), turned.data(), count);
  rotation.transform_transpose(n, turned.data(), padded.data());

  quantised q;
  q.rows = padded.leftCols(rows.cols());
  q.codes = static_cast<std::int64_t>(codes.size());
  q.centroids = static_cast<std::int64_t>(pq.centroids.size() * sizeof(float));
  return q;
}

}  // namespace ciess_bench
