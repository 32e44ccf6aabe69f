// SPDX-License-Identifier: MIT
#include <ciess/io/check_output.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/failing_files.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;

TEST_CASE("check_output refuses what is read, what is no file and folders that are not there",
          "[io]") {
  const temporary_directory folder;
  const auto in = folder.path() / "in.csv";
  std::ofstream(in) << "1,2";
  const std::vector<std::string> inputs{"", in.string(), (folder.path() / "gone.csv").string()};
  const auto refused = [&](const std::filesystem::path& out, const std::string& why) {
    CHECK_THROWS_WITH(ciess::check_output("--out", out, inputs),
                      ContainsSubstring("--out: ") && ContainsSubstring(why));
  };
  refused(in, "is read, and would be written: name another");
  std::filesystem::create_symlink(in, folder.path() / "other-name.csv");
  refused(folder.path() / "other-name.csv", "is read");
  refused(folder.path() / "." / "in.csv", "is read");
  refused(folder.path(), "expected the name of a file");
  refused(folder.path() / "", "expected the name of a file");
  refused("", "expected the name of a file");
  refused(folder.path() / "none" / "out.csv", "there is no folder");
  CHECK_NOTHROW(ciess::check_output("--out", folder.path() / "out.csv", inputs));
  CHECK_NOTHROW(ciess::check_output("--out", "out.csv", inputs));
  CHECK(std::ifstream(in).good());
}

TEST_CASE("check_output refuses what cannot be written, and leaves what is there", "[io]") {
  const temporary_directory folder;
  const auto refused = [&](const fs::path& out, const std::string& why) {
    CHECK_THROWS_WITH(ciess::check_output("--out", out, {}),
                      ContainsSubstring("--out: ") && ContainsSubstring(why));
  };
  fs::create_symlink("/dev/null", folder.path() / "null.csv");
  refused(folder.path() / "null.csv", "expected a regular file, or none, got a pipe or a device");
  if (fs::exists("/dev/full")) refused("/dev/full", "got a pipe or a device");
  std::ofstream(folder.path() / "file.csv") << "1,2";
  refused(folder.path() / "file.csv" / "out.csv", "there is no folder");
  if (fs::exists("/proc/self")) refused("/proc/out.csv", "cannot create: ");  // not even by root
  // A file that is there keeps what is in it.
  ciess::check_output("--out", folder.path() / "file.csv", {});
  CHECK(file_text(folder.path() / "file.csv") == "1,2");
  CHECK(names_in(folder.path()) == std::set<std::string>{"null.csv", "file.csv"});
  // Each call that may fail says why; the disk of this one is full.
  for (const int call : {0, 1, 2}) {
    failing_files::plan plan{.fails = call};
    CAPTURE(call);
    CHECK_THROWS_WITH(
        ciess::check_output("--out", folder.path() / "new.csv", {}, failing_files{&plan}),
        ContainsSubstring("--out: ") && ContainsSubstring("No space left on device"));
    CHECK(std::ssize(plan.calls) == call + 1);
    CHECK(names_in(folder.path()).size() == 2);
  }
}

TEST_CASE("check_output_folder refuses where no folder can be, and makes none", "[io]") {
  const temporary_directory folder;
  const auto refused = [&](const fs::path& out, const std::string& why) {
    CHECK_THROWS_WITH(ciess::check_output_folder("--out", out),
                      ContainsSubstring("--out: ") && ContainsSubstring(why));
  };
  refused("", "expected the name of a folder, got ''");
  std::ofstream(folder.path() / "file") << "1,2";
  fs::create_symlink("/dev/null", folder.path() / "null");
  fs::create_symlink(folder.path() / "gone", folder.path() / "dangling");
  for (const char* name : {"file", "null", "dangling"})
    for (const auto& below : {fs::path(), fs::path("a"), fs::path("a") / "b"}) {
      CAPTURE(name, below.string());
      refused(below.empty() ? folder.path() / name : folder.path() / name / below,
              "expected a folder, or none, got " + (folder.path() / name).string());
    }
  if (fs::exists("/proc/self")) refused("/proc/results", "cannot create: ");
  fs::create_directory(folder.path() / "there");
  fs::create_directory_symlink(folder.path() / "there", folder.path() / "link");
  for (const char* name : {"there", "there/", "link", "new", "new/newer/", "there/../other/one"})
    CHECK_NOTHROW(ciess::check_output_folder("--out", folder.path() / name));
  CHECK_NOTHROW(ciess::check_output_folder("--out", "new"));
  for (const int call : {0, 1, 2}) {
    failing_files::plan plan{.fails = call};
    CAPTURE(call);
    CHECK_THROWS_WITH(
        ciess::check_output_folder("--out", folder.path() / "new" / "one", failing_files{&plan}),
        ContainsSubstring("--out: ") && ContainsSubstring("No space left on device"));
  }
  CHECK(names_in(folder.path()) ==
        std::set<std::string>{"file", "null", "dangling", "there", "link"});
  CHECK(fs::is_empty(folder.path() / "there"));
}
