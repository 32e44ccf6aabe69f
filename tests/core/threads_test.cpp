// SPDX-License-Identifier: MIT
#include <ciess/core/threads.hpp>
// its own header first
#include <type_traits>

#include "support/catch.hpp"

namespace {

static_assert(!std::is_copy_constructible_v<ciess::threads>);
static_assert(!std::is_convertible_v<int, ciess::threads>);

}  // namespace

TEST_CASE("threads count while they live, the last one made", "[core]") {
  CHECK(ciess::concurrency() == 1);
  {
    const ciess::threads two{2};
    CHECK(ciess::concurrency() == 2);
    {
      const ciess::threads one{1};
      CHECK(ciess::concurrency() == 1);
    }
    CHECK(ciess::concurrency() == 2);
  }
  CHECK(ciess::concurrency() == 1);
  const ciess::threads as_many_as_there_are;
  CHECK(ciess::concurrency() >= 1);
}

TEST_CASE("threads refuse counts out of range", "[core]") {
  CHECK_THROWS_AS(ciess::threads{-1}, ciess::argument_error);
  CHECK_THROWS_WITH(ciess::threads{1025}, ContainsSubstring("got 1025"));
  CHECK(ciess::concurrency() == 1);  // nothing was installed
}
