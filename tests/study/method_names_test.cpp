// SPDX-License-Identifier: MIT
#include <ciess/study/method_names.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("methods are chosen by name, in the order of a table", "[study]") {
  using names = std::vector<std::string>;
  const auto chosen = [](const names& asked) {
    const auto all = ciess::chosen_methods(asked, "--methods");
    return names(all.begin(), all.end());
  };
  CHECK(chosen({}) == names(ciess::usual_methods.begin(), ciess::usual_methods.end()));
  CHECK(chosen({"all"}) == names(ciess::method_names.begin(), ciess::method_names.end()));
  CHECK(chosen({"ciess", "equal"}) == names{"equal", "ciess"});
  for (const auto name : ciess::usual_methods)
    CHECK(std::ranges::count(ciess::method_names, name) == 1);
  CHECK_THROWS_WITH(
      chosen({"equal", "Ciess"}),
      ContainsSubstring("--methods: expected all, equal") && ContainsSubstring("Ciess"));
  CHECK_THROWS_WITH(chosen({"equal", "equal"}), ContainsSubstring("equal is given twice"));
  for (const names& two : {names{"equal", "all"}, names{"all", "equal"}})
    CHECK_THROWS_WITH(chosen(two), ContainsSubstring("all stands alone"));
}
