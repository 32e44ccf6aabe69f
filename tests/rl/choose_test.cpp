// SPDX-License-Identifier: MIT
#include <ciess/rl/choose.hpp>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>

#include "support/catch.hpp"

namespace {

using ciess::matrix_view;

/// Proposes its state's first number, likes its second number best.
struct simple_policy {
  bool indifferent = false;
  ciess::index_t* judged = nullptr;

  int state_size() const { return 2; }
  void propose(const matrix_view& states, std::span<float> sizes) const {
    for (std::size_t r = 0; r < sizes.size(); ++r)
      sizes[r] = states(static_cast<ciess::index_t>(r), 0);
  }
  void value(const matrix_view& states, std::span<const float> sizes, std::span<float> out) const {
    if (judged) *judged += states.rows();
    for (std::size_t r = 0; r < sizes.size(); ++r)
      out[r] = indifferent ? 1.0F : -std::abs(sizes[r] - states(static_cast<ciess::index_t>(r), 1));
  }
  ciess::update_report update(const ciess::replay_buffer&, std::uint64_t) { return {}; }
};

/// Offers proto, proto + 1, proto + 3, proto + 1 again.
struct three_above {
  int candidates() const { return 4; }
  void explore(std::span<const int> proto, ciess::size_range, const ciess::random_stream&,
               std::uint64_t, ciess::candidate_span out) const {
    for (ciess::index_t r = 0; r < out.rows(); ++r) {
      const int p = proto[static_cast<std::size_t>(r)];
      out.row(r) << p, p + 1, p + 3, p + 1;
    }
  }
};

struct nothing {
  int candidates() const { return 0; }
  void explore(std::span<const int>, ciess::size_range, const ciess::random_stream&, std::uint64_t,
               ciess::candidate_span) const {}
};

/// A noise that wants all rows at once.
template <class N>
struct at_once {
  N n;
  ciess::index_t calls = 0;
  void reset(ciess::index_t rows) { n.reset(rows); }
  void add(std::span<float> sizes, const ciess::random_stream& s, std::uint64_t step) {
    ++calls;
    n.add(sizes, s, step);
  }
};
static_assert(ciess::noise<at_once<ciess::no_noise>>);
static_assert(!ciess::noise_in_parts<at_once<ciess::no_noise>>);

const ciess::random_stream stream(1, ciess::purpose::walk);

template <class N, class E>
std::vector<int> chosen(const simple_policy& p, N n, const E& e, const ciess::matrix& states,
                        ciess::size_range range = {}, std::uint64_t step = 0) {
  std::vector<int> out(static_cast<std::size_t>(states.rows()));
  ciess::choose_sizes(p, n, e, states, range, stream, step, out);
  return out;
}

}  // namespace

TEST_CASE("choose_sizes rounds and clips what is proposed", "[rl]") {
  ciess::matrix states(7, 2);
  states.col(0) << -40, 0.4F, 1.49F, 1.5F, 64.6F, 128.4F, 1e9F;
  states.col(1).setZero();
  const std::vector<int> expected{1, 1, 1, 2, 65, 128, 128};
  CHECK(chosen({}, ciess::no_noise{}, ciess::no_walk{}, states) == expected);
}

TEST_CASE("choose_sizes takes the candidate the critic likes best, of equals the first", "[rl]") {
  ciess::matrix states(5, 2);
  states << 10, 10,            // the proto size itself
      10, 11, 10, 40, 10, 12,  // between +1 and +3: the first of equals
      10, 2;
  CHECK(chosen({}, ciess::no_noise{}, three_above{}, states) ==
        std::vector<int>{10, 11, 13, 11, 10});
  CHECK(chosen({.indifferent = true}, ciess::no_noise{}, three_above{}, states) ==
        std::vector<int>(5, 10));
}

TEST_CASE("choose_sizes judges no candidate twice", "[rl]") {
  const ciess::matrix states = ciess::matrix::Constant(40000, 2, 20);
  ciess::index_t judged = 0;
  chosen({.judged = &judged}, ciess::no_noise{}, three_above{}, states);
  CHECK(judged == 3 * 40000);
}

TEST_CASE("choose_sizes adds noise before the walk and walks from there", "[rl]") {
  ciess::matrix states(70000, 2);  // more than one run
  states.col(0).setConstant(64);
  states.col(1).setConstant(1000);  // likes the largest
  const auto noisy = chosen({}, ciess::gaussian_noise{}, ciess::no_walk{}, states);
  CHECK(std::set<int>(noisy.begin(), noisy.end()).size() > 30);
  const auto walked = chosen({}, ciess::no_noise{}, ciess::random_walk{}, states);
  double sum = 0;
  for (const int size : walked) {
    REQUIRE(size >= 64);
    REQUIRE(size <= 64 + 25);
    sum += size;
  }
  CHECK(sum / 70000 > 66);
  // rows of the second part of a run, and of the second run, do not repeat those of the first
  CHECK(!std::equal(walked.begin(), walked.begin() + 4000, walked.begin() + 16384));
  CHECK(!std::equal(walked.begin(), walked.begin() + 4000, walked.begin() + 65536));
  // the same noise, whether or not a walk follows
  const auto both = chosen({}, ciess::gaussian_noise{}, ciess::random_walk{}, states);
  for (std::size_t row = 0; row < both.size(); ++row) {
    REQUIRE(both[row] >= noisy[row]);
    REQUIRE(both[row] <= noisy[row] + 25);
  }
  CHECK(chosen({}, ciess::gaussian_noise{}, ciess::random_walk{}, states, {}, 1) != both);
}

TEST_CASE("choose_sizes moves the noise's own state on", "[rl]") {
  ciess::ornstein_uhlenbeck_noise noise;
  noise.reset(1);
  const ciess::matrix states = ciess::matrix::Constant(1, 2, 5000);
  std::vector<int> out(1);
  std::set<int> seen;
  for (int i = 0; i < 10; ++i) {  // the same draw each time, added up
    ciess::choose_sizes(simple_policy{}, noise, ciess::no_walk{}, states, {1, 10000}, stream, 3,
                        out);
    seen.insert(out[0]);
  }
  CHECK(seen.size() > 5);
}

TEST_CASE("choose_sizes adds the same noise in parts and at once", "[rl]") {
  const ciess::index_t rows = 2 * 65'536 + 5;
  const ciess::matrix states = ciess::matrix::Constant(rows, 2, 60);
  const auto check = [&](auto noise) {
    noise.reset(rows);
    at_once<decltype(noise)> other{noise};
    std::vector<int> a(static_cast<std::size_t>(rows)), b = a;
    for (std::uint64_t step = 0; step < 2; ++step) {
      ciess::choose_sizes(simple_policy{}, noise, ciess::no_walk{}, states, {}, stream, step, a);
      ciess::choose_sizes(simple_policy{}, other, ciess::no_walk{}, states, {}, stream, step, b);
      CHECK(a == b);
    }
    CHECK(other.calls == 2);
  };
  check(ciess::gaussian_noise{});
  check(ciess::ornstein_uhlenbeck_noise{});
  check(ciess::ornstein_uhlenbeck_noise({.which = ciess::draws::shared}));
}

TEST_CASE("choose_sizes gives the same sizes at 1 and 2 threads", "[rl]") {
  const ciess::index_t rows = 17000;
  ciess::matrix states(rows, 3);
  auto engine = stream.at(9);
  for (float& x : states.reshaped()) x = ciess::uniform(engine, -1.0F, 1.0F);
  ciess::td3::options o;
  o.hidden = {8, 8};
  const ciess::td3 policy(3, {}, o, 1);
  const auto run = [&] {
    ciess::gaussian_noise noise;
    std::vector<int> out(static_cast<std::size_t>(rows));
    ciess::choose_sizes(policy, noise, ciess::random_walk{}, states, {}, stream, 4, out);
    return out;
  };
  const auto serial = run();
  CHECK(std::set<int>(serial.begin(), serial.end()).size() > 10);
  const ciess::threads pool{2};
  CHECK(run() == serial);
}

TEST_CASE("choose_sizes takes what TD3 likes best when asked row by row", "[rl]") {
  const ciess::index_t rows = 300;
  ciess::matrix states(rows, 3);
  auto engine = stream.at(9);
  for (float& x : states.reshaped()) x = ciess::uniform(engine, -1.0F, 1.0F);
  states.bottomRows(100) = states.topRows(100);
  const ciess::td3 policy(3, {}, {}, 1);
  std::vector<int> out(static_cast<std::size_t>(rows));
  ciess::no_noise quiet;
  const ciess::random_walk walk;
  ciess::choose_sizes(policy, quiet, walk, states, {}, stream, 4, out);
  std::vector<float> proposed(out.size());
  policy.propose(states, proposed);
  std::vector<int> proto(out.size());
  std::ranges::transform(proposed, proto.begin(), [](float p) { return int(std::lround(p)); });
  ciess::candidate_matrix candidates(rows, walk.candidates());
  walk.explore(proto, {}, stream.child(1).child(0), 4, candidates);
  for (ciess::index_t r = 0; r < rows; ++r) {
    int best = 0;
    float most = -1e9F;
    for (const int size : candidates.row(r)) {
      const auto asked = static_cast<float>(size);
      float value = 0;
      policy.value(states.middleRows(r, 1), std::span(&asked, 1), std::span(&value, 1));
      if (value > most) {
        most = value;
        best = size;
      }
    }
    REQUIRE(out[static_cast<std::size_t>(r)] == best);
  }
}

TEST_CASE("choose_sizes works on no rows and on a range of one size", "[rl]") {
  CHECK(chosen({}, ciess::gaussian_noise{}, ciess::random_walk{}, ciess::matrix(0, 2)).empty());
  const ciess::matrix states = ciess::matrix::Constant(3, 2, 5);
  CHECK(chosen({}, ciess::gaussian_noise{}, ciess::random_walk{}, states, {7, 7}) ==
        std::vector<int>(3, 7));
}

TEST_CASE("choose_sizes refuses what does not fit", "[rl]") {
  const ciess::matrix states = ciess::matrix::Constant(3, 2, 127);
  ciess::no_noise quiet;
  std::vector<int> out(4);
  const auto choose = [&](const ciess::matrix& of, ciess::size_range range) {
    ciess::choose_sizes(simple_policy{}, quiet, ciess::no_walk{}, of, range, stream, 0, out);
  };
  CHECK_THROWS_WITH(choose(states, {}), ContainsSubstring("4 rows"));
  out.resize(3);
  CHECK_THROWS_AS(choose(ciess::matrix(3, 1), {}), ciess::argument_error);
  CHECK_THROWS_AS(choose(states, {0, 4}), ciess::argument_error);
  CHECK_THROWS_AS(chosen({}, quiet, nothing{}, states), ciess::argument_error);
  CHECK_THROWS_WITH(chosen({}, quiet, three_above{}, states), ContainsSubstring("left the range"));
  ciess::matrix broken = states;
  broken(1, 0) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(chosen({}, quiet, ciess::no_walk{}, broken), ContainsSubstring("row 1"));
  ciess::matrix unjudged = ciess::matrix::Constant(3, 2, 20);
  unjudged(2, 1) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(chosen({}, quiet, three_above{}, unjudged), ciess::numeric_error);
}
