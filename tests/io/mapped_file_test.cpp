// SPDX-License-Identifier: MIT
#include <ciess/io/mapped_file.hpp>
// its own header first
#include <string>
#include <string_view>
#include <type_traits>

#include <ciess/io/write_file.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#if __has_include(<sys/mman.h>)
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace {

static_assert(!std::is_copy_constructible_v<ciess::mapped_file>);
static_assert(std::is_nothrow_move_constructible_v<ciess::mapped_file>);
static_assert(std::is_nothrow_move_assignable_v<ciess::mapped_file>);
static_assert(!std::is_convertible_v<std::filesystem::path, ciess::mapped_file>);

std::string_view text(const ciess::mapped_file& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

}  // namespace

TEST_CASE("a file is memory", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a";
  ciess::write_file(path, "whole");
  const auto how = GENERATE(ciess::page_access::sequential, ciess::page_access::random);
  ciess::mapped_file file(path, how);
  CHECK(text(file) == "whole");
  CHECK(reinterpret_cast<std::uintptr_t>(file.bytes().data()) % 64 == 0);

  const auto* const begin = file.bytes().data();
  ciess::mapped_file moved(std::move(file));
  CHECK(moved.bytes().data() == begin);
  CHECK(text(moved) == "whole");
  ciess::write_file(dir.path() / "b", "other");
  moved = ciess::mapped_file(dir.path() / "b");
  CHECK(text(moved) == "other");
  moved = {};
  CHECK(moved.bytes().empty());
}

TEST_CASE("a file that is replaced stays as it was where it is mapped", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a";
  ciess::write_file(path, "old");
  const ciess::mapped_file file(path);
  ciess::write_file(path, "");
  CHECK(text(file) == "old");
  CHECK(ciess::mapped_file(path).bytes().empty());
}

TEST_CASE("what is no regular file is not mapped", "[io]") {
  const temporary_directory dir;
  CHECK_THROWS_WITH(ciess::mapped_file(dir.path() / "none"),
                    ContainsSubstring("none: cannot open: No such file or directory"));
  CHECK_THROWS_WITH(ciess::mapped_file(dir.path()),
                    ContainsSubstring("expected a file, got a directory"));
#if __has_include(<sys/mman.h>)
  REQUIRE(::mkfifo((dir.path() / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(ciess::mapped_file(dir.path() / "pipe"),
                    ContainsSubstring("expected a regular file, got a pipe or a device"));
  CHECK_THROWS_AS(ciess::mapped_file("/dev/null"), ciess::io_error);
#endif
}

#if __has_include(<sys/mman.h>)

TEST_CASE("a file far longer than memory is mapped, and what is looked at is read", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a";
  ciess::write_file(path, "begin");
  constexpr std::uintmax_t length = std::uintmax_t{1} << 40;
  std::error_code too_long;
  std::filesystem::resize_file(path, length, too_long);  // a hole, on the disks that have them
  if (too_long) return;
  const ciess::mapped_file file(path);
  CHECK(file.bytes().size() == length);
  CHECK(text(file).starts_with("begin"));
  CHECK(file.bytes().back() == std::byte{0});
}

#endif
