#include <ciess/data/detail/id_column.hpp>
// its own header first
#include <map>

#include "support/catch.hpp"

namespace {

const ciess::detail::source file{"s", ""};

ciess::detail::id_column::finished ids(const std::vector<std::string>& texts,
                                       bool numbers = false) {
  ciess::detail::id_column column(file, "user", numbers);
  for (const auto& t : texts) {
    column.check(t, 1);
    column.add(t);
  }
  return std::move(column).finish();
}

using rows = std::vector<ciess::row_id>;

}  // namespace

TEST_CASE("integers become ranks, near together and far apart", "[data]") {
  const std::string far = GENERATE("40", "65575", "65576", "65700", "4000000000000");
  CAPTURE(far);
  const auto f = ids({far, "-3", "7", far, "-3"});
  CHECK(f.rows == rows{2, 0, 1, 2, 0});
  CHECK(f.ids == ciess::id_map(std::vector<std::int64_t>{-3, 7, std::stoll(far)}));
}

TEST_CASE("the first text turns all into text", "[data]") {
  const auto f = ids({"7", "3", "7", "x", "3", "07", "7"});
  CHECK(f.rows == rows{0, 1, 0, 2, 1, 3, 0});
  CHECK(f.ids == ciess::id_map(std::vector<std::string>{"7", "3", "x", "07"}));
  CHECK(ids({"x"}).ids.numeric() == false);
  CHECK(ids({}).ids.size() == 0);
}

TEST_CASE("numbers that are asked for may be written freely, but must be numbers", "[data]") {
  const auto f = ids({"07", "7", "-0"}, true);
  CHECK(f.rows == rows{1, 1, 0});
  CHECK(f.ids == ciess::id_map(std::vector<std::int64_t>{0, 7}));
  for (const char* bad : {"x", "7x", "7.0", "9223372036854775808", "--7"})
    CHECK_THROWS_WITH(ids({bad}, true),
                      ContainsSubstring("s:1: expected user id to be an integer"));
  CHECK_THROWS_WITH(ids({""}), "s:1: expected user id, got an empty field");
}

TEST_CASE("long texts and many", "[data]") {
  std::vector<std::string> texts;
  for (int k = 0; k < 5000; ++k) texts.push_back(std::to_string(k % 1000) + std::string(50, 'y'));
  const auto f = ids(texts);
  CHECK(f.ids.size() == 1000);
  for (std::size_t k = 0; k < texts.size(); ++k)
    if (f.ids.text(f.rows[k]) != texts[k]) FAIL(texts[k]);
}
