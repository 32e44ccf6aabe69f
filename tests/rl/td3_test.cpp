// SPDX-License-Identifier: MIT
#include <ciess/rl/td3.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "support/bandit.hpp"
#include "support/catch.hpp"

namespace {

using numbers = std::vector<float>;

/// A policy's numbers of one name; empty if there are none.
numbers read(ciess::actor_critic& p, const std::string& wanted) {
  numbers found;
  p.visit(ciess::field_look{[&](std::string_view of, auto&& value) {
    const std::string name(of);
    if constexpr (!std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>)
      if (name == wanted) found.assign(value.begin(), value.end());
  }});
  return found;
}

}  // namespace

TEST_CASE("td3 starts at the published first values", "[rl]") {
  ciess::td3 p(3, {}, {}, 4);
  const numbers a = read(p, "actor.net");
  const numbers c = read(p, "critic0.net");
  CHECK(a.size() == 3 * 256 + 256 + 256 * 256 + 256 + 256 + 1);
  CHECK(c.size() == 4 * 256 + 256 + 256 * 256 + 256 + 256 + 1);
  CHECK(read(p, "actor.target") == a);
  CHECK(read(p, "critic0.target") == c);
  CHECK(read(p, "critic1.net") != c);
  const auto largest = [](auto first, auto last) {
    float m = 0;
    for (auto i = first; i != last; ++i) m = std::max(m, std::abs(*i));
    return m;
  };
  CHECK(largest(a.end() - 257, a.end()) <= 3e-3F);
  CHECK(largest(c.end() - 257, c.end()) > 0.05F);
  CHECK(largest(a.begin(), a.begin() + 1024) > 0.57F);  // 1 / sqrt(3) = 0.577
  CHECK(largest(a.begin(), a.begin() + 1024) < 0.578F);
  numbers sizes(1);
  p.propose(ciess::matrix::Zero(1, 3), sizes);
  CHECK(std::abs(sizes[0] - 64.5F) < 2);  // small last layer: starts in the middle
  ciess::td3 other(3, {}, {}, 5);
  CHECK(read(other, "actor.net") != a);
}

TEST_CASE("td3 learns a bandit", "[rl]") {
  const auto seed = GENERATE(1U, 2U);
  support::check_bandit(ciess::td3(2, {1, 64}, support::bandit_options(), seed));
}
