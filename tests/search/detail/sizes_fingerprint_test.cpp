// SPDX-License-Identifier: MIT
#include <ciess/search/detail/sizes_fingerprint.hpp>

#include <cstdint>
#include <set>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("sizes that differ in one row have other fingerprints", "[search]") {
  const std::vector<ciess::table_shape> shapes{{20, {1, 8}}, {10, {1, 8}}};
  const ciess::assignment full(shapes);
  std::set<std::uint64_t> seen{ciess::detail::fingerprint_of(full)};
  for (std::size_t t = 0; t < 2; ++t)
    for (ciess::index_t r = 0; r < shapes[t].rows; ++r)
      for (const int size : {1, 4, 7}) {
        auto cut = full;
        cut[t].set(r, size);
        seen.insert(ciess::detail::fingerprint_of(cut));
      }
  CHECK(seen.size() == 1 + 3 * 30);
  CHECK(ciess::detail::fingerprint_of(full) ==
        ciess::detail::fingerprint_of(ciess::assignment(shapes)));
}
