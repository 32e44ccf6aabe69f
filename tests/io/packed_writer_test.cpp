// SPDX-License-Identifier: MIT
#include <ciess/io/packed_writer.hpp>
// its own header first
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <ciess/core/aligned.hpp>
#include <ciess/io/packed_file.hpp>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/random_tables.hpp"
#include "support/temporary_directory.hpp"

TEST_CASE("the same tables make the same bytes, in memory and in files", "[io]") {
  const temporary_directory dir;
  const auto packed = ciess::pack(random_table(100, {1, 9}));
  ciess::packed_writer w({.seed = 4});
  w.add("a", packed);
  ciess::save_packed(dir.path() / "a", {.seed = 4}, ciess::named_table{"a", packed});
  CHECK(file_text(dir.path() / "a") == w.bytes());
  w.save(dir.path() / "a", true);
  CHECK(file_text(dir.path() / "a") == file_text(dir.path() / "a.previous"));
}

TEST_CASE("a writer of tables refuses what cannot be read", "[io]") {
  const auto packed = ciess::pack(random_table(10, {1, 9}));
  const auto ids = ciess::id_map::identity(9);
  ciess::packed_writer w;
  w.add("a", packed);
  CHECK_THROWS_AS(w.add("a", packed), ciess::argument_error);
  for (const std::string bad : {"", "a b", "a.b", "\xc3\xa4"})
    CHECK_THROWS_WITH(w.add(bad, packed), ContainsSubstring("expected a name of letters"));
  CHECK_THROWS_WITH(w.add("b", packed, &ids), "packed_writer: table 'b' has 10 rows and 9 ids");
  CHECK_THROWS_AS(ciess::packed_writer({.backbone = "\xff"}), ciess::argument_error);
}

TEST_CASE("a writer of tables knows what axes and scores there are", "[io]") {
  CHECK_THROWS_WITH(
      ciess::packed_writer({.axes = "turned"}),
      "packed_writer: expected axes none, principal or balanced or nothing, got 'turned'");
  CHECK_THROWS_WITH(ciess::packed_writer({.scores = "cosine"}),
                    "packed_writer: expected scores products or cosines or nothing, got 'cosine'");
}

TEST_CASE("a writer of layers refuses what cannot be read", "[io]") {
  std::vector<float> numbers{1, 2};
  ciess::packed_writer w;
  w.add({.name = "a", .shape = {2}, .numbers = numbers});
  CHECK_THROWS_AS(w.add({.name = "a", .shape = {2}, .numbers = numbers}), ciess::argument_error);
  CHECK_THROWS_WITH(w.add({.name = "a.b", .shape = {2}, .numbers = numbers}),
                    ContainsSubstring("expected a name of letters"));
  CHECK_THROWS_WITH(w.add({.name = "b", .shape = {3}, .numbers = numbers}),
                    ContainsSubstring("tensor 'b' of shape [3] has 2 numbers"));
  numbers[1] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(w.add({.name = "c", .shape = {2}, .numbers = numbers}),
                    "packed_writer: layer 'c': number 1 is nan");
  // What was refused is in no file.
  const std::string file = w.bytes();
  const ciess::aligned_vector<char> memory(file.begin(), file.end());
  CHECK(ciess::packed_file(std::as_bytes(std::span(memory)), "f").layers().size() == 1);
}

TEST_CASE("a writer of tables takes texts and bytes of others", "[io]") {
  const auto packed = ciess::pack(random_table(10, {1, 9}));
  ciess::packed_writer w;
  w.add("a", packed);
  w.add_metadata("more", "text");
  w.add_bytes("a.more", std::string("x\0\xff", 3));  // a text that is gone when the file is written
  CHECK_THROWS_AS(w.add_metadata("more", "again"), ciess::argument_error);
  CHECK_THROWS_AS(w.add_metadata("format", "mine"), ciess::argument_error);
  CHECK_THROWS_AS(w.add_bytes("a.values", "mine"), ciess::argument_error);
  const ciess::packed_writer copy = w;
  w = ciess::packed_writer();
  const std::string file = copy.bytes();
  const ciess::aligned_vector<char> memory(file.begin(), file.end());
  const ciess::packed_file read(std::as_bytes(std::span(memory)), "f");
  CHECK(read.names().size() == 1);
  CHECK(read.tensors().text("more") == "text");
  const ciess::index_t three = 3;
  const auto bytes = read.tensors().numbers<std::uint8_t>("a.more", std::span(&three, 1));
  CHECK(bytes[0] == 'x');
  CHECK(bytes[1] == 0);
  CHECK(bytes[2] == 255);
}
