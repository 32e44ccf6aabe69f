// SPDX-License-Identifier: MIT
#include <ciess/core/state_store.hpp>
// its own header first
#include "support/catch.hpp"

namespace {

struct complete {
  bool load(std::string_view, auto&) { return false; }
  void save(std::string_view, auto&) {}
  [[nodiscard]] bool due() const { return true; }
};
struct no_load : complete {
  void load(std::string_view, auto&) {}
};
struct no_due : complete {
  void due() const {}
};
struct of_one_state {
  bool load(std::string_view, int&) { return false; }
  void save(std::string_view, int&) {}
  [[nodiscard]] bool due() const { return true; }
};
static_assert(ciess::state_store<complete>);
static_assert(!ciess::state_store<no_load> && !ciess::state_store<no_due> &&
              !ciess::state_store<of_one_state> && !ciess::state_store<int>);

}  // namespace

TEST_CASE("a store that keeps nothing has nothing", "[search]") {
  ciess::no_store none;
  int state = 7;
  none.save("a", state);
  state = 8;
  CHECK(!none.load("a", state));
  CHECK(state == 8);
  CHECK(!none.due());
}

TEST_CASE("an interruption is an error of the library", "[search]") {
  CHECK_THROWS_AS(throw ciess::interrupted("stopped"), ciess::error);
}
