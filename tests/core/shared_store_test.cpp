// SPDX-License-Identifier: MIT
#include <ciess/core/shared_store.hpp>
// its own header first
#include <ciess/core/error.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/core/state_store.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_store.hpp"
#include "support/thread_group.hpp"

namespace {

struct state {
  std::int64_t number = 0;
  std::string text{};
  std::vector<double> list{};

  template <class F>
  void visit(F& f) {
    f("number", number);
    f("text", text);
    f("list", list);
  }
  friend bool operator==(const state&, const state&) = default;
};
const state saved{.number = 7, .text = "seven", .list = {1, 2.5}};

/// Throws what it has instead of a state.
struct broken {
  bool load(std::string_view, auto&) const { throw ciess::data_error("it is damaged"); }
  void save(std::string_view, auto&) const {}
  [[nodiscard]] bool due() const { return false; }
};

static_assert(ciess::state_store<ciess::shared_store<memory_store>>);

}  // namespace

TEST_CASE("what the root has saved each process loads", "[core][threads]") {
  for (const int size : {1, 2, 4}) {
    memory_store kept;
    std::vector<state> loaded(static_cast<std::size_t>(size));
    std::vector<int> right(static_cast<std::size_t>(size));
    thread_groups::run_well(size, [&](ciess::process_group& g) {
      ciess::shared_store<memory_store> store(g, g.is_root() ? &kept : nullptr);
      const auto r = static_cast<std::size_t>(g.rank());
      const bool none = store.load("it", loaded[r]);
      state mine = saved;
      if (!g.is_root()) mine.text = "of no account";
      store.save("it", mine);
      right[r] = !none && store.load("it", loaded[r]) && store.due() == g.is_root() ? 1 : 0;
    });
    CHECK(kept.saves == 1);
    CHECK(loaded == std::vector<state>(static_cast<std::size_t>(size), saved));
    CHECK(right == std::vector<int>(static_cast<std::size_t>(size), 1));
  }
}

TEST_CASE("what the root's store throws each process throws", "[core]") {
  broken kept;
  const auto thrown = thread_groups::run(3, [&](ciess::process_group& g) {
    ciess::shared_store<broken> store(g, g.is_root() ? &kept : nullptr);
    state s;
    (void)store.load("it", s);
  });
  CHECK(thrown == std::vector<std::string>(3, "rank 0: it is damaged"));
}
