// SPDX-License-Identifier: MIT
#include <ciess/io/state_file.hpp>
// its own header first
#include <array>
#include <cmath>
#include <fstream>
#include <limits>

#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/failing_files.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace {

/// A field of every sort.
struct everything {
  std::int64_t count = 1;
  int small = 2;
  double real = 0.1;
  std::uint8_t byte = 255;
  std::string text = "a\nb";
  std::array<float, 3> fixed{1, 2, 3};
  std::vector<std::uint16_t> any{7, 8};
  std::int64_t option = 5;
  std::string named = "one";
  std::vector<double> list = std::vector<double>(10, 1.0);
  double exact = 0.1;
  std::string names = "equal\nfrequency 0.5";

  template <class F>
  void visit(F& f) {
    f.same("option", option);
    f.same("named", std::string_view(named));
    f.same("list", std::span<const double>(list));
    f.same("exact", exact);
    f.same("names", std::string_view(names));
    f("count", count);
    f("small", small);
    f("real", real);
    f("byte", byte);
    f("text", text);
    f("fixed", std::span<float>(fixed));
    auto copy = any;  // gone when visit ends
    f("any", copy);
    if constexpr (F::reads) any = copy;
    f.check("real", std::isfinite(real), "a finite number");
  }
  friend bool operator==(const everything&, const everything&) = default;
};

struct grown : everything {
  float more = 0;
  template <class F>
  void visit(F& f) {
    everything::visit(f);
    f("more", more);
  }
};

}  // namespace

TEST_CASE("a state comes back from its file, the same bytes every time", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  everything from;
  from.count = std::numeric_limits<std::int64_t>::min();
  from.text.clear();
  from.fixed = {-0.0F, std::numeric_limits<float>::denorm_min(), 3e38F};
  from.any.clear();
  ciess::save_state(dir / "a", "sort", from);
  ciess::save_state(dir / "b", "sort", from);
  CHECK(file_text(dir / "a") == file_text(dir / "b"));
  everything to;
  ciess::load_state(dir / "a", "sort", to);
  CHECK(to == from);
  CHECK(std::signbit(to.fixed[0]));
}

TEST_CASE("what does not belong to a state is refused by name and changes nothing",
          "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  everything from;
  ciess::save_state(dir / "a", "sort", from);
  const auto refused = [&](auto change, const std::string& words) {
    everything to;
    to.count = 77;
    change(to);
    const everything before = to;
    CHECK_THROWS_WITH(ciess::load_state(dir / "a", "sort", to), Catch::Contains(words));
    CHECK(to == before);
  };
  refused([](auto& s) { s.option = 6; }, "a: option: it was saved with 5, expected 6");
  refused([](auto& s) { s.named = "two"; }, "named: it was saved with 'one', expected 'two'");
  refused([](auto& s) { s.exact += 1e-9; }, "exact: it was saved with 0.1, expected 0.100000001");
  refused([](auto& s) { s.list[9] = 1.0000001; },
          "list: it was saved with 1 as number 10 of 10, expected 1.0000001");
  refused([](auto& s) { s.list.pop_back(); },
          "list: it was saved with 10 numbers, expected 9; number 10 was 1, expected none");
  refused([](auto& s) { s.names += '2'; },
          "names: it was saved with 'frequency 0.5', expected "
          "'frequency 0.52'");
  refused([](auto& s) { s.names.insert(5, "ity"); },
          "names: it was saved with 'equal', expected 'equality'");
  refused([](auto& s) { s.names.insert(0, 30, 'x'); },
          "names: it was saved with 'equal', expected 'xxxxx");
  refused([](auto& s) { s.names.clear(); }, "names: it was saved with 'equal', expected ''");
  everything to;
  CHECK_THROWS_WITH(ciess::load_state(dir / "a", "other", to),
                    Catch::Contains("kind: expected 'other', got 'sort'"));
  grown more;
  CHECK_THROWS_WITH(ciess::load_state(dir / "a", "sort", more),
                    Catch::Contains("expected a tensor 'more'"));
  ciess::save_state(dir / "more", "sort", more);
  CHECK_THROWS_WITH(ciess::load_state(dir / "more", "sort", to),
                    Catch::Contains("more: there is no such field"));
  CHECK_THROWS_AS(ciess::load_state(dir / "none", "sort", to), ciess::io_error);
}

TEST_CASE("a state that could not be loaded again is not saved", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  everything from;
  ciess::save_state(dir / "a", "sort", from);
  const auto before = file_text(dir / "a");
  from.real = std::nan("");
  CHECK_THROWS_WITH(ciess::save_state(dir / "a", "sort", from),
                    Catch::Contains("cannot save 'real': expected a finite number"));
  CHECK(file_text(dir / "a") == before);
}

TEST_CASE("a file cut anywhere or changed anywhere is refused or harmless", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  everything from;
  ciess::save_state(dir / "a", "sort", from);
  const std::string bytes = file_text(dir / "a");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    std::ofstream(dir / "cut", std::ios::binary) << bytes.substr(0, length);
    everything to;
    CHECK_THROWS_AS(ciess::load_state(dir / "cut", "sort", to), ciess::error);
    CHECK(to == everything{});
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    std::ofstream(dir / "changed", std::ios::binary) << changed;
    everything to;
    try {
      ciess::load_state(dir / "changed", "sort", to);
    } catch (const ciess::error&) {
      CHECK(to == everything{});
    }
  }
}

TEST_CASE("a search goes on from a file", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  analytic_environment env(1, {30, 20}, {1, 16});
  const ciess::ciess_sizer<> how{.episodes = 3,
                                 .steps = 3,
                                 .agent = {.hidden = {16}, .batch = 64},
                                 .seeds = {ciess::equal_rule()}};
  const ciess::sizing_request asked{.budgets = {0.7, 0.9}};
  auto first = how.begin(env, asked);
  for (int i = 0; i < 6; ++i) first.step();
  ciess::save_state(dir / "six", "search", first);
  auto second = how.begin(env, asked);
  ciess::load_state(dir / "six", "search", second);
  ciess::save_state(dir / "again", "search", second);
  CHECK(file_text(dir / "six") == file_text(dir / "again"));
  ciess::take_steps(first);
  ciess::take_steps(second);
  const auto a = ciess::result_of(first, asked);
  const auto b = ciess::result_of(second, asked);
  for (std::size_t k = 0; k < 2; ++k) {
    REQUIRE(a.best[k].size() == b.best[k].size());
    for (std::size_t i = 0; i < a.best[k].size(); ++i) {
      CHECK(a.best[k][i].sizes == b.best[k][i].sizes);
      CHECK(a.best[k][i].quality == b.best[k][i].quality);
    }
  }
  auto other = how.begin(env, {.budgets = asked.budgets, .seed = 2});
  CHECK_THROWS_WITH(ciess::load_state(dir / "six", "search", other),
                    Catch::Contains("search.seed: it was saved with 1, expected 2"));
  CHECK(other.history().empty());
}

TEST_CASE("a policy is saved and loaded alone", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  ciess::td3 trained(3, {1, 64}, {.hidden = {8}, .batch = 32}, 5);
  ciess::replay_buffer replay(3, 64);
  const ciess::matrix states = ciess::matrix::Constant(4, 3, 0.25F);
  const std::vector<float> sizes{1, 20, 40, 64}, rewards{0, 1, 0.5F, 0};
  replay.push(states, sizes, rewards, states);
  for (std::uint64_t i = 0; i < 5; ++i) trained.update(replay, i);
  ciess::save_state(dir / "policy", "policy", trained);
  ciess::td3 fresh(3, {1, 64}, {.hidden = {8}, .batch = 32}, 5);
  std::vector<float> a(4), b(4);
  ciess::load_state(dir / "policy", "policy", fresh);
  trained.propose(states, a);
  fresh.propose(states, b);
  CHECK(a == b);
  CHECK(fresh.updates() == 5);
  ciess::td3 wider(3, {1, 64}, {.hidden = {9}, .batch = 32}, 5);
  CHECK_THROWS_WITH(ciess::load_state(dir / "policy", "policy", wider),
                    Catch::Contains("hidden: it was saved with 8 as number 1 of 1, expected 9"));
}

TEST_CASE("whichever call of the system fails, the state saved before is there to go on from",
          "[io][resume]") {
  const temporary_directory folder;
  const auto path = folder.path() / "state";
  everything old;
  old.count = 1;
  everything fresh;
  fresh.count = 2;
  failing_files::plan all{.most = 100};
  ciess::save_state(path, "sort", old);
  ciess::save_state(path, "sort", fresh, true, {}, failing_files{&all});
  REQUIRE(all.calls.size() > 10);
  for (int fails = 0; fails < std::ssize(all.calls); ++fails) {
    CAPTURE(fails, all.calls[static_cast<std::size_t>(fails)]);
    std::filesystem::remove_all(path.string() + ".previous");
    ciess::save_state(path, "sort", old);
    failing_files::plan plan{.fails = fails, .most = 100};
    bool failed = false;
    try {
      ciess::save_state(path, "sort", fresh, true, {}, failing_files{&plan});
    } catch (const ciess::io_error&) {
      failed = true;
    }
    everything got;
    ciess::load_state(path, "sort", got);
    // After the last call, the one that syncs the folder, the new one is there already.
    const bool in_place = plan.calls.back() == "sync_folder" || !failed;
    CHECK(got.count == (in_place ? 2 : 1));
    if (plan.calls[static_cast<std::size_t>(fails)] != "link") CHECK(failed);
  }
}
