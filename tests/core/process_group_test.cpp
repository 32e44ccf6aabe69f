// SPDX-License-Identifier: MIT
#include <ciess/core/process_group.hpp>
// its own header first
#include <ciess/core/error.hpp>

#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/thread_group.hpp"

namespace {

using strings = std::vector<std::string>;

template <class Error>
struct throws_it {
  std::string operator()() const { throw Error("no good"); }
};

/// What each of three processes makes of an error that rank 1 has.
template <class Error, class Expected>
int caught_by_type() {
  std::mutex lock;
  int right = 0;
  thread_groups::run_well(3, [&](ciess::process_group& g) {
    try {
      (void)g.all_gather("numbers", [&]() -> std::string {
        if (g.rank() == 1) throw Error("no good");
        return "fine";
      });
    } catch (const Expected& e) {
      const std::scoped_lock hold(lock);
      if (std::string(e.what()) == "rank 1: no good") ++right;
    }
  });
  return right;
}

}  // namespace

TEST_CASE("each process of a group gets what all have made, in the order of ranks",
          "[core][threads]") {
  for (const int size : {1, 2, 3, 4}) {
    std::vector<strings> got(static_cast<std::size_t>(size));
    thread_groups::run_well(size, [&](ciess::process_group& g) {
      for (int round = 0; round < 20; ++round) {
        const auto all = g.all_gather("words", [&] {
          return std::string(static_cast<std::size_t>(g.rank()), 'x') + std::to_string(round);
        });
        auto& mine = got[static_cast<std::size_t>(g.rank())];
        mine.insert(mine.end(), all.begin(), all.end());
      }
    });
    for (const auto& one : got) {
      CHECK(one == got[0]);
      CHECK(one.size() == static_cast<std::size_t>(20 * size));
      CHECK(one.back() == std::string(static_cast<std::size_t>(size - 1), 'x') + "19");
    }
  }
}

TEST_CASE("what the root makes is everybody's", "[core]") {
  std::mutex lock;
  int made = 0, right = 0;
  thread_groups::run_well(3, [&](ciess::process_group& g) {
    const std::string text = g.from_root("a text", [&] {
      const std::scoped_lock hold(lock);
      ++made;
      return std::string("of rank ") + std::to_string(g.rank());
    });
    const bool yes = g.root_says("whether", g.rank() == 0);
    const bool no = g.root_says("whether", g.rank() != 0);
    const std::scoped_lock hold(lock);
    if (text == "of rank 0" && yes && !no) ++right;
  });
  CHECK(made == 1);
  CHECK(right == 3);
}

TEST_CASE("an error in a share is thrown by each process, by its type", "[core]") {
  CHECK(caught_by_type<ciess::argument_error, ciess::argument_error>() == 3);
  CHECK(caught_by_type<ciess::data_error, ciess::data_error>() == 3);
  CHECK(caught_by_type<ciess::io_error, ciess::io_error>() == 3);
  CHECK(caught_by_type<ciess::numeric_error, ciess::numeric_error>() == 3);
  CHECK(caught_by_type<ciess::error, ciess::error>() == 3);
  CHECK(caught_by_type<std::runtime_error, ciess::error>() == 3);
}

TEST_CASE("after an error in a share the group goes on", "[core]") {
  std::mutex lock;
  int after = 0;
  const auto thrown = thread_groups::run(3, [&](ciess::process_group& g) {
    try {
      (void)g.all_gather("numbers", [&]() -> std::string {
        if (g.rank() == 2) throw ciess::error("once");
        return {};
      });
    } catch (const ciess::error&) {
      const auto all = g.all_gather("numbers", [] { return std::string("more"); });
      const std::scoped_lock hold(lock);
      after += all == strings(3, "more") ? 1 : 0;
    }
  });
  CHECK(after == 3);
  CHECK(thrown == strings(3));
}

TEST_CASE("nobody waits for a process that has failed", "[core]") {
  const auto thrown = thread_groups::run(3, [&](ciess::process_group& g) {
    if (g.rank() == 1) throw ciess::io_error("the disk is full");
    (void)g.all_gather("numbers", [] { return std::string("1"); });
  });
  CHECK(thrown ==
        strings{"rank 1: the disk is full", "the disk is full", "rank 1: the disk is full"});
  // Nor at the end.
  const auto late = thread_groups::run(3, [&](ciess::process_group& g) {
    if (g.rank() == 0) throw ciess::io_error("the disk is full");
  });
  CHECK(late ==
        strings{"the disk is full", "rank 0: the disk is full", "rank 0: the disk is full"});
  // All of them fail alike.
  const auto alike = thread_groups::run(
      2, [&](ciess::process_group&) { throw ciess::argument_error("no such option"); });
  CHECK(alike == strings(2, "no such option"));
}

TEST_CASE("processes at different places of a program do not take each other's numbers", "[core]") {
  const auto thrown = thread_groups::run(2, [&](ciess::process_group& g) {
    (void)g.all_gather(g.rank() == 0 ? "apples" : "pears", [] { return std::string("1"); });
  });
  CHECK(thrown[0] ==
        "process group: rank 1 and rank 0 have come to different exchanges, rank 0 to number 1, "
        "of apples");
  CHECK(thrown[1] ==
        "process group: rank 0 and rank 1 have come to different exchanges, rank 1 to number 1, "
        "of pears");
  const auto ended = thread_groups::run(2, [&](ciess::process_group& g) {
    if (g.rank() == 0) (void)g.all_gather("apples", [] { return std::string("1"); });
  });
  CHECK(ended[0] == "process group: rank 0 exchanges what others have ended without");
  CHECK(ended[1] == "process group: rank 0 goes on where rank 1 has ended");
}

TEST_CASE("processes that have different data say so", "[core]") {
  const auto thrown = thread_groups::run(3, [&](ciess::process_group& g) {
    g.agree("--data", 7);
    g.agree("--test", g.rank() == 2 ? 1 : 0);
  });
  for (const auto& text : thrown)
    CHECK(text ==
          "--test: rank 2 has another than rank 0: all processes must run the same program on the "
          "same data, on processors of the same kind");
}

TEST_CASE("alone, nothing is exchanged, and errors are as they are", "[core]") {
  ciess::alone g;
  CHECK(g.rank() == 0);
  CHECK(g.size() == 1);
  CHECK(g.all_gather("words", [] { return std::string("mine"); }) == strings{"mine"});
  CHECK(g.root_says("whether", true));
  CHECK_FALSE(g.root_says("whether", false));
  g.agree("anything", 1);
  CHECK(g.run([] { return 5; }) == 5);
  CHECK_THROWS_WITH(g.all_gather("words", throws_it<ciess::data_error>{}), "no good");
  CHECK_THROWS_WITH(g.run([] { throw ciess::error("no good"); }), "no good");
  CHECK(g.exchanged().exchanges == 0);
  CHECK(g.exchanged().bytes_sent == 0);
}

TEST_CASE("what was exchanged is counted", "[core]") {
  std::vector<ciess::exchange_report> reports(2);
  thread_groups::run_well(2, [&](ciess::process_group& g) {
    for (int i = 0; i < 3; ++i)
      (void)g.all_gather("numbers", [&] {
        return std::string(static_cast<std::size_t>(100 * (1 + g.rank())), 'x');
      });
    reports[static_cast<std::size_t>(g.rank())] = g.exchanged();
  });
  for (const std::size_t r : {0U, 1U}) {
    CHECK(reports[r].exchanges == 3);
    CHECK(reports[r].bytes_sent == static_cast<std::int64_t>(3 * (100 * (1 + r) + 10)));
    CHECK(reports[r].seconds > 0);
  }
}

TEST_CASE("numbers are read back from a message, and a cut one is refused", "[core]") {
  const std::string bytes =
      ciess::process_group::bytes_of(2.5) + ciess::process_group::bytes_of(std::int32_t{7});
  std::size_t at = 0;
  double x = 0;
  std::int32_t n = 0;
  ciess::process_group::read(bytes, at, x);
  ciess::process_group::read(bytes, at, n);
  CHECK(x == 2.5);
  CHECK(n == 7);
  CHECK_THROWS_AS(ciess::process_group::read(bytes, at, n), ciess::data_error);
}
