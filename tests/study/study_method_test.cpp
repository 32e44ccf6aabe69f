// SPDX-License-Identifier: MIT
#include <ciess/study/study_method.hpp>
// its own header first
#include <concepts>
#include <tuple>
#include <type_traits>

#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/rules/simple.hpp>

#include "support/catch.hpp"

TEST_CASE("methods of a study stay in the order in which they are named", "[study]") {
  const std::vector<ciess::study_method<ciess::rule>> rules{{ciess::equal_rule(), 2, {}},
                                                            {ciess::random_rule(), 1, {}}};
  const auto methods = ciess::study_methods(
      rules, ciess::ciess_sizer<>{.episodes = 3},
      ciess::study_method{ciess::equal_rule(), 4, {ciess::start::scratch, ciess::start::warm}});
  static_assert(std::tuple_size_v<decltype(methods)> == 3);
  static_assert(std::same_as<std::tuple_element_t<1, std::remove_const_t<decltype(methods)>>,
                             ciess::study_method<ciess::ciess_sizer<>>>);
  CHECK(std::get<0>(methods).size() == 2);
  CHECK(std::get<0>(methods)[0].keep == 2);
  CHECK(std::get<1>(methods).how.episodes == 3);
  CHECK(std::get<1>(methods).keep ==
        1);  // a sizer alone: its best, from where the environment says
  CHECK(std::get<1>(methods).starts.empty());
  CHECK(std::get<2>(methods).keep == 4);
  CHECK(std::get<2>(methods).starts == std::vector{ciess::start::scratch, ciess::start::warm});
}
