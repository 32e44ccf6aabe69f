// SPDX-License-Identifier: MIT
#include <ciess/io/check_output.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

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
