// SPDX-License-Identifier: MIT
#include <ciess/study/gnuplot.hpp>
// its own header first
#include <fstream>
#include <limits>
#include <set>

#include "support/catch.hpp"
#include "support/gnuplot.hpp"
#include "support/temporary_directory.hpp"

TEST_CASE("gnuplot takes a quoted text as it is", "[study]") {
  CHECK(ciess::gnuplot_quoted("") == "''");
  CHECK(ciess::gnuplot_quoted("it's") == "'it''s'");
  CHECK(ciess::gnuplot_quoted(R"(a_b @x {/=20 c} \n "d" `date` $e)") ==
        R"('a_b @x {/=20 c} \n "d" `date` $e')");
  CHECK(ciess::gnuplot_quoted("ends in \\") == "'ends in \\'");
  CHECK(ciess::gnuplot_quoted("a\nb\tc\x7f") == "'a?b?c?'");
  CHECK(ciess::gnuplot_quoted("\xC3\xA9") == "'\xC3\xA9'");  // UTF-8 stays
}

TEST_CASE("numbers for gnuplot are short, and missing unless finite", "[study]") {
  CHECK(ciess::gnuplot_number(0.1) == "0.1");
  CHECK(ciess::gnuplot_number(100 * 0.95) == "95");
  CHECK(ciess::gnuplot_number(-1.0 / 3) == "-0.333333333");
  CHECK(ciess::gnuplot_number(std::numeric_limits<double>::quiet_NaN()).empty());
  CHECK(ciess::gnuplot_number(std::numeric_limits<double>::infinity()).empty());
  CHECK(ciess::tsv_field("a\tb\nc d") == "a b c d");
}

TEST_CASE("six colours come round", "[study]") {
  std::set<std::string_view> different;
  for (std::size_t n = 0; n < 6; ++n) different.insert(ciess::gnuplot_colour(n));
  CHECK(different.size() == 6);
  CHECK(ciess::gnuplot_colour(7) == ciess::gnuplot_colour(1));
}

TEST_CASE("a picture is saved as script and data, and the picture of an earlier run goes",
          "[study]") {
  const temporary_directory dir;
  const auto has = [&](const char* file) { return std::filesystem::exists(dir.path() / file); };
  std::ofstream(dir.path() / "a.svg") << "old";
  ciess::save_picture(dir.path(), {"a", "script", "data"});
  CHECK((has("a.gp") && has("a.tsv") && !has("a.svg")));
  ciess::save_picture(dir.path(), {"b", "script", ""});
  CHECK((has("b.gp") && !has("b.tsv")));
  CHECK_THROWS_AS(ciess::save_picture(dir.path() / "none", {"a", "", ""}), ciess::io_error);
}

TEST_CASE("titles reach the picture letter by letter, without a message", "[study]") {
  const std::string title = R"(it's a_b @x {/=20 c} \n "d" `date` ^e)";
  const auto svg = drawn({"nothing", ciess::gnuplot_nothing("nothing", title), ""});
  if (!svg) return;  // no gnuplot
  CHECK_THAT(*svg, ContainsSubstring(">" + title + "<"));
}
