// SPDX-License-Identifier: MIT
#include <ciess/nn/detail/relu_lanes.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

template <class T>
ciess::basic_matrix<T> drawn(ciess::index_t rows, ciess::index_t d, std::uint64_t seed) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  ciess::basic_matrix<T> m(rows, d);
  for (T& x : m.reshaped()) x = ciess::uniform<T>(engine, T(-1), T(1));
  return m;
}

}  // namespace

TEMPLATE_TEST_CASE("lanes score as the plain loop does", "[nn]", float, double) {
  using lanes_type = ciess::relu_lanes<TestType>;
  const ciess::index_t d = GENERATE(1, 5, 33);
  const ciess::index_t rows = GENERATE(1, 63, 64, 65, 200);
  const auto parts = drawn<TestType>(rows, d, 1);
  const auto own = drawn<TestType>(1, d, 2);
  const auto v = drawn<TestType>(1, d, 3);
  lanes_type lanes;
  lanes.assign(parts);
  for (ciess::index_t first = 0; first < rows; first += lanes_type::width) {
    std::vector<TestType> scores(static_cast<std::size_t>(rows - first), TestType(10));
    lanes.add_scores(own.data(), v.data(), TestType(0.5), first, scores);
    for (ciess::index_t j = 0; first + j < rows; ++j) {
      double plain = 10.5;
      for (ciess::index_t k = 0; k < d; ++k)
        plain += static_cast<double>(v(0, k)) *
                 std::max(0.0, static_cast<double>(own(0, k) + parts(first + j, k)));
      REQUIRE(static_cast<double>(scores[static_cast<std::size_t>(j)]) ==
              Approx(plain).epsilon(std::is_same_v<TestType, float> ? 1e-5 : 1e-13));
    }
  }
}

TEST_CASE("lanes hide no number that is none", "[nn]") {
  auto parts = drawn<float>(3, 4, 1);
  parts(1, 2) = std::numeric_limits<float>::quiet_NaN();
  ciess::relu_lanes<float> lanes;
  lanes.assign(parts);
  const auto own = drawn<float>(1, 4, 2);
  std::vector<float> scores(3);
  lanes.add_scores(own.data(), own.data(), 0, 0, scores);
  CHECK(std::isfinite(scores[0]));
  CHECK(std::isnan(scores[1]));
  CHECK(std::isfinite(scores[2]));
}

TEST_CASE("lanes are filled alike by one and two threads", "[nn][threads]") {
  const auto parts = drawn<float>(300, 7, 1);
  const auto own = drawn<float>(1, 7, 2);
  const auto run = [&] {
    ciess::relu_lanes<float> lanes;
    lanes.assign(parts);
    std::vector<float> scores(300);
    lanes.add_scores(own.data(), own.data(), 0, 0, scores);
    return scores;
  };
  const auto serial = run();
  const ciess::threads pool{2};
  CHECK(run() == serial);
}
