// SPDX-License-Identifier: MIT
#include <ciess/rl/trained_network.hpp>

#include <algorithm>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("trained_network descends by Adam and its target follows", "[rl]") {
  ciess::trained_network n({.widths = {2, 3, 1}}, {1, ciess::purpose::policy});
  const auto numbers = [](auto span) { return std::vector<float>(span.begin(), span.end()); };
  const auto first = numbers(n.net.parameters());
  REQUIRE(first.size() == 13);
  CHECK(numbers(n.target.parameters()) == first);
  CHECK(n.moments.m.size() == 13);
  CHECK(n.gradient.size() == 13);

  std::ranges::fill(n.gradient, 2.0F);
  n.gradient[4] = 0;
  n.descend(0.01, 1);
  const auto second = numbers(n.net.parameters());
  for (std::size_t i = 0; i < 13; ++i)
    CHECK(second[i] - first[i] == Approx(i == 4 ? 0 : -0.01).epsilon(1e-4));
  CHECK(numbers(n.target.parameters()) == first);

  n.follow(0.25);
  for (std::size_t i = 0; i < 13; ++i)
    CHECK(n.target.parameters()[i] == Approx(0.75F * first[i] + 0.25F * second[i]));
  n.follow(1);
  for (std::size_t i = 0; i < 13; ++i) CHECK(n.target.parameters()[i] == Approx(second[i]));
}
