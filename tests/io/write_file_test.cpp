#include <ciess/io/write_file.hpp>
// its own header first
#include <iterator>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

TEST_CASE("a file is written whole, replaces the old one, and leaves nothing beside it", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a.txt";
  ciess::write_file(path, "old and longer");
  ciess::write_file(path, "new");
  std::ifstream in(path, std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == "new");
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("a file that cannot be written is an io_error with the reason", "[io]") {
  const temporary_directory dir;
  CHECK_THROWS_WITH(ciess::write_file(dir.path() / "no" / "such" / "folder", "x"),
                    ContainsSubstring("cannot create: No such file or directory"));
  std::filesystem::create_directory(dir.path() / "taken");
  CHECK_THROWS_AS(ciess::write_file(dir.path() / "taken", "x"), ciess::io_error);
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}
