// SPDX-License-Identifier: MIT
#include <ciess/core/detail/open_file.hpp>

#include <iterator>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

TEST_CASE("a file is opened for its bytes, or the reason against is said", "[core]") {
  using ciess::detail::open_file;
  const temporary_directory dir;
  std::ofstream(dir.path() / "a", std::ios::binary) << "b\r\n";
  auto in = open_file(dir.path() / "a");
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == "b\r\n");
  CHECK_THROWS_AS(open_file(dir.path()), ciess::io_error);
  CHECK_THROWS_WITH(open_file(dir.path()), ContainsSubstring("expected a file, got a directory"));
  CHECK_THROWS_WITH(open_file(dir.path() / "a" / "b"), ContainsSubstring("b: cannot open: "));
  CHECK_THROWS_AS(open_file(dir.path() / "c"), ciess::io_error);
}
