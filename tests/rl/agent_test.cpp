// SPDX-License-Identifier: MIT
#include <ciess/rl/agent.hpp>

#include "support/catch.hpp"

namespace {

using ciess::matrix_view;

struct archetype {
  int state_size() const { return 1; }
  void propose(const matrix_view&, std::span<float>) const {}
  void value(const matrix_view&, std::span<const float>, std::span<float>) const {}
  ciess::update_report update(const ciess::replay_buffer&, std::uint64_t) { return {}; }
};
struct no_state_size : archetype {
  int state_size() const = delete;
};
struct no_propose : archetype {
  void propose(const matrix_view&, std::span<float>) const = delete;
};
struct no_value : archetype {
  void value(const matrix_view&, std::span<const float>, std::span<float>) const = delete;
};
struct no_update : archetype {
  ciess::update_report update(const ciess::replay_buffer&, std::uint64_t) = delete;
};
struct reports_nothing : archetype {
  void update(const ciess::replay_buffer&, std::uint64_t) {}
};
struct propose_mutates : archetype {
  void propose(const matrix_view&, std::span<float>) {}
};
static_assert(ciess::agent<archetype>);
static_assert(!ciess::agent<no_state_size> && !ciess::agent<no_propose>);
static_assert(!ciess::agent<no_value> && !ciess::agent<no_update>);
static_assert(!ciess::agent<reports_nothing> && !ciess::agent<propose_mutates>);

struct made : archetype {
  struct options {};
  made(ciess::index_t, ciess::size_range, const options&, std::uint64_t) {}
};
struct no_seed : archetype {
  struct options {};
  no_seed(ciess::index_t, ciess::size_range, const options&) {}
};
static_assert(ciess::searchable_agent<made>);
static_assert(!ciess::searchable_agent<archetype> && !ciess::searchable_agent<no_seed>);

}  // namespace

TEST_CASE("action_scale maps the range of sizes onto minus one to one", "[rl]") {
  const ciess::action_scale s({1, 129});
  CHECK(s.to_action(1) == -1);
  CHECK(s.to_action(65) == 0);
  CHECK(s.to_action(129) == 1);
  CHECK(s.to_size(-1) == 1);
  CHECK(s.to_size(0.5F) == 97);
  CHECK(s.to_size(1) == 129);
  const ciess::action_scale shifted({17, 33});  // not 1: where the reference program errs
  CHECK(shifted.to_action(17) == -1);
  CHECK(shifted.to_action(29) == 0.5F);
}

TEST_CASE("action_scale survives a range of one size", "[rl]") {
  const ciess::action_scale s({9, 9});
  CHECK(s.to_action(9) == 0);
  CHECK(s.to_size(-0.7F) == 9);
}
