// SPDX-License-Identifier: MIT
#include <ciess/study/results_folder.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using run = ciess::results_folder::run;

struct number {
  int n = 0;
  template <class F>
  void visit(F& f) {
    f("n", n);
  }
};

void put(const fs::path& path, const std::string& text = "mine") { std::ofstream(path) << text; }

/// A run from its beginning to its end, which leaves all that it may.
void whole_run(const ciess::results_folder& folder, const run& r) {
  ciess::results_store store(folder);
  store.begin(r, "{}");
  number state{1};
  store.save("state", state);
  for (const auto& file : r.files) put(store.path() / file, "ours");
  store.end();
}

}  // namespace

TEST_CASE("a run leaves its files and their list, and no checkpoint", "[study]") {
  const temporary_directory dir;
  const ciess::results_folder folder(dir.path() / "found");
  CHECK(folder.check({.files = {"a"}}).empty());  // it need not be there
  whole_run(folder, {.files = {"summary", "a"}});
  CHECK(names_in(folder.path()) == std::set<std::string>{"a", "ciess-files.txt", "summary"});
  CHECK_FALSE(folder.unfinished());
}

TEST_CASE("results of another run are refused, or removed and nothing else is", "[study]") {
  const temporary_directory dir;
  const ciess::results_folder folder(dir.path());
  whole_run(folder, {.files = {"summary", "b", "a"}});
  put(dir.path() / "notes");
  put(dir.path() / "b.writing.7", "ours, of a killed process");
  put(dir.path() / "b.writing.x");
  put(dir.path() / "bb");
  fs::remove(dir.path() / "a");
  fs::create_directory(dir.path() / "a");  // no file of ours is a folder
  const auto before = names_in(dir.path());
  CHECK_THROWS_WITH(folder.check({.files = {"c"}}),
                    ContainsSubstring("has the results of another run, 3 files such as b:"));
  {
    ciess::results_store store(folder);
    CHECK_THROWS_AS(store.begin({.files = {"c"}}, "{}"), ciess::argument_error);
    store.end();
  }
  CHECK(names_in(dir.path()) == before);
  // What says that they are results goes first.
  CHECK(
      folder.check({.files = {"c"}, .force = true}) ==
      std::vector<fs::path>{dir.path() / "summary", dir.path() / "b", dir.path() / "b.writing.7"});
  whole_run(folder, {.files = {"c"}, .force = true});
  CHECK(names_in(dir.path()) ==
        std::set<std::string>{"a", "b.writing.x", "bb", "c", "ciess-files.txt", "notes"});
}

TEST_CASE("what no run has left is not written over, nor is what is read", "[study]") {
  const temporary_directory dir;
  const ciess::results_folder folder(dir.path());
  put(dir.path() / "a");
  CHECK_THROWS_WITH(folder.check({.files = {"a"}, .force = true}),
                    ContainsSubstring("no run is known to have left it"));
  CHECK_THROWS_WITH(
      folder.check({.files = {"a"}, .inputs = {dir.path() / "." / "a"}, .force = true}),
      ContainsSubstring("is read, and would be written"));
  fs::remove(dir.path() / "a");
  whole_run(folder, {.files = {"b"}});
  CHECK_THROWS_WITH(folder.check({.files = {"a"}, .inputs = {dir.path() / "b"}, .force = true}),
                    ContainsSubstring("is read, and would be written"));
  for (const char* name : {"", ".", "..", "a/b", "a\nb"})
    CHECK_THROWS_AS(folder.check({.files = {name}}), ciess::argument_error);
  put(folder.list_file());
  CHECK_THROWS_AS(folder.check({.files = {"a"}, .force = true}), ciess::data_error);
}

TEST_CASE("after each step at which a run can be killed, its files are known and others are not",
          "[study]") {
  const temporary_directory dir;
  const ciess::results_folder folder(dir.path());
  const run first{.files = {"summary", "a"}}, second{.files = {"summary", "b"}, .force = true};
  whole_run(folder, first);
  put(dir.path() / "b.txt");
  // Killed between two removals: the list still knows the rest.
  fs::remove(dir.path() / "summary");
  CHECK(folder.check(second) == std::vector<fs::path>{dir.path() / "a"});
  {
    ciess::results_store store(folder);
    store.begin(second, "{}");
    put(dir.path() / "b", "ours");
    number state{1};
    store.save("one", state);
  }  // killed while it worked
  CHECK_THROWS_WITH(folder.check(second), ContainsSubstring("has not ended"));
  fs::remove(folder.settings_file());  // killed at its end, or put an end to by hand
  CHECK(folder.check(second) == std::vector<fs::path>{dir.path() / "b"});
  put(folder.checkpoint_folder() / "epoch-99.pt");
  {
    ciess::results_store store(folder);
    store.begin(second, "{}");
    number state{2};
    CHECK_FALSE(store.load("one", state));  // another run's
    store.end();
  }
  CHECK(names_in(folder.checkpoint_folder()) == std::set<std::string>{"epoch-99.pt"});
  CHECK(names_in(dir.path()) ==
        std::set<std::string>{"b.txt", "ciess-checkpoint", "ciess-files.txt"});
}

TEST_CASE("a run that was interrupted is gone on with, by one process at a time", "[study]") {
  const temporary_directory dir;
  const ciess::results_folder folder(dir.path(), {.folder = "--out", .go_on = "--resume"});
  CHECK_THROWS_WITH(folder.settings(),
                    ContainsSubstring("--resume: there is no search to go on with in"));
  {
    ciess::results_store store(folder);
    store.begin({.files = {"a"}}, "{\"x\": 1}");
    number state{7};
    store.save("one", state);
    CHECK_THROWS_WITH(ciess::results_store(folder), ContainsSubstring("another process works"));
  }
  CHECK(folder.settings() == "{\"x\": 1}");
  CHECK_THROWS_WITH(folder.check({.files = {"a"}}),
                    ContainsSubstring("--out: ") && ContainsSubstring("go on with --resume "));
  ciess::results_store store(folder);
  number state;
  CHECK(store.load("one", state));
  CHECK(state.n == 7);
  CHECK_FALSE(store.load("two", state));
  store.end();
  CHECK(names_in(dir.path()) == std::set<std::string>{"ciess-files.txt"});
}

TEST_CASE("a place is tried before anything is known of the run", "[study]") {
  const temporary_directory dir;
  const auto at = [&](const char* name) {
    return ciess::results_folder(dir.path() / name, {.folder = "--out"});
  };
  at(".").check_place();
  at("new").check_place();
  CHECK(names_in(dir.path()).empty());
  std::ofstream(dir.path() / "file") << "mine";
  CHECK_THROWS_WITH(at("file").check_place(), ContainsSubstring("--out: expected a folder"));
  CHECK_THROWS_WITH(at("file/new").check_place(), ContainsSubstring("--out: expected a folder"));
  CHECK(names_in(dir.path()) == std::set<std::string>{"file"});
}
