// SPDX-License-Identifier: MIT
#include <ciess/rl/explorer.hpp>

#include <vector>

#include "support/catch.hpp"

namespace {

struct archetype {
  int candidates() const { return 1; }
  void explore(std::span<const int>, ciess::size_range, const ciess::random_stream&, std::uint64_t,
               ciess::candidate_span) const {}
};
struct no_count {
  void explore(std::span<const int>, ciess::size_range, const ciess::random_stream&, std::uint64_t,
               ciess::candidate_span) const {}
};
struct no_explore {
  int candidates() const { return 1; }
};
struct mutates {
  int candidates() const { return 1; }
  void explore(std::span<const int>, ciess::size_range, const ciess::random_stream&, std::uint64_t,
               ciess::candidate_span) {}
};
static_assert(ciess::explorer<archetype>);
static_assert(!ciess::explorer<no_count> && !ciess::explorer<no_explore>);
static_assert(!ciess::explorer<mutates>);

const ciess::random_stream stream(5, ciess::purpose::walk);

}  // namespace

TEST_CASE("no_walk leaves the proto size alone", "[rl]") {
  const std::vector<int> proto{1, 7, 128};
  ciess::candidate_matrix out(3, 1);
  ciess::no_walk{}.explore(proto, {}, stream, 0, out);
  CHECK(std::vector<int>(out.data(), out.data() + 3) == proto);
  CHECK(ciess::no_walk{}.candidates() == 1);
}

TEST_CASE("no_walk refuses what does not fit", "[rl]") {
  const std::vector<int> proto{1, 7, 129};
  ciess::candidate_matrix out(3, 1);
  CHECK_THROWS_WITH(ciess::no_walk{}.explore(proto, {}, stream, 0, out),
                    ContainsSubstring("row 2 has proto size 129"));
  CHECK_THROWS_AS(ciess::no_walk{}.explore(proto, {2, 1}, stream, 0, out), ciess::argument_error);
  ciess::candidate_matrix wide(3, 2);
  CHECK_THROWS_AS(ciess::no_walk{}.explore(proto, {1, 200}, stream, 0, wide),
                  ciess::argument_error);
  ciess::candidate_matrix low(2, 1);
  CHECK_THROWS_AS(ciess::no_walk{}.explore(proto, {1, 200}, stream, 0, low), ciess::argument_error);
}
