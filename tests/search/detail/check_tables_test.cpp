// SPDX-License-Identifier: MIT
#include <ciess/search/detail/check_tables.hpp>
// its own header first

#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

const std::vector<ciess::table_shape> three{{2, {1, 4}}, {5, {1, 4}}, {2, {1, 4}}};

/// Names that live no longer than the expression that asks for them.
struct made_names {
  std::size_t count = 3;
  std::string last = "the third of the names, too long to be kept in place";
  std::size_t size() const { return count; }
  std::string operator[](std::size_t t) const {
    return t == 2 ? last : "name number " + std::to_string(t) + ", too long to be kept in place";
  }
};

}  // namespace

TEST_CASE("names of tables are names of files, and each has its own", "[search]") {
  using ciess::detail::check_table_names;
  CHECK_NOTHROW(check_table_names(three, std::vector<std::string>{"a", "b", "c"}));
  CHECK_NOTHROW(check_table_names(three, std::vector<const char*>{"a", "b", "c"}));
  CHECK_NOTHROW(check_table_names(three, made_names{}));
  CHECK_THROWS_WITH(check_table_names(three, made_names{.last = made_names{}[0]}),
                    ContainsSubstring("tables 0 and 2 are both called"));
  CHECK_THROWS_WITH(check_table_names(three, made_names{.count = 2}),
                    ContainsSubstring("3 tables and 2 names"));
  for (const char* bad : {"", "a/b", "a\\b", "a\tb", "a\nb", "a\rb"})
    CHECK_THROWS_WITH(check_table_names(three, std::vector<std::string>{"a", bad, "c"}),
                      ContainsSubstring("the name of table 1"));
}
