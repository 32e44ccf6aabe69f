// SPDX-License-Identifier: MIT
#include <ciess/core/size_range.hpp>
// its own header first
#include "support/catch.hpp"

namespace {

static_assert(ciess::size_range{}.valid());
static_assert(ciess::size_range{1, 128} == ciess::size_range{});
static_assert(ciess::size_range{1, 1}.valid());
static_assert(ciess::size_range{1, ciess::size_range::limit}.valid());
static_assert(!ciess::size_range{0, 128}.valid());
static_assert(!ciess::size_range{9, 8}.valid());
static_assert(!ciess::size_range{1, ciess::size_range::limit + 1}.valid());
static_assert(!ciess::size_range{-1, -1}.valid());

}  // namespace

TEST_CASE("size_range holds its ends and what lies between", "[core]") {
  const ciess::size_range range{4, 16};
  CHECK_FALSE(range.contains(3));
  CHECK(range.contains(4));
  CHECK(range.contains(10));
  CHECK(range.contains(16));
  CHECK_FALSE(range.contains(17));
}

TEST_CASE("check_range names who asks and what is wrong", "[core]") {
  CHECK_NOTHROW(ciess::detail::check_range("me", {1, 8}));
  CHECK_THROWS_AS(ciess::detail::check_range("me", {0, 8}), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::detail::check_range("me", {9, 8}),
                    ContainsSubstring("me: ") && ContainsSubstring("[9, 8]"));
}
