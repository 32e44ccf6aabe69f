// SPDX-License-Identifier: MIT
#include <ciess/study/study_result.hpp>
// its own header first
#include <stdexcept>
#include <string>

#include "support/catch.hpp"

namespace {

ciess::method_result method(const std::string& name, ciess::start from) {
  ciess::method_result m;
  m.method = name;
  m.recipe.from = from;
  return m;
}

}  // namespace

TEST_CASE("a method is named with its start only beside itself with another one", "[study]") {
  using ciess::start;
  const ciess::study_result::row row{0.5,
                                     {method("equal", start::warm), method("tail", start::scratch),
                                      method("tail", start::warm), method("", start::scratch)},
                                     2};
  CHECK(ciess::label(row, row.methods[0]) == "equal");
  CHECK(ciess::label(row, row.methods[1]) == "tail, scratch");
  CHECK(ciess::label(row, row.methods[2]) == "tail, warm");
  CHECK(ciess::label(row, row.methods[3]).empty());
  CHECK(&row.best_of_all() == &row.methods[2]);
}

TEST_CASE("what is better under a smaller budget is the best of all, and named with that",
          "[study]") {
  using ciess::start;
  ciess::study_result::row row{
      0.5, {method("equal", start::warm)}, 0, method("equal", start::warm), 0.975};
  CHECK(&row.best_of_all() == &*row.smaller);
  CHECK(ciess::label(row, row.best_of_all()) == "equal, of 97.5%");
  CHECK(ciess::label(row, row.methods[0]) == "equal");
  row.smaller.reset();
  CHECK(&row.best_of_all() == row.methods.data());
}

TEST_CASE("of a budget that no method has met there is no best", "[study]") {
  CHECK_THROWS_AS(ciess::study_result::row{}.best_of_all(), std::out_of_range);
}
