// SPDX-License-Identifier: MIT
#include <ciess/core/parallel.hpp>
// its own header first
#include <ciess/core/threads.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"

namespace {

/// Runs `f` serially and on two threads.
template <class F>
void serially_and_in_parallel(F f) {
  {
    INFO("serial");
    f();
  }
  INFO("two threads");
  const ciess::threads pool{2};
  f();
}

/// Sum of numbers of very different size, whose order matters in floating point.
double awkward_sum(ciess::index_t n, ciess::index_t grain) {
  return ciess::parallel_reduce(
      n, grain, 0.1,
      [](ciess::index_t first, ciess::index_t last) {
        double sum = 0;
        for (ciess::index_t k = first; k < last; ++k)
          sum += std::sin(double(k)) * std::pow(10.0, double(k % 20));
        return sum;
      },
      [](double a, double b) { return a + b; });
}

}  // namespace

TEST_CASE("parallel_for covers a range once, in pieces of the grain", "[core]") {
  const ciess::index_t n = GENERATE(0, 1, 2, 9, 10, 11, 1000);
  const ciess::index_t grain = GENERATE(-1, 0, 1, 3, 10, 5000);
  serially_and_in_parallel([&] {
    std::vector<std::atomic<int>> visits(static_cast<std::size_t>(n));
    std::atomic<bool> good = true;
    ciess::parallel_for(n, grain, [&](ciess::index_t first, ciess::index_t last) {
      if (first < 0 || first >= last || last > n ||
          last - first > std::max<ciess::index_t>(grain, 1))
        good = false;
      else
        for (ciess::index_t k = first; k < last; ++k) ++visits[static_cast<std::size_t>(k)];
    });
    CHECK(good);
    for (const auto& v : visits)
      if (v != 1) FAIL("a position was visited " << v << " times");
  });
}

TEST_CASE("parallel_chunks calls each chunk once", "[core]") {
  serially_and_in_parallel([] {
    std::vector<std::atomic<int>> visits(100);
    ciess::parallel_chunks(100, [&](ciess::index_t c) { ++visits[static_cast<std::size_t>(c)]; });
    for (const auto& v : visits) CHECK(v == 1);
    ciess::parallel_chunks(0, [](ciess::index_t) { FAIL("there is no chunk"); });
  });
}

TEST_CASE("parallel_chunks takes const and mutable callables", "[core]") {
  serially_and_in_parallel([] {
    std::atomic<int> calls = 0;
    const auto constant = [&calls](ciess::index_t) { ++calls; };
    ciess::parallel_chunks(5, constant);
    auto changing = [&calls, first = std::once_flag{}](ciess::index_t) mutable {
      std::call_once(first, [&calls] { ++calls; });
    };
    ciess::parallel_chunks(5, changing);
    CHECK(calls == 6);  // one object, not a copy for each chunk
  });
}

TEST_CASE("parallel_reduce folds from left to right", "[core]") {
  serially_and_in_parallel([] {
    // Appending does not commute: any other order would show.
    const auto digits = ciess::parallel_reduce(
        500, 7, std::vector<ciess::index_t>{-1},
        [](ciess::index_t first, ciess::index_t last) {
          std::vector<ciess::index_t> part(static_cast<std::size_t>(last - first));
          std::iota(part.begin(), part.end(), first);
          return part;
        },
        [](std::vector<ciess::index_t> a, const std::vector<ciess::index_t>& b) {
          a.insert(a.end(), b.begin(), b.end());
          return a;
        });
    std::vector<ciess::index_t> expected(501);
    std::iota(expected.begin(), expected.end(), ciess::index_t{-1});
    CHECK(digits == expected);
  });
}

TEST_CASE("parallel_reduce uses at most 64 pieces and handles an empty range", "[core]") {
  serially_and_in_parallel([] {
    const auto pieces = [](ciess::index_t n, ciess::index_t grain) {
      return ciess::parallel_reduce(
          n, grain, ciess::index_t{0},
          [](ciess::index_t, ciess::index_t) { return ciess::index_t{1}; },
          [](ciess::index_t a, ciess::index_t b) { return a + b; });
    };
    CHECK(pieces(0, 1) == 0);
    CHECK(pieces(1, 1) == 1);
    CHECK(pieces(64, 1) == 64);
    CHECK(pieces(65, 1) <= 64);
    CHECK(pieces(1'000'000, 1) <= 64);
    CHECK(pieces(100, 30) == 4);
    CHECK(pieces(100, -3) <= 64);
  });
}

TEST_CASE("parallel_reduce gives the same bytes at any number of threads", "[core]") {
  const ciess::index_t n = GENERATE(1, 1000, 12345);
  const ciess::index_t grain = GENERATE(1, 100);
  const auto serial = std::bit_cast<std::uint64_t>(awkward_sum(n, grain));
  for (const int count : {1, 2, 3}) {
    const ciess::threads pool{count};
    CHECK(std::bit_cast<std::uint64_t>(awkward_sum(n, grain)) == serial);
  }
}

TEST_CASE("exceptions leave a parallel loop", "[core]") {
  serially_and_in_parallel([] {
    CHECK_THROWS_WITH(ciess::parallel_for(100, 1,
                                          [](ciess::index_t first, ciess::index_t) {
                                            if (first == 57) throw std::runtime_error("57");
                                          }),
                      "57");
    // And the next loop works.
    CHECK(awkward_sum(10, 1) == awkward_sum(10, 1));
  });
}

TEST_CASE("parallel loops nest", "[core]") {
  serially_and_in_parallel([] {
    std::atomic<int> calls = 0;
    ciess::parallel_for(8, 1, [&](ciess::index_t, ciess::index_t) {
      ciess::parallel_for(8, 1, [&](ciess::index_t, ciess::index_t) { ++calls; });
    });
    CHECK(calls == 64);
  });
}
