// SPDX-License-Identifier: MIT
#include <ciess/io/checkpoints.hpp>
// its own header first
#include <filesystem>
#include <fstream>
#include <limits>

#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/search.hpp>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace {

/// Goes wrong at its n-th measurement: in a row, as a whole, or in its training.
struct breaking : analytic_environment {
  using analytic_environment::analytic_environment;
  enum class how { row, whole, training } kind = how::row;
  int at = -1;
  ciess::measurement measure(const ciess::assignment& a) {
    auto m = analytic_environment::measure(a);
    if (at-- == 0) {
      const double nan = std::numeric_limits<double>::quiet_NaN();
      if (kind == how::training) throw ciess::numeric_error("train: loss is nan at step 17");
      (kind == how::row ? m.rows[1][4] : m.quality) = nan;
    }
    return m;
  }
};

struct counter {
  std::int64_t count = 0;
  template <class F>
  void visit(F& f) {
    f("count", count);
  }
};

}  // namespace

TEST_CASE("checkpoints keep the last state of each name and the one before", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  ciess::checkpoints store(dir / "deep" / "folder");
  counter a, b;
  CHECK(!store.load("a", a));
  a.count = 1;
  store.save("a", a);
  a.count = 2;
  store.save("a", a);
  b.count = 9;
  store.save("b", b);
  counter got;
  CHECK(store.load("a", got));
  CHECK(got.count == 2);
  CHECK(store.load("b", got));
  CHECK(got.count == 9);
  auto previous = store.path("a");
  previous += ".previous";
  ciess::load_state(previous, "a", got);
  CHECK(got.count == 1);
}

TEST_CASE("a damaged checkpoint is refused and the one before it named", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  ciess::checkpoints store(dir / "kept");
  counter a;
  store.save("a", a);
  std::ofstream(store.path("a")) << "rubbish";
  CHECK_THROWS_AS(store.load("a", a), ciess::data_error);
  store.save("a", a);
  store.save("a", a);
  std::ofstream(store.path("a")) << "rubbish";
  CHECK_THROWS_WITH(store.load("a", a), Catch::Contains("(the one before it is ") &&
                                            Catch::Contains("a.safetensors.previous)"));
}

TEST_CASE("checkpoints are due after a while, or always", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  ciess::checkpoints always(dir / "x", {.every = std::chrono::seconds(0)});
  CHECK(always.due());
  ciess::checkpoints rarely(dir / "y", {.every = std::chrono::hours(1)});
  CHECK(!rarely.due());
}

TEST_CASE("a folder that cannot be made is refused", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  std::ofstream(dir / "file") << "x";
  CHECK_THROWS_AS(ciess::checkpoints(dir / "file"), ciess::io_error);
  CHECK_THROWS_AS(ciess::checkpoints(dir / "file" / "below"), ciess::io_error);
}

TEST_CASE("a checkpoint that is there under its other name only is taken", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  ciess::checkpoints store(dir / "kept");
  counter a{5}, got;
  store.save("a", a);
  std::filesystem::rename(store.path("a"), store.path("a").string() + ".previous");
  CHECK(store.load("a", got));
  CHECK(got.count == 5);
}

TEST_CASE("a folder of checkpoints belongs to one at a time", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  {
    ciess::checkpoints store(dir / "kept");
    CHECK_THROWS_WITH(ciess::checkpoints(dir / "kept"),
                      ContainsSubstring("another process works in this folder"));
  }
  CHECK_NOTHROW(ciess::checkpoints(dir / "kept"));
}

TEST_CASE("only what belongs to the states of some names is removed", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  const std::string_view names[] = {"a", "b"};
  counter a;
  {
    ciess::checkpoints store(dir / "kept");
    store.save("a", a);
    store.save("a", a);
    store.save("b", a);
    store.save("c", a);
    std::ofstream(dir / "kept" / "a.safetensors.writing.1") << "x";
    std::ofstream(dir / "kept" / "a.pt") << "somebody else's";
    store.remove(names);
    CHECK(names_in(dir / "kept") == std::set<std::string>{"a.pt", "c.safetensors"});
  }
  ciess::checkpoints alone(dir / "alone");
  alone.save("a", a);
  alone.remove(names);
  CHECK(!std::filesystem::exists(dir / "alone"));
}

TEST_CASE("a search that meets a number that is none leaves a checkpoint to go on from",
          "[io][resume]") {
  const temporary_directory folder;
  const ciess::ciess_sizer<> sizer{
      .episodes = 3, .steps = 4, .agent = {.hidden = {8}, .batch = 16}};
  const ciess::sizing_request asked{.budgets = {0.6}};
  const auto search = [&](ciess::checkpoints& store, breaking& env) {
    auto run = sizer.begin(env, asked);
    (void)store.load("search", run);
    while (!run.done()) {
      run.step();
      store.save("search", run);
    }
    return ciess::result_of(run, asked);
  };
  breaking sound(3, {9, 7}, {1, 8});
  ciess::checkpoints whole(folder.path() / "whole");
  const auto expected = search(whole, sound);

  using how = breaking::how;
  const auto [kind, words] = GENERATE(
      std::pair<how, std::string>{how::row, "search: step 5: table 1, row 4: quality is nan"},
      std::pair<how, std::string>{how::whole, "search: step 5: the environment's quality is nan"},
      std::pair<how, std::string>{how::training, "search: step 5: train: loss is nan at step 17"});
  breaking env(3, {9, 7}, {1, 8});
  env.kind = kind;
  env.at = 5;
  ciess::checkpoints store(folder.path() / "kept", {.every = std::chrono::seconds(0)});
  CHECK_THROWS_WITH(search(store, env), words);
  auto kept = sizer.begin(sound, asked);
  REQUIRE(store.load("search", kept));
  CHECK(kept.history().size() == 5);
  const auto found = search(store, sound);
  REQUIRE(found.best[0].size() == expected.best[0].size());
  for (std::size_t i = 0; i < found.best[0].size(); ++i) {
    CHECK(found.best[0][i].sizes == expected.best[0][i].sizes);
    CHECK(found.best[0][i].quality == expected.best[0][i].quality);
  }
}

TEST_CASE("an update that is refused leaves a policy as its checkpoint has it", "[io][resume]") {
  const temporary_directory folder;
  ciess::checkpoints store(folder.path());
  ciess::actor_critic policy(3, {1, 8}, {.hidden = {4}, .batch = 8}, 1);
  store.save("policy", policy);
  const auto before = file_text(store.path("policy"));
  ciess::replay_buffer replay(3, 8);
  const ciess::matrix states = ciess::matrix::Constant(4, 3, 0.5F);
  const std::vector<float> sizes{1, 2, 3, 8}, rewards(4, 3e38F);
  replay.push(states, sizes, rewards, states);
  CHECK_THROWS_AS(policy.update(replay, 0), ciess::numeric_error);
  store.save("policy", policy);  // nothing has changed yet, so this is the same
  CHECK(file_text(store.path("policy")) == before);
}
