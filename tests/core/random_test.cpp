// SPDX-License-Identifier: MIT
#include <ciess/core/random.hpp>
// its own header first
#include <algorithm>
#include <random>
#include <set>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

namespace {

using block = std::array<std::uint32_t, 4>;

// The known answers that the authors of Philox publish with Random123 (kat_vectors).
static_assert(ciess::philox4x32({0, 0, 0, 0}, {0, 0}) ==
              block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(ciess::philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                                {0xffffffff, 0xffffffff}) ==
              block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(ciess::philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                                {0xa4093822, 0x299f31d0}) ==
              block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

static_assert(std::uniform_random_bit_generator<ciess::random_engine>);
// A stream is an address, not a generator: nobody can draw from it in order.
static_assert(!std::is_invocable_v<ciess::random_stream>);

block words(ciess::random_engine engine) { return {engine(), engine(), engine(), engine()}; }

ciess::random_engine engine_for(std::uint64_t step) {
  return ciess::random_stream(11, ciess::purpose::user).at(step);
}

/// Sum of (observed - expected)^2 / expected with equal expectations.
double chi_square(const std::vector<int>& count) {
  double total = 0;
  for (const int c : count) total += c;
  const double expected = total / static_cast<double>(count.size());
  double sum = 0;
  for (const int c : count) sum += (c - expected) * (c - expected) / expected;
  return sum;
}

/// Largest distance between the distribution of the values and its law.
template <class Law>
double kolmogorov(std::vector<double> values, Law law) {
  std::ranges::sort(values);
  double most = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double n = static_cast<double>(values.size());
    const double p = law(values[k]);
    most = std::max({most, p - static_cast<double>(k) / n, static_cast<double>(k + 1) / n - p});
  }
  return most;
}

constexpr int draws = 50000;
const double kolmogorov_limit = 1.95 / std::sqrt(double{draws});  // p = 0.001

}  // namespace

TEST_CASE("a random engine walks through the blocks at its address", "[core]") {
  const auto engine = [] { return ciess::random_engine({7, 8}, 3, 5); };
  CHECK(words(engine()) == ciess::philox4x32({0, 5, 3, 0}, {7, 8}));
  auto second = engine();
  for (int k = 0; k < 4; ++k) second();
  CHECK(words(second) == ciess::philox4x32({1, 5, 3, 0}, {7, 8}));
}

TEST_CASE("different addresses have different words, equal ones the same", "[core]") {
  using ciess::purpose;
  using ciess::random_stream;
  std::set<block> seen;
  int addresses = 0;
  const std::uint64_t far = std::uint64_t{1} << 32;
  const std::uint64_t last = (std::uint64_t{1} << 48) - 1;
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, far, ~std::uint64_t{0}})
    for (const auto what : {purpose::weights, purpose::batches, purpose::user})
      for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}, far, last})
        for (const std::uint64_t row : {std::uint64_t{0}, std::uint64_t{1}, far, last}) {
          const random_stream stream(seed, what);
          for (const auto& s : {stream, stream.child(0), stream.child(1), stream.child(far)}) {
            CHECK(words(s.at(step, row)) == words(s.at(step, row)));
            seen.insert(words(s.at(step, row)));
            ++addresses;
          }
        }
  CHECK(static_cast<int>(seen.size()) == addresses);
}

TEST_CASE("uniform01 is uniform in the unit interval", "[core]") {
  auto engine = engine_for(1);
  std::vector<double> floats;
  std::vector<double> doubles;
  for (int k = 0; k < draws; ++k) {
    floats.push_back(double{ciess::uniform01(engine)});
    doubles.push_back(ciess::uniform01<double>(engine));
  }
  for (const auto& values : {floats, doubles}) {
    const auto [least, most] = std::ranges::minmax(values);
    CHECK(least >= 0);
    CHECK(most < 1);
    CHECK(kolmogorov(values, [](double x) { return x; }) < kolmogorov_limit);
  }
  const auto moved = ciess::uniform<double>(engine, -3, 5);
  CHECK(moved >= -3);
  CHECK(moved < 5);
}

TEST_CASE("uniform01 reaches neither end by rounding", "[core]") {
  // The largest words there are, without an engine: the same arithmetic.
  CHECK(static_cast<float>(0xFFFFFFFFU >> 8) * 0x1p-24F < 1);
  auto engine = engine_for(2);
  for (int k = 0; k < 1000; ++k) {
    const float x = ciess::uniform01(engine);
    CHECK(x * 0x1p24F == std::floor(x * 0x1p24F));  // 24 bits, none lost
  }
}

TEST_CASE("bounded is uniform for every bound", "[core]") {
  auto engine = engine_for(3);
  CHECK(ciess::bounded(engine, 1) == 0);
  const std::uint32_t bound = GENERATE(2U, 3U, 7U, 10U);
  std::vector<int> count(bound);
  for (int k = 0; k < draws; ++k) ++count.at(ciess::bounded(engine, bound));
  CHECK(chi_square(count) < 28);  // at most 9 degrees of freedom: p < 0.001
}

TEST_CASE("bounded has no bias where a plain product has", "[core]") {
  // 2^32 words onto 3 * 2^30 values: without rejection every third value comes twice as often.
  constexpr std::uint32_t bound = 3U << 30;
  auto engine = engine_for(4);
  std::vector<int> count(3);
  for (int k = 0; k < draws; ++k) {
    const auto x = ciess::bounded(engine, bound);
    REQUIRE(x < bound);
    ++count[x % 3];
  }
  CHECK(chi_square(count) < 14);
}

TEST_CASE("normal numbers follow the normal law", "[core]") {
  auto engine = engine_for(5);
  std::vector<double> first;
  std::vector<double> second;
  double product = 0;
  for (int k = 0; k < draws; ++k) {
    const auto [a, b] = ciess::normal_pair<double>(engine);
    first.push_back(a);
    second.push_back(b);
    product += a * b;
  }
  const auto law = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  CHECK(kolmogorov(first, law) < kolmogorov_limit);
  CHECK(kolmogorov(second, law) < kolmogorov_limit);
  CHECK(std::abs(product) < 4 * std::sqrt(double{draws}));  // independent, so uncorrelated

  std::vector<double> floats;
  for (int k = 0; k < draws; ++k) floats.push_back(double{ciess::normal(engine)});
  CHECK(kolmogorov(floats, law) < kolmogorov_limit);
  CHECK(std::ranges::all_of(floats, [](double x) { return std::isfinite(x); }));
  CHECK(std::ranges::max(floats) > 3);
}

TEST_CASE("words filled in at once are those drawn one by one", "[core]") {
  const ciess::random_stream stream(11, ciess::purpose::dropout);
  for (const std::size_t before : {0U, 1U, 4U, 7U})
    for (const std::size_t n : {0U, 1U, 3U, 31U, 32U, 33U, 64U, 131U}) {
      auto one = stream.at(3, 5);
      auto many = stream.at(3, 5);
      for (std::size_t i = 0; i < before; ++i) CHECK(one() == many());
      std::vector<std::uint32_t> words(n);
      many.fill(words);
      for (const auto word : words) CHECK(word == one());
      CHECK(many() == one());
    }
}
