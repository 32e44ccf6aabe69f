// SPDX-License-Identifier: MIT
#include <ciess/data/align.hpp>

#include <ciess/data/read.hpp>

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

ciess::loaded read(const std::string& text) {
  std::istringstream in(text);
  return ciess::read_interactions(in, "text", {.format = ciess::data_format::adjacency});
}

std::vector<ciess::row_id> items_of(const ciess::interactions& data, ciess::row_id user) {
  const auto items = data.items_of(user);
  return {items.begin(), items.end()};
}

}  // namespace

TEST_CASE("align: pairs of a second file get the rows of the first") {
  // Rows of the first: users 10, 20, 30; items 5, 6, 7, 9.
  const auto whole = read("30 9 5\n10 6\n20 7\n");
  const auto part = read("20 9 5 7\n40 5\n10 8 7\n");
  const auto found = ciess::align(part, whole);
  CHECK(found.data.users() == 3);
  CHECK(found.data.items() == 4);
  CHECK(items_of(found.data, 0) == std::vector<ciess::row_id>{2});
  CHECK(items_of(found.data, 1) == std::vector<ciess::row_id>{0, 3});
  CHECK(items_of(found.data, 2).empty());
  CHECK(found.unknown == 2);   // user 40, item 8
  CHECK(found.repeated == 1);  // 20 7
  CHECK(found.data.size() + found.unknown + found.repeated == part.kept);
}

TEST_CASE("align: ids that are text are the same as ids that are numbers if they read the same") {
  const auto whole = read("1 10\n2 20\n");
  const auto part = read("a x\n2 10\n");
  CHECK(part.users.numeric() == false);
  const auto found = ciess::align(part, whole);
  CHECK(items_of(found.data, 1) == std::vector<ciess::row_id>{0});
  CHECK(found.unknown == 1);
}

TEST_CASE("align: nothing in common leaves an empty part of the same users and items") {
  const auto whole = read("1 10\n");
  const auto found = ciess::align(read("2 20\n"), whole);
  CHECK(found.data.size() == 0);
  CHECK(found.data.users() == 1);
  CHECK(found.unknown == 1);
}

TEST_CASE("align: rows that are only named repeat nothing") {
  const auto whole = read("30 9 5\n10 6\n20 7\n");
  const auto part = read("20 9 5 7\n40 5\n10 8 7\n");
  const auto found = ciess::align(part, whole.users.view(), whole.items.view());
  CHECK(found.data.users() == 3);
  CHECK(found.data.items() == 4);
  CHECK(items_of(found.data, 0) == std::vector<ciess::row_id>{2});
  CHECK(items_of(found.data, 1) == std::vector<ciess::row_id>{0, 2, 3});
  CHECK(found.unknown == 2);
  CHECK(found.repeated == 0);
}

TEST_CASE("align: times and weights go with their pairs") {
  const auto whole = read("30 9 5\n10 6\n20 7\n");
  auto part = read("20 9 5 7\n40 5\n10 8 7\n");
  // Rows of the part: users 10, 20, 40; items 5, 7, 8, 9.
  const std::vector<ciess::interaction> pairs{{0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 3}, {2, 0}};
  const std::vector<std::int64_t> times{1, 2, 3, 4, 5, 6};
  const std::vector<float> weights{10, 20, 30, 40, 50, 60};
  part.data = ciess::interactions(3, 4, pairs, {.times = times, .weights = weights});
  const auto found = ciess::align(part, whole).data;
  const auto t = found.times();
  const auto w = found.weights();
  CHECK(items_of(found, 1) == std::vector<ciess::row_id>{0, 3});
  CHECK(std::vector(t.begin(), t.end()) == std::vector<std::int64_t>{1, 3, 5});
  CHECK(std::vector(w.begin(), w.end()) == std::vector<float>{10, 30, 50});
}
