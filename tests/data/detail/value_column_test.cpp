// SPDX-License-Identifier: MIT
#include <ciess/data/detail/value_column.hpp>
// its own header first
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"

using ciess::detail::bucket_column;
using ciess::detail::hash_of;
using ciess::detail::value_column;

TEST_CASE("texts are numbered as they come, however many", "[data]") {
  std::vector<std::string> texts{""};
  for (int k = 0; k < 10'000; ++k) texts.push_back(std::to_string(k * 7919));
  texts.push_back(std::string(1, '\0'));
  texts.push_back(std::string(2, '\0'));
  value_column all;
  for (std::size_t k = 0; k < texts.size(); ++k)
    REQUIRE(all.row_of(texts[k]) == static_cast<ciess::row_id>(k));
  for (std::size_t k = texts.size(); k-- > 0;)
    REQUIRE(all.row_of(texts[k]) == static_cast<ciess::row_id>(k));
  REQUIRE(all.size() == texts.size());
  const auto list = all.texts();
  for (std::size_t k = 0; k < texts.size(); ++k) REQUIRE(list[k] == texts[k]);
}

TEST_CASE("hashes differ by length, order and any byte", "[data]") {
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  for (std::size_t length = 0; length < 40; ++length)
    for (std::size_t place = 0; place <= length; ++place) {
      std::string text(length, 'a');
      if (place < length) text[place] = 'b';
      seen.insert(hash_of(text));
      ++count;
    }
  CHECK(seen.size() == count);
}

TEST_CASE("numbers fall into the buckets of their squared logarithms", "[data]") {
  bucket_column all;
  const auto text = [&](double x) {
    const auto row = all.row_of(x);
    return std::string(all.texts()[static_cast<std::size_t>(row)]);
  };
  CHECK(text(0) == "0");
  CHECK(text(-0.0) == "0");
  CHECK(text(1) == "1");
  CHECK(text(1.9) == "1");
  CHECK(text(2) == "2");
  CHECK(text(-0.5) == "-1");
  CHECK(text(-2) == "-2");
  CHECK(text(3) == "squared log 1");  // log(3)^2 = 1.2
  CHECK(text(2.1) == "squared log 0");
  CHECK(text(1000) == "squared log 47");  // 6.9078^2 = 47.7
  CHECK(text(-1000) == "-squared log 47");
  CHECK(text(-3) == "-squared log 1");
  CHECK(text(std::numeric_limits<double>::max()) == "squared log 503791");
  CHECK(all.row_of(4) == all.row_of(3.9));
  const auto missing = all.row_of_missing();
  CHECK(all.row_of_missing() == missing);
  CHECK(all.texts()[static_cast<std::size_t>(missing)].empty());
  CHECK(all.texts().size() == 12);
}

TEST_CASE("a bucket is called the same whoever asks", "[data]") {
  bucket_column all;
  for (const double x : {0.0, -0.5, 2.0, 2.1, -2.1, 17.0, -1e9, 3e38}) {
    const auto row = static_cast<std::size_t>(all.row_of(x));
    CHECK(all.texts()[row] == ciess::detail::log_bucket(x).name());
  }
  CHECK(ciess::detail::log_bucket(2.1).key() != ciess::detail::log_bucket(-2.1).key());
  CHECK(ciess::detail::log_bucket(2.1).key() != ciess::detail::log_bucket(0).key());
}
