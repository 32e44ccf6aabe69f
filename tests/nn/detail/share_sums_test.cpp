// SPDX-License-Identifier: MIT
#include <ciess/nn/detail/share_sums.hpp>

#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

std::vector<float> summed(ciess::share_sums<float>& sums, ciess::index_t blocks, std::size_t n) {
  std::vector<float> out(n, -1.0F);
  sums(blocks, out, [](ciess::index_t, ciess::index_t b, std::span<float> part) {
    for (std::size_t j = 0; j < part.size(); ++j)
      part[j] += 1.0F / static_cast<float>(1 + b) + static_cast<float>(j);
  });
  return out;
}

}  // namespace

TEST_CASE("shares sum what every block adds, once", "[nn]") {
  ciess::share_sums<float> sums;
  for (const ciess::index_t blocks : {0, 1, 31, 32, 33, 100}) {
    const auto out = summed(sums, blocks, 19);
    double harmonic = 0;
    for (ciess::index_t b = 0; b < blocks; ++b) harmonic += 1.0 / static_cast<double>(1 + b);
    for (std::size_t j = 0; j < out.size(); ++j)
      CHECK(static_cast<double>(out[j]) ==
            Approx(harmonic + static_cast<double>(blocks) * static_cast<double>(j)));
  }
}

TEST_CASE("shares are numbered and go through their blocks in order", "[nn]") {
  ciess::share_sums<double> sums;
  std::vector<ciess::index_t> last(static_cast<std::size_t>(ciess::share_sums<double>::most), -1);
  std::vector<double> out(1);
  ciess::index_t seen = 0;
  sums(100, out, [&](ciess::index_t share, ciess::index_t b, std::span<double>) {
    CHECK(b > last[static_cast<std::size_t>(share)]);
    last[static_cast<std::size_t>(share)] = b;
    ++seen;
  });
  CHECK(seen == 100);
}

TEST_CASE("shares have the same bytes at two threads", "[nn][threads]") {
  ciess::share_sums<float> sums;
  const auto serial = summed(sums, 77, 20'000);
  const ciess::threads pool{2};
  CHECK(summed(sums, 77, 20'000) == serial);
  const auto copy = sums;
  ciess::share_sums<float> other(copy);
  CHECK(summed(other, 77, 20'000) == serial);
}
