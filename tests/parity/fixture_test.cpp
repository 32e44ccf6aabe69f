// SPDX-License-Identifier: MIT
#include "parity/fixture.hpp"
// its own header first
#include "support/catch.hpp"

namespace {

parity::fixture parse(const std::string& text) {
  std::istringstream in(text);
  return parity::fixture_reader(in, "text").read();
}

}  // namespace

TEST_CASE("a fixture is read as it is written", "[parity]") {
  const auto f = parse(
      "# a comment\n"
      "value full/loss/0 0.25\nvalue setting/users 3\n"
      "interactions 2\n0 1\n2 0\n"
      "triples 0 2\n0 1 2\n2 0 1\ntriples 1 1\n0 1 0\n"
      "array full/initial/users 2 3\n0.10000000000000001 -2.5e-17 0\n1 2 3\n"
      "array none 0 4\n");
  CHECK(f.value("full/loss/0") == 0.25);
  CHECK(f.integer("setting/users") == 3);
  CHECK(f.pairs == std::vector<ciess::interaction>{{0, 1}, {2, 0}});
  REQUIRE(f.steps.size() == 2);
  CHECK(f.steps[0].users == std::vector<ciess::row_id>{0, 2});
  CHECK(f.steps[0].positives == std::vector<ciess::row_id>{1, 0});
  CHECK(f.steps[0].negatives == std::vector<ciess::row_id>{2, 1});
  CHECK(f.steps[1].size() == 1);
  ciess::basic_matrix<double> expected(2, 3);
  expected << 0.1, -2.5e-17, 0, 1, 2, 3;
  CHECK(f.array("full/initial/users") == expected);
  CHECK(f.array("none").cols() == 4);
}

TEST_CASE("a malformed fixture is refused with the line", "[parity]") {
  const auto [text, message] = GENERATE(
      table<std::string, std::string>({{"value a", "text:1: expected a number"},
                                       {"value a 1 2", "text:1: expected the end of the line"},
                                       {"value a x", "text:1: expected a number"},
                                       {"value a 1\n\nvalue a 1", "text:3: a second a"},
                                       {"values a 1", "text:1: unknown word values"},
                                       {"interactions -1", "text:1: expected a count"},
                                       {"interactions 2\n0 1", "text:2: the text ends too early"},
                                       {"interactions 1\n0", "text:2: expected an integer"},
                                       {"interactions 1\n0 1 2", "text:2: expected the end"},
                                       {"interactions 1\n0 1.5", "text:2: expected the end"},
                                       {"interactions 1\n0 1\ninteractions 0", "text:3: inter"},
                                       {"triples 1 0", "text:1: expected the triples of step 0"},
                                       {"triples 0 1\n0 1", "text:2: expected an integer"},
                                       {"array a 1", "text:1: expected a count"},
                                       {"array a 1 9999", "text:1: expected a count"},
                                       {"array a 1 2\n1", "text:2: expected a number"},
                                       {"array a 1 2\n1 2 3", "text:2: expected the end"},
                                       {"array a 2 1\n1", "text:2: the text ends too early"},
                                       {"array a 0 1\narray a 0 1", "text:2: a second a"}}));
  INFO(text);
  CHECK_THROWS_WITH(parse(text), ContainsSubstring(message));
  CHECK_THROWS_AS(parse(text), ciess::data_error);
}

TEST_CASE("what a fixture does not hold is refused by name", "[parity]") {
  const auto f = parse("value a 1.5");
  CHECK_THROWS_WITH(f.value("b"), ContainsSubstring("nothing is called b"));
  CHECK_THROWS_WITH(f.array("a"), ContainsSubstring("nothing is called a"));
  CHECK_THROWS_WITH(f.integer("a"), ContainsSubstring("expected a whole number"));
  CHECK_THROWS_AS(parity::read_fixture("/no/such/file"), ciess::io_error);
}
