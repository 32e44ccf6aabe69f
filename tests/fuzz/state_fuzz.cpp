// SPDX-License-Identifier: MIT
// States: io/state_file.hpp, with a small search that goes on from what was taken.
#include <ciess/io/state_file.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

#include "fuzz/target.hpp"
#include "support/analytic_environment.hpp"

namespace {

using fuzz::require;

analytic_environment& environment() {
  static analytic_environment env(1, {3, 2}, {1, 8});
  return env;
}

const ciess::sizing_request asked{.budgets = {0.5, 0.75}, .keep = 2};

auto fresh() {
  const ciess::ciess_sizer<> how{.episodes = 4,
                                 .steps = 2,
                                 .replay_steps = 3,
                                 .agent = {.hidden = {2}, .batch = 4},
                                 .seeds = {ciess::equal_rule()},
                                 .guide = {.blend = 0.5, .tilt = 0.2}};
  return how.begin(environment(), asked);
}

/// A search after some steps.
const std::string& good_file() {
  static const std::string bytes = [] {
    auto run = fresh();
    for (int i = 0; i < 5; ++i) run.step();
    const auto path = fuzz::file_of({}, "good");
    ciess::save_state(path, "search", run);
    return file_text(path);
  }();
  return bytes;
}

bool feed(std::string_view input) {
  static const auto begin = fresh();
  auto run = begin;
  const auto path = fuzz::file_of(fuzz::patched(input, good_file()));
  if (!fuzz::attempt([&] { ciess::load_state(path, "search", run); })) return false;
  const auto saved = fuzz::file_of({}, "saved");
  ciess::save_state(saved, "search", run);
  auto again = begin;
  ciess::load_state(saved, "search", again);
  const auto again_saved = fuzz::file_of({}, "again");
  ciess::save_state(again_saved, "search", again);
  require(file_text(saved) == file_text(again_saved), "a state comes back from its file");
  // It may lead to numbers that are not finite: they must be refused.
  fuzz::attempt([&] {
    for (int i = 0; i < 2 && !run.done(); ++i) run.step();
  });
  static_cast<void>(ciess::result_of(run, asked));
  return true;
}

/// Where the numbers of a field are in the good file.
std::size_t place_of(std::string_view field) {
  const auto memory = fuzz::as_mapped(good_file());
  const ciess::safetensors_view file(memory, "good");
  return static_cast<std::size_t>(file.at(field).bytes.data() - memory.data());
}

template <class T>
std::string change(std::string_view field, T value) {
  return "P" + fuzz::patch(place_of(field), {reinterpret_cast<const char*>(&value), sizeof value});
}

std::vector<fuzz::seed> seeds() {
  constexpr float large = std::numeric_limits<float>::max();
  return {{"unchanged", "P"},
          {"updates", change("table0.policy.updates", std::numeric_limits<std::int64_t>::max())},
          {"weight", change("table0.policy.actor.net", large)},
          {"target", change("table1.policy.critic0.target", large)},
          {"moment", change("table0.policy.critic1.v", -1.0F)},
          {"replay-size", change("table0.replay.size", -large)},
          {"replay-reward", change("table1.replay.reward", large)},
          {"replay-next", change("table0.replay.next", std::uint64_t{3})},
          {"state", change("table0.states", large)},
          {"best-size", change("best.budget0.0.table0.sizes", std::uint16_t{2})},
          {"best-count", change("best.budget0.count", std::uint64_t{1})},
          {"price", change("controller0.price.lambda", 1e-300)},
          {"history", change("history.steps", -0.0)}};
}

[[maybe_unused]] const bool added = fuzz::add({"state", feed, seeds});

}  // namespace
