// SPDX-License-Identifier: MIT
#include <ciess/data/id_list.hpp>
// its own header first
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <ciess/data/id_map.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

using texts = std::vector<std::string>;

texts ids_of(const std::string& text, ciess::id_list kind = ciess::id_list::all) {
  std::istringstream in(text);
  texts ids;
  ciess::read_id_list(in, "f", kind, [&](std::string id) { ids.push_back(std::move(id)); });
  return ids;
}

std::string complaint_of(const std::string& text, ciess::id_list kind = ciess::id_list::all) {
  try {
    ids_of(text, kind);
    return "none";
  } catch (const ciess::data_error& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("a plain list of ids is taken as it is", "[data]") {
  CHECK(ids_of("it \\b-2\r\n\\t\n\\\n a \nrow") == texts{"it \\b-2", "\\t", "\\", " a ", "row"});
  CHECK(ids_of("\xEF\xBB\xBF"
               "7\n") == texts{"7"});
  CHECK(ids_of("").empty());
  CHECK(ids_of("a\n\r\n\nb\n", ciess::id_list::some) == texts{"a", "b"});
}

TEST_CASE("the ids that a search wrote come back as they were", "[data]") {
  const texts ids{"a\tb", "back\\slash", "line\nfeed", "plain", "\r"};
  const std::string text = ciess::ids_tsv(ciess::id_map(ids));
  CHECK(ids_of(text) == ids);
  CHECK(ids_of(text, ciess::id_list::some) == ids);
  CHECK(ids_of("row\tid\n7\tb\n\n2\ta\n", ciess::id_list::some) == texts{"b", "a"});
  CHECK(ids_of("row\tid\n").empty());
}

TEST_CASE("a list that is not certain is refused with its line", "[data]") {
  using enum ciess::id_list;
  CHECK(complaint_of("a\n\nb\n") == "f: line 2: expected an id, got an empty line");
  for (const auto kind : {all, some})
    CHECK(complaint_of("a\nb\tc\n", kind) ==
          "f: line 2: expected one id, got 'b?c' with a tab, and no first line row<TAB>id, as an "
          "ids-*.tsv has");
  CHECK(complaint_of("row\tid\n0\ta\n2\tb\n") ==
        "f: line 3: expected row 1, a tab and an id, got '2?b'");
  CHECK(complaint_of("row\tid\n0\ta\n1\n") ==
        "f: line 3: expected row 1, a tab and an id, got '1'");
  CHECK(complaint_of("row\tid\n0\ta\tb\n", some) ==
        "f: line 2: expected a row, a tab and an id, got '0?a?b'");
  for (const char* no_row : {"garbage", "", "-1", "1.5", "99999999999"})
    CHECK(complaint_of(std::string("row\tid\n") + no_row + "\ti3\n", some) ==
          std::string("f: line 2: expected a row, a tab and an id, got '") + no_row + "?i3'");
  CHECK(complaint_of("row\tid\n0\tit \\b-2\n", some) ==
        R"(f: line 2: id 'it \b-2', byte 3: expected \\, \t, \n or \r, got '\b')");
}

TEST_CASE("a list that cannot be read says which and why", "[data]") {
  const temporary_directory dir;
  const auto load = [](const std::filesystem::path& path) {
    ciess::load_id_list(path, ciess::id_list::all, [](const std::string&) {});
  };
  CHECK_THROWS_WITH(load(dir.path() / "none"),
                    (dir.path() / "none").string() + ": cannot open: No such file or directory");
  CHECK_THROWS_WITH(load(dir.path()), dir.path().string() + ": expected a file, got a directory");
  std::istringstream in("a\n");
  in.setstate(std::ios::badbit);
  CHECK_THROWS_WITH(ciess::read_id_list(in, "f", ciess::id_list::all, [](const std::string&) {}),
                    "f: line 1: cannot read");
}

TEST_CASE("what is done with an id may fail as it likes", "[data]") {
  std::istringstream in("a\nb\n");
  CHECK_THROWS_WITH(ciess::read_id_list(in, "f", ciess::id_list::all,
                                        [](const std::string& id) {
                                          if (id == "b") throw std::runtime_error("mine");
                                        }),
                    "mine");
}
