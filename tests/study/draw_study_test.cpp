// SPDX-License-Identifier: MIT
#include <ciess/study/draw_study.hpp>
// its own header first
#include <ciess/search/observers/history.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;

/// The one folder in which programs are found, with what stands for gnuplot.
class only_gnuplot {
 public:
  only_gnuplot() {
    if (const char* path = std::getenv("PATH")) before_ = path;
    ::setenv("PATH", dir_.path().c_str(), 1);
  }
  /// @param script  what it does; its arguments are noted
  explicit only_gnuplot(const std::string& script) : only_gnuplot() {
    const auto program = dir_.path() / "gnuplot";
    ciess::write_file(program, "#!/bin/sh\necho \"$1 $2\" >> '" + notes().string() + "'\n" +
                                   "echo said\necho said >&2\n" + script + "\n");
    fs::permissions(program, fs::perms::owner_all);
  }
  ~only_gnuplot() { before_ ? ::setenv("PATH", before_->c_str(), 1) : ::unsetenv("PATH"); }
  only_gnuplot(const only_gnuplot&) = delete;
  only_gnuplot& operator=(const only_gnuplot&) = delete;

  /// What it was called with, a line each; "none" if it never was.
  [[nodiscard]] std::string calls() const { return file_text(notes()); }

 private:
  [[nodiscard]] fs::path notes() const { return dir_.path() / "calls"; }

  temporary_directory dir_;
  std::optional<std::string> before_;
};

const std::vector<std::string> tables{"users", "items"};

ciess::interactions train() { return {3, 2, {{0, 0}, {0, 1}, {2, 1}}}; }

ciess::study_result study() {
  ciess::method_result m;
  m.method = "equal";
  m.sizes = ciess::assignment({ciess::sizes(3, {1, 4}, 2), ciess::sizes(2, {1, 4}, 2)});
  m.test.mean = 0.25;
  ciess::study_result r;
  r.full.mean = 0.5;
  r.full.cutoffs = {5};
  r.budgets = {{0.5, {m}}};
  return r;
}

void write_history(const fs::path& folder) {
  std::ofstream out(folder / ciess::history_file);
  ciess::history write(out);
  ciess::step_report s;
  s.budget = s.sparsity = 0.5;
  s.quality = s.best = 0.25;
  write(s);
}

}  // namespace

TEST_CASE("tables of users and of items in turn have the frequencies of their rows", "[study]") {
  using frequencies = std::vector<std::vector<double>>;
  CHECK(ciess::table_frequencies(train(), 3) == frequencies{{2, 0, 1}, {1, 2}, {2, 0, 1}});
  CHECK(ciess::table_frequencies(train(), 0).empty());
  CHECK(ciess::table_frequencies({}, 2) == frequencies{{}, {}});
}

TEST_CASE("a study has its pictures written and drawn", "[study]") {
  const temporary_directory dir;
  const auto folder = dir.path() / "it's a b";
  fs::create_directory(folder);
  write_history(folder);
  ciess::write_file(folder / "quality.svg", "of an earlier run");
  const only_gnuplot gnuplot("exit 0");
  const auto drawn = ciess::draw_study(folder, study(), train(), tables, "mine");
  CHECK(drawn.status == 0);
  CHECK(drawn.failed.empty());
  CHECK(names_in(folder) == std::set<std::string>{"history.gp", "history.tsv", "quality.gp",
                                                  "quality.tsv", "shares.gp", "shares.tsv",
                                                  "sizes.gp", "sizes.tsv"});
  std::string calls;
  for (const char* name : {"quality", "history", "sizes", "shares"})
    calls += "-d " + (folder / name).string() + ".gp\n";
  CHECK(gnuplot.calls() == calls);
  CHECK_THAT(file_text(folder / "quality.tsv"), ContainsSubstring("50\t0.5\t0.25\n"));
  CHECK_THAT(file_text(folder / "history.gp"), ContainsSubstring("title '50 % removed'"));
  CHECK_THAT(file_text(folder / "sizes.tsv"), ContainsSubstring("# items, 50 % removed\n1\t"));
  for (const char* name : {"quality.gp", "history.gp", "sizes.gp", "shares.gp"})
    CHECK_THAT(file_text(folder / name), ContainsSubstring("'mine'"));
}

TEST_CASE("a study without steps, budgets and tables is drawn, too", "[study]") {
  const temporary_directory dir;
  const only_gnuplot gnuplot("exit 0");
  CHECK(ciess::draw_study(dir.path(), {}, {}, {}, "").status == 0);
  CHECK_THAT(file_text(dir.path() / "history.gp"), ContainsSubstring("took no step"));
  CHECK_THAT(file_text(dir.path() / "quality.gp"), ContainsSubstring("no method was measured"));
  CHECK_THAT(file_text(dir.path() / "sizes.gp"), ContainsSubstring("no sizes were found"));
}

TEST_CASE("where gnuplot ends otherwise than it should, status and script are told", "[study]") {
  const temporary_directory dir;
  write_history(dir.path());
  const auto draw = [&] { return ciess::draw_study(dir.path(), study(), train(), tables, "t"); };
  {
    const only_gnuplot gnuplot("case $2 in *history.gp) exit 3;; esac");
    const auto drawn = draw();
    CHECK(drawn.status == 3);
    CHECK(drawn.failed == "history");
    CHECK_THAT(gnuplot.calls(), !ContainsSubstring("sizes.gp"));  // no further one is tried
  }
  {
    const only_gnuplot killed("kill -9 $$");
    CHECK(draw().status == 1);
  }
  fs::remove(dir.path() / "sizes.gp");
  const only_gnuplot nowhere;
  const auto drawn = draw();
  CHECK(drawn.status == 127);
  CHECK(drawn.failed == "quality");
  CHECK(fs::exists(dir.path() / "sizes.gp"));  // to be drawn later
}

TEST_CASE("a script is found from wherever the program was started", "[study]") {
  const temporary_directory dir;
  const only_gnuplot gnuplot("exit 0");
  CHECK(ciess::run_gnuplot("here.gp") == 0);
  CHECK(gnuplot.calls() == "-d " + (fs::current_path() / "here.gp").string() + "\n");
}

TEST_CASE("what cannot be drawn is refused before anything is written", "[study]") {
  const temporary_directory dir;
  const only_gnuplot gnuplot("exit 0");
  const std::vector<std::string> one{"users"};
  CHECK_THROWS_AS(ciess::draw_study(dir.path(), study(), train(), one, "t"), ciess::argument_error);
  CHECK_THROWS_AS(ciess::draw_study(dir.path(), study(), {4, 2, {{0, 0}}}, tables, "t"),
                  ciess::argument_error);
  CHECK(names_in(dir.path()).empty());
  ciess::write_file(dir.path() / ciess::history_file, "no history\n");
  CHECK_THROWS_AS(ciess::draw_study(dir.path(), study(), train(), tables, "t"), ciess::data_error);
  CHECK(names_in(dir.path()).size() == 1);
  CHECK_THROWS_AS(ciess::draw_study(dir.path() / "none", study(), train(), tables, "t"),
                  ciess::io_error);
  CHECK(gnuplot.calls() == "none");
}
