// SPDX-License-Identifier: MIT
#include <ciess/search/spread_environment.hpp>
// its own header first
#include <ciess/core/error.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/search/bet/bet.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/portfolio.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

#include <atomic>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/sizer_laws.hpp"
#include "support/thread_group.hpp"

namespace {

using watched = sizer_laws::watched;
using strings = std::vector<std::string>;

/// What a search left: on each process its state, and what that process measured.
struct outcome {
  saved_fields state;
  int measured = 0;
  ciess::exchange_report exchanged;
};

ciess::sizing_request request() { return {.budgets = {0.7, 0.8, 0.85}, .keep = 2, .seed = 3}; }

/// Searches as `size` processes, from a saved state if there is one, for so many steps at most.
template <class S>
std::vector<outcome> searched(const S& how, int size, const saved_fields& from = {},
                              int steps = 1'000'000) {
  std::vector<outcome> all(static_cast<std::size_t>(size));
  thread_groups::run_well(size, [&](ciess::process_group& g) {
    watched env;
    ciess::spread_environment shared(env, g);
    auto run = how.begin(shared, request());
    if (!from.empty()) load_fields(from, run);
    for (int i = 0; i < steps && !run.done(); ++i) run.step();
    auto& mine = all[static_cast<std::size_t>(g.rank())];
    mine.state = sizer_laws::state_of(run);
    mine.measured = env.measured;
    mine.exchanged = g.exchanged();
  });
  return all;
}

/// The same bytes for any number of processes, also after any number of steps by another number.
/// @param shared  whether it knows assignments of three budgets ahead, at least
template <class S>
void check_spread(const S& how, bool shared = true) {
  saved_fields plain;
  int steps = 0;
  int measured = 0;
  {
    watched env;
    auto run = how.begin(env, request());
    while (!run.done()) run.step();
    plain = sizer_laws::state_of(run);
    steps = static_cast<int>(run.history().size());
    measured = env.measured;
  }
  for (const int size : {1, 2, 3, 4}) {
    INFO(size << " processes");
    const auto all = searched(how, size);
    for (const outcome& one : all) {
      CHECK(one.state == plain);
      if (size == 1) CHECK(one.measured == measured);
      if (size == 4 && shared) CHECK(3 * one.measured <= measured + 6);
      if (!shared) CHECK(one.measured == measured);
      if (size == 1) CHECK(one.exchanged.exchanges == 0);
    }
  }
  for (const int before : {1, 2, 4})
    for (const int after : {1, 3})
      for (const int at : {1, steps / 2, steps - 1}) {
        INFO(before << " processes, " << after << " after step " << at);
        const auto half = searched(how, before, {}, at);
        const auto whole = searched(how, after, half.back().state);
        CHECK(whole.back().state == plain);
      }
}

std::vector<ciess::assignment> some_sizes(const watched& env, int count) {
  std::vector<ciess::assignment> all;
  for (int i = 0; i < count; ++i) {
    ciess::assignment a(env.shapes());
    for (ciess::index_t r = 0; r <= i; ++r) a[0].set(r, 3);
    all.push_back(std::move(a));
  }
  return all;
}

}  // namespace

TEST_CASE("rules measured by several processes find the same bytes", "[search][threads]") {
  check_spread(ciess::rule(ciess::frequency_rule({0, 0.5, 1}, {1, 2})));
  check_spread(ciess::equal_rule());
}

TEST_CASE("what bet and evolution measure by several processes is the same bytes",
          "[search][threads]") {
  check_spread(ciess::bet{.steps = 5, .candidates = 6, .updates = 2});
  check_spread(ciess::bet{.steps = 6, .predictor = false});
  check_spread(ciess::bet{
      .steps = 5, .candidates = 6, .updates = 2, .seeds = {ciess::frequency_rule({0, 1}, {4})}});
  check_spread(ciess::evolution{.steps = 6, .drawn = 2, .parents = 3});
  check_spread(ciess::evolution{.steps = 6,
                                .drawn = 2,
                                .parents = 3,
                                .bent = 0.3,
                                .seeds = {ciess::frequency_rule({0, 1}, {4})}});
}

TEST_CASE("what learns from rows is measured by each process, to the same bytes",
          "[search][threads]") {
  check_spread(sizer_laws::small_ciess(), false);
}

TEST_CASE("a portfolio shares what its methods announce", "[search][threads]") {
  check_spread(ciess::portfolio(ciess::rule(ciess::frequency_rule({0, 1}, {1, 2})),
                                ciess::evolution{.steps = 4, .drawn = 2, .parents = 3}));
}

TEST_CASE("a search exchanges eight bytes for each measurement, and as many to know it by",
          "[search]") {
  const ciess::rule how(ciess::frequency_rule({0, 0.5, 1}, {1, 2}));
  const int count = searched(how, 1)[0].measured;
  REQUIRE(count == 81);
  // Two at a time, the last one by both; the full-size model's fingerprint.
  for (const outcome& one : searched(how, 2)) {
    CHECK(one.exchanged.exchanges == 40 + 1);
    CHECK(one.exchanged.bytes_sent == 40 * (10 + 16) + 10 + 8);
    CHECK(one.measured == 41);
  }
}

TEST_CASE("what is announced twice, or was before, is measured once", "[search]") {
  std::atomic<int> measured{0};
  std::atomic<int> right{0};
  thread_groups::run_well(3, [&](ciess::process_group& g) {
    watched env;
    ciess::spread_environment shared(env, g);
    const auto a = some_sizes(env, 5);
    const auto b = std::vector{a[0], a[1], a[0], a[2], a[1]};
    shared.prepare(b);
    const auto c = std::vector{a[1], a[2], a[3], a[4]};
    shared.prepare(c);
    const int before = env.measured;
    measured += before;
    bool same = true;
    for (const auto& sizes : c)
      same = same && shared.quality(sizes) == watched().measure(sizes).quality;
    same = same && env.measured == before;
    // What was announced before and not asked for is forgotten, and measured by each.
    same = same && shared.quality(a[0]) == watched().measure(a[0]).quality;
    if (same && env.measured == before + 1) ++right;
    shared.prepare({});
  });
  CHECK(measured == 3 + 2);
  CHECK(right == 3);
}

TEST_CASE("an environment that throws on one process does so on each", "[search]") {
  const auto thrown = thread_groups::run(3, [&](ciess::process_group& g) {
    struct breaking : watched {
      bool breaks = false;
      ciess::measurement measure(const ciess::assignment& sizes) {
        if (breaks && measured == 1) throw ciess::io_error("the disk is full");
        return watched::measure(sizes);
      }
    } env;
    env.breaks = g.rank() == 1;
    ciess::spread_environment shared(env, g);
    (void)ciess::search(shared, ciess::rule(ciess::frequency_rule({0, 0.5, 1}, {1, 2})), request());
  });
  CHECK(thrown == strings(3, "rank 1: the disk is full"));
}

TEST_CASE("a quality that is not finite is refused as by one process", "[search]") {
  const auto refused = [](int size) {
    return thread_groups::run(size, [&](ciess::process_group& g) {
      struct odd : watched {
        ciess::measurement measure(const ciess::assignment& sizes) {
          auto m = watched::measure(sizes);
          if (sizes[0][0] == 3) m.quality = std::numeric_limits<double>::quiet_NaN();
          return m;
        }
      } env;
      const ciess::rule odd_one = ciess::formula(
          "odd", [](const ciess::table_facts& facts, ciess::budget limit, std::uint64_t) {
            auto sizes = ciess::project(facts.shapes, ciess::equal_proposal(facts.shapes), limit);
            if (limit.numbers < 110) sizes[0].set(0, 3);
            return sizes;
          });
      ciess::spread_environment shared(env, g);
      (void)ciess::search(shared, odd_one, request());
    });
  };
  const auto alone = refused(1);
  CHECK_THAT(alone[0], ContainsSubstring("search: step"));
  CHECK(refused(3) == strings(3, alone[0]));
}

TEST_CASE("processes whose models differ find out before they search", "[search]") {
  const auto thrown = thread_groups::run(2, [&](ciess::process_group& g) {
    watched env(g.rank() == 0 ? 1 : 2);
    ciess::spread_environment shared(env, g);
    (void)ciess::search(shared, ciess::equal_rule(), request());
  });
  CHECK_THAT(thrown[0], ContainsSubstring("the full-size model's quality: rank 1 has another"));
  CHECK(thrown[1] == thrown[0]);
}
