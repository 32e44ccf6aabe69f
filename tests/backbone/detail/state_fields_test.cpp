// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/state_fields.hpp>

#include <cstdint>
#include <limits>
#include <vector>

#include <ciess/nn/learning_rate.hpp>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

struct a_state {
  std::vector<double> numbers{1, 2};
  ciess::learning_rate rate;
  std::int64_t steps = 3;
  std::uint64_t seed = 4;
  template <class F>
  void visit(F& f) {
    ciess::detail::visit_numbers(f, "numbers", numbers);
    ciess::detail::visit_progress(f, *this);
  }
};

}  // namespace

TEST_CASE("what all states have is saved, loaded, and refused if it cannot be", "[backbone]") {
  a_state state;
  state.rate.first = 0.5;
  a_state again;
  again.numbers = {8, 9};
  again.steps = 0;
  load_fields(save_fields(state), again);
  CHECK(save_fields(again) == save_fields(state));
  CHECK_NOTHROW(ciess::detail::check_progress("here", state));
  state.numbers[1] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(load_fields(save_fields(state), again), ContainsSubstring("finite numbers"));
  state.numbers[1] = 0;
  state.rate.first = -1;
  CHECK_THROWS_WITH(load_fields(save_fields(state), again), ContainsSubstring("learning rate"));
  CHECK_THROWS_AS(ciess::detail::check_progress("here", state), ciess::argument_error);
  state.rate = {};
  state.steps = -1;
  CHECK_THROWS_WITH(load_fields(save_fields(state), again), ContainsSubstring("number of steps"));
  CHECK_THROWS_WITH(ciess::detail::check_progress("here", state),
                    ContainsSubstring("here: steps must be >= 0, got -1"));
  CHECK_NOTHROW(ciess::detail::check_table("here", 1, ciess::sizes(2, {1, 3}), {2, {1, 3}}));
  CHECK_THROWS_WITH(ciess::detail::check_table("here", 1, ciess::sizes(2, {1, 3}), {2, {1, 4}}),
                    ContainsSubstring("here: table 1 has 2 rows with sizes in [1, 3], expected 2"));
}
