// SPDX-License-Identifier: MIT
#include <ciess/study/detail/each_method.hpp>

#include <string>
#include <vector>

#include <ciess/core/error.hpp>

#include "support/catch.hpp"

namespace {

struct named {
  std::string word;
};
using method = ciess::study_method<named>;

}  // namespace

TEST_CASE("methods and lists of them come one after the other, or from the last", "[study]") {
  const auto methods = ciess::study_methods(named{"a"}, std::vector<method>{{{"b"}, 1}, {{"c"}, 1}},
                                            named{"d"}, std::vector<method>{});
  std::string seen, back;
  ciess::detail::for_each_method(methods, [&](const method& m) { seen += m.how.word; });
  ciess::detail::for_each_method_back(methods, [&](const method& m) { back += m.how.word; });
  CHECK(seen == "abcd");
  CHECK(back == "dcba");
}

TEST_CASE("a method's name that no file can have is refused", "[study]") {
  CHECK_NOTHROW(ciess::detail::check_method_name("random-bet 2"));
  for (const std::string bad : {"", "a/b", "a\\b", "a\tb", "a\nb", "\x7f"})
    CHECK_THROWS_AS(ciess::detail::check_method_name(bad), ciess::argument_error);
}
