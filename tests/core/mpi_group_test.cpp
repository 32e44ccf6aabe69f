// SPDX-License-Identifier: MIT
// Each case holds for any number of processes: ctest runs them alone, and by mpirun on 2 and 4.
#include <ciess/core/mpi_group.hpp>
// its own header first
#include <ciess/core/error.hpp>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

bool mpi_has_begun = false;

/// MPI begins once in a process. A few bytes at once: messages go in pieces.
ciess::mpi_group& world() {
  mpi_has_begun = true;
  static ciess::mpi_group group(64);
  return group;
}

/// Of another length and content on each rank and in each round; empty on some.
std::string text_of(int rank, int round) {
  std::string text;
  for (int i = 0; i < (rank * 977 + round * 131) % 1500; ++i)
    text += static_cast<char>(rank + 3 * round + 7 * i);
  return text;
}

}  // namespace

/// Asked by LeakSanitizer where there is one. Open MPI leaves memory to the end of the process, by
/// modules that are unloaded by then, so that no suppression can name them.
extern "C" int __lsan_is_turned_off() { return mpi_has_begun ? 1 : 0; }

TEST_CASE("messages of any length reach each process of an MPI job", "[core][mpi]") {
  auto& g = world();
  INFO("rank " << g.rank() << " of " << g.size());
  CHECK(g.size() == ciess::mpi_group::launched());
  CHECK(g.on_this_machine() == g.size());
  for (int round = 0; round < 30; ++round) {
    const auto all = g.all_gather("texts", [&] { return text_of(g.rank(), round); });
    REQUIRE(all.size() == static_cast<std::size_t>(g.size()));
    for (int r = 0; r < g.size(); ++r) CHECK(all[static_cast<std::size_t>(r)] == text_of(r, round));
  }
  CHECK(g.from_root("a text", [] { return std::string("a\0b", 3); }) == std::string("a\0b", 3));
  CHECK(g.root_says("whether", g.is_root()));
}

TEST_CASE("an error on one rank of an MPI job is thrown on each", "[core][mpi]") {
  auto& g = world();
  const int last = g.size() - 1;
  const std::string expected =
      g.size() == 1 ? "no good" : "rank " + std::to_string(last) + ": no good";
  CHECK_THROWS_MATCHES(g.all_gather("numbers",
                                    [&]() -> std::string {
                                      if (g.rank() == last) throw ciess::numeric_error("no good");
                                      return {};
                                    }),
                       ciess::numeric_error, Catch::Matchers::Message(expected));
  g.agree("what all have", 5);
  if (g.size() > 1)
    CHECK_THROWS_AS(g.agree("the rank", static_cast<std::uint64_t>(g.rank())), ciess::data_error);
}

TEST_CASE("what MPI refuses is said in its words", "[core][mpi]") {
  (void)world();
  CHECK_NOTHROW(ciess::detail::check_mpi(MPI_SUCCESS, "MPI_Test"));
  CHECK_THROWS_WITH(ciess::detail::check_mpi(MPI_ERR_COUNT, "MPI_Test"),
                    ContainsSubstring("mpi: MPI_Test: MPI_ERR_COUNT"));
}
