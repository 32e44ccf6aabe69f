// SPDX-License-Identifier: MIT
#include <ciess/io/file_system.hpp>
// its own header first
#include <string_view>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

#if __has_include(<unistd.h>)
#include <sys/stat.h>
#endif

namespace {

/// Lacks the sync of a folder.
struct near_miss {
  using file = int;
  file create(const std::filesystem::path&, std::error_code&);
  std::size_t write(file, std::span<const std::byte>, std::error_code&);
  void sync(file, std::error_code&);
  void close(file, std::error_code&);
  void link(const std::filesystem::path&, const std::filesystem::path&, std::error_code&);
  void rename(const std::filesystem::path&, const std::filesystem::path&, std::error_code&);
  void remove(const std::filesystem::path&, std::error_code&);
};
static_assert(!ciess::file_system<near_miss>);

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace

TEMPLATE_TEST_CASE("a file is made, filled, linked and renamed", "[io]", ciess::system_files,
                   ciess::standard_files) {
  const temporary_directory dir;
  const auto a = dir.path() / "a", b = dir.path() / "b", c = dir.path() / "c";
  TestType system;
  std::error_code code;
  auto file = system.create(a, code);
  REQUIRE(!code);
  system.create(a, code);
  CHECK(code == std::errc::file_exists);
  CHECK(system.write(file, bytes("whole"), code) == 5);
  CHECK(!code);
  system.sync(file, code);
  CHECK(!code);
  system.link(a, b, code);
  CHECK(!code);
  system.link(a, b, code);
  CHECK(code == std::errc::file_exists);
  system.rename(a, c, code);
  CHECK(!code);
  system.close(file, code);
  CHECK(!code);
  system.sync_folder(dir.path(), code);
  CHECK(!code);
  CHECK(file_text(b) == "whole");
  CHECK(file_text(c) == "whole");
  system.remove(b, code);
  CHECK(!code);
  CHECK(names_in(dir.path()) == std::set<std::string>{"c"});
  system.rename(a, b, code);
  CHECK(code == std::errc::no_such_file_or_directory);
  system.link(a, b, code);
  CHECK(code == std::errc::no_such_file_or_directory);
  system.create(dir.path() / "no" / "folder", code);
  CHECK(code == std::errc::no_such_file_or_directory);
}

#if __has_include(<unistd.h>)

TEST_CASE("what a killed process left is taken over, other things of that name are not", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a";
  ciess::posix_files system;
  std::error_code code;
  int file = system.create(path, code);
  system.write(file, bytes("a part"), code);
  system.close(file, code);  // as the end of a process does
  file = system.create(path, code);
  CHECK(!code);
  CHECK(file_text(path).empty());
  system.close(file, code);

  std::filesystem::create_directory(dir.path() / "folder");
  system.create(dir.path() / "folder", code);
  CHECK(code == std::errc::file_exists);
  std::filesystem::create_symlink(path, dir.path() / "link");
  system.create(dir.path() / "link", code);
  CHECK(code == std::errc::file_exists);
  REQUIRE(::mkfifo((dir.path() / "pipe").c_str(), 0600) == 0);
  system.create(dir.path() / "pipe", code);
  CHECK(code == std::errc::file_exists);
}

TEST_CASE("a system that cannot write or sync says why", "[io]") {
  ciess::posix_files system;
  std::error_code code;
  CHECK(system.write(-1, bytes("x"), code) == 0);
  CHECK(code == std::errc::bad_file_descriptor);
  system.sync(-1, code);
  CHECK(code == std::errc::bad_file_descriptor);
  system.sync_folder("/no/such/folder", code);
  CHECK(code == std::errc::no_such_file_or_directory);
}

#endif
