#include <ciess/backbone/triple_sampler.hpp>
// its own header first
#include <ciess/core/threads.hpp>
#include <ciess/data/synthetic.hpp>
#include <set>

#include "support/catch.hpp"

namespace {
const ciess::random_stream stream(9, ciess::purpose::batches);

ciess::triples draw(ciess::triple_sampler& s, std::uint64_t number, std::size_t size) {
  ciess::triples t;
  s.draw(stream, number, size, t);
  return t;
}
}  // namespace

TEST_CASE("triples: the positive is the user's, the negative is not", "[backbone]") {
  const auto data =
      ciess::make_synthetic({.users = 60, .items = 30, .interactions = 600, .factors = 4}).data;
  ciess::triple_sampler sampler(data);
  for (const std::size_t size : {20U, 500U}) {
    const auto t = draw(sampler, 3, size);
    REQUIRE(t.size() == size);
    for (std::size_t b = 0; b < size; ++b) {
      REQUIRE(data.contains(t.users[b], t.positives[b]));
      REQUIRE(!data.contains(t.users[b], t.negatives[b]));
    }
  }
}

TEST_CASE("users come without replacement while there are enough of them, uniformly",
          "[backbone]") {
  std::vector<ciess::interaction> pairs;
  for (ciess::row_id u = 0; u < 50; ++u) pairs.push_back({u, u % 3});
  for (ciess::row_id i = 0; i < 4; ++i) pairs.push_back({50, i});  // has everything
  const ciess::interactions data(52, 4, pairs);                    // 51 has nothing
  ciess::triple_sampler sampler(data);
  CHECK(sampler.users() == 50);
  std::vector<int> count(52, 0);
  for (std::uint64_t n = 0; n < 400; ++n) {
    const auto t = draw(sampler, n, 25);
    CHECK(std::set(t.users.begin(), t.users.end()).size() == 25);
    for (const auto u : t.users) ++count[static_cast<std::size_t>(u)];
  }
  CHECK(count[50] == 0);
  CHECK(count[51] == 0);
  for (std::size_t u = 0; u < 50; ++u) CHECK(std::abs(count[u] - 200) < 60);  // 6 deviations of 10
}

TEST_CASE("a batch is addressed by its number, at any number of threads", "[backbone][threads]") {
  const auto data =
      ciess::make_synthetic({.users = 900, .items = 40, .interactions = 6000, .factors = 4}).data;
  ciess::triple_sampler sampler(data);
  const auto size = GENERATE(std::size_t{700}, std::size_t{3000});
  const auto fifth = draw(sampler, 5, size);
  const auto sixth = draw(sampler, 6, size);
  CHECK(fifth.users != sixth.users);
  const ciess::threads pool{2};
  const auto again = draw(sampler, 5, size);
  CHECK(again.users == fifth.users);
  CHECK(again.positives == fifth.positives);
  CHECK(again.negatives == fifth.negatives);
}

TEST_CASE("data from which no triple can be drawn are refused", "[backbone]") {
  const ciess::interactions all(1, 2, {{0, 0}, {0, 1}});
  CHECK_THROWS_WITH(ciess::triple_sampler(all), ContainsSubstring("none of 1 users"));
}
