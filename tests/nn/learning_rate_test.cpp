// SPDX-License-Identifier: MIT
#include <ciess/nn/learning_rate.hpp>

#include <limits>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("a learning rate falls in steps down to its floor", "[backbone]") {
  const ciess::learning_rate rate{.first = 0.8, .factor = 0.5, .every = 3, .least = 0.15};
  const std::vector<double> wanted{0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.15, 0.15};
  for (std::size_t t = 0; t < wanted.size(); ++t)
    CHECK(rate.at(static_cast<std::int64_t>(t)) == wanted[t]);
  CHECK(rate.at(1'000'000'000'000) == 0.15);
  CHECK_NOTHROW(rate.check("test"));
}

TEST_CASE("the default learning rate is that of the reference program", "[backbone]") {
  const ciess::learning_rate rate;
  CHECK(rate.at(199) == 0.03);
  CHECK(rate.at(200) == Approx(0.027).epsilon(1e-12));
  CHECK(rate.at(399) == rate.at(200));
  CHECK(rate.at(1'000'000) == 1e-3);
}

TEST_CASE("a learning rate refuses what is none", "[backbone]") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double inf = std::numeric_limits<double>::infinity();
  const auto fails = [](const ciess::learning_rate& rate) {
    CHECK_THROWS_AS(rate.check("test"), ciess::argument_error);
  };
  for (const double first : {0.0, -1.0, inf, nan}) fails({.first = first, .least = 0});
  for (const double factor : {0.0, -0.5, 1.1, nan}) fails({.factor = factor});
  fails({.every = 0});
  for (const double least : {-0.1, 0.04, nan}) fails({.least = least});
  CHECK_NOTHROW((ciess::learning_rate{.factor = 1, .every = 1, .least = 0.03}.check("test")));
  CHECK_THROWS_WITH((ciess::learning_rate{.every = 0}.check("mf")),
                    ContainsSubstring("mf: ") && ContainsSubstring("got 0"));
}
