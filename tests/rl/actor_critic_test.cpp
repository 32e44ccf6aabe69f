// SPDX-License-Identifier: MIT
#include <ciess/rl/actor_critic.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/bandit.hpp"
#include "support/catch.hpp"

namespace {

using numbers = std::vector<float>;

/// All of a policy's numbers, by name.
std::map<std::string, numbers> read(ciess::actor_critic& p) {
  std::map<std::string, numbers> all;
  p.visit(ciess::field_look{[&](std::string_view of, auto&& value) {
    const std::string name(of);
    if constexpr (!std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>)
      all[name] = numbers(value.begin(), value.end());
  }});
  return all;
}

void write(ciess::actor_critic& p, const std::map<std::string, numbers>& all) {
  p.visit(ciess::field_look{[&](std::string_view of, auto&& value) {
    const std::string name(of);
    if constexpr (!std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>) {
      const auto found = all.find(name);
      if (found != all.end()) std::ranges::copy(found->second, value.begin());
    }
  }});
}

/// The networks below: one input or two, one hidden unit, one output; w, b, w, b.
const numbers actor{0.5F, 0.25F, 1, -0.5F};
const numbers actor_target{-1, 0.5F, 2, -1};
const numbers critic0{1, 0.5F, 0.25F, 2, 0.125F};
const numbers critic0_target{1, -1, 1, 1, 0};
const numbers critic1{-1, 1, 1, 1, 0.5F};
const numbers critic1_target{0.5F, 1, 1, -1, 2};

double act(const numbers& p, double s) {
  return std::tanh(static_cast<double>(p[2]) *
                       std::max(0.0, static_cast<double>(p[0]) * s + static_cast<double>(p[1])) +
                   static_cast<double>(p[3]));
}
double judge(const numbers& p, double s, double a) {
  const double h =
      static_cast<double>(p[0]) * s + static_cast<double>(p[1]) * a + static_cast<double>(p[2]);
  return static_cast<double>(p[3]) * std::max(0.0, h) + static_cast<double>(p[4]);
}

constexpr ciess::size_range sizes_1_65{1, 65};  // half width 32
constexpr double s = 0.5, r = 0.7, next_s = -0.25;
constexpr float size_taken = 49;  // action 0.5

ciess::replay_buffer one_transition() {
  ciess::replay_buffer b(1, 4);
  const ciess::matrix state = ciess::matrix::Constant(1, 1, static_cast<float>(s));
  const ciess::matrix next = ciess::matrix::Constant(1, 1, static_cast<float>(next_s));
  b.push(state, numbers{size_taken}, numbers{static_cast<float>(r)}, next);
  return b;
}

ciess::actor_critic::options small() {
  ciess::actor_critic::options o;
  o.hidden = {1};
  o.batch = 3;
  o.target_noise = 0;
  return o;
}

template <class P>
P by_hand(P p) {
  write(p, {{"actor.net", actor},
            {"actor.target", actor_target},
            {"critic0.net", critic0},
            {"critic0.target", critic0_target},
            {"critic1.net", critic1},
            {"critic1.target", critic1_target}});
  return p;
}

ciess::actor_critic by_hand(const ciess::actor_critic::options& o) {
  return by_hand(ciess::actor_critic(1, sizes_1_65, o, 1));
}

double norm(const numbers& x) {
  double sum = 0;
  for (const float v : x) sum += static_cast<double>(v) * static_cast<double>(v);
  return std::sqrt(sum);
}

}  // namespace

TEST_CASE("the actor proposes and the first critic judges, as worked by hand", "[rl]") {
  const auto p = by_hand(small());
  const ciess::matrix states = (ciess::matrix(2, 1) << 0.5F, -0.75F).finished();
  numbers sizes(2);
  p.propose(states, sizes);
  CHECK(sizes[0] == Approx(1 + 32 * (1 + act(actor, 0.5))));
  CHECK(sizes[1] == Approx(1 + 32 * (1 + act(actor, -0.75))));
  numbers q(2);
  p.value(states, numbers{1, 57}, q);
  CHECK(q[0] == Approx(judge(critic0, 0.5, -1)));
  CHECK(q[1] == Approx(judge(critic0, -0.75, 0.75)));
}

TEST_CASE("actor_critic learns from the lower of two targets", "[rl]") {
  const auto replay = one_transition();
  auto p = by_hand(small());
  const auto report = p.update(replay, 0);
  const double a = act(actor_target, next_s);
  const double q0 = judge(critic0_target, next_s, a);
  const double q1 = judge(critic1_target, next_s, a);
  REQUIRE(std::abs(q0 - q1) > 0.1);
  const double y = r + 0.99 * std::min(q0, q1);
  CHECK(report.target == Approx(y));
  const double e0 = judge(critic0, s, 0.5) - y;
  const double e1 = judge(critic1, s, 0.5) - y;
  CHECK(report.critic_loss == Approx((e0 * e0 + e1 * e1) / 2));
  CHECK(p.updates() == 1);
}

TEST_CASE("a critic follows its clipped gradient, and its target follows it", "[rl]") {
  const auto replay = one_transition();
  auto p = by_hand(small());
  const auto report = p.update(replay, 0);
  CHECK(report.critic_gradient > 0.01);
  const auto now = read(p);
  const double a = act(actor_target, next_s);
  const double y =
      r + 0.99 * std::min(judge(critic0_target, next_s, a), judge(critic1_target, next_s, a));
  // dL/dw of the first critic: 2 e [v s, v a, v, h, 1] with h the hidden unit, v its weight
  const double e = 2 * (judge(critic0, s, 0.5) - y);
  const std::vector<double> g{e * 2 * s, e * 2 * 0.5, e * 2, e * (s + 0.25 + 0.25), e};
  double length = 0;
  for (const double v : g) length += v * v;
  length = std::sqrt(length);
  const numbers& m = now.at("critic0.m");
  for (std::size_t i = 0; i < g.size(); ++i) {
    CHECK(m[i] == Approx(0.1 * g[i] * 0.01 / length).epsilon(1e-4));
    const float moved = now.at("critic0.net")[i] - critic0[i];
    CHECK(moved == Approx(g[i] > 0 ? -3e-3 : 3e-3).epsilon(1e-3));  // Adam's first step: the rate
    CHECK(now.at("critic0.target")[i] ==
          Approx(critic0_target[i] + 0.005F * (now.at("critic0.net")[i] - critic0_target[i])));
  }
  CHECK(norm(now.at("critic1.m")) == Approx(0.1 * 0.01).epsilon(1e-3));  // each its own norm

  auto o = small();
  o.gradient_limit = std::numeric_limits<double>::infinity();
  auto free = by_hand(o);
  free.update(replay, 0);
  CHECK(norm(read(free).at("critic0.m")) == Approx(0.1 * length).epsilon(1e-4));
}

TEST_CASE("the actor and its target wait for their turn", "[rl]") {
  const auto replay = one_transition();
  auto o = small();
  o.delay = 3;
  auto p = by_hand(o);
  for (std::uint64_t t = 1; t <= 6; ++t) {
    const auto before = read(p);
    const auto report = p.update(replay, t);
    const auto after = read(p);
    const bool turn = t % 3 == 0;
    CHECK(report.actor_loss.has_value() == turn);
    CHECK(report.actor_gradient.has_value() == turn);
    CHECK((after.at("actor.net") != before.at("actor.net")) == turn);
    CHECK((after.at("actor.target") != before.at("actor.target")) == turn);
    CHECK(after.at("critic0.target") != before.at("critic0.target"));
    CHECK(after.at("critic1.target") != before.at("critic1.target"));
    if (t == 3)  // the first step of its Adam, whatever the critics' count
      CHECK(std::abs(after.at("actor.net")[3] - before.at("actor.net")[3]) ==
            Approx(1e-3).epsilon(1e-2));
  }
}

TEST_CASE("the actor climbs the first critic's value", "[rl]") {
  const auto replay = one_transition();
  auto o = small();
  o.delay = 1;
  o.critic_rate = 1e-30;  // the critic stands still
  o.gradient_limit = std::numeric_limits<double>::infinity();
  auto p = by_hand(o);
  const auto report = p.update(replay, 0);
  const auto objective = [&](const numbers& w) { return -judge(critic0, s, act(w, s)); };
  CHECK(*report.actor_loss == Approx(objective(actor)));
  const auto m = read(p).at("actor.m");
  std::vector<double> slopes;
  for (std::size_t i = 0; i < actor.size(); ++i) {
    numbers above = actor;
    numbers below = actor;
    above[i] += 0.0078125F;
    below[i] -= 0.0078125F;
    const double slope = (objective(above) - objective(below)) / 0.015625;
    CHECK(slope != 0);
    CHECK(m[i] == Approx(0.1 * slope).epsilon(1e-3));
  }
}

TEST_CASE("actor_critic shakes target actions, within the clip and the range", "[rl]") {
  const auto replay = one_transition();
  const auto targets = [&](double noise, double clip) {
    auto o = small();
    o.batch = 1;
    o.target_noise = noise;
    o.target_clip = clip;
    auto p = by_hand(o);
    std::vector<double> all;
    for (std::uint64_t step = 0; step < 40; ++step) {
      auto copy = p;  // always from the same networks
      all.push_back(copy.update(replay, step).target);
    }
    return all;
  };
  const auto y = [](double a) {
    return r + 0.99 * std::min(judge(critic0_target, next_s, a), judge(critic1_target, next_s, a));
  };
  const double a = act(actor_target, next_s);
  // noise without measure: always at one end of the clip, +-5 of 32 columns, or of the range
  std::set<bool> seen;
  for (const double t : targets(1e9, 5)) {
    const bool up = std::abs(t - y(a + 5.0 / 32)) < std::abs(t - y(a - 5.0 / 32));
    CHECK(t == Approx(y(a + (up ? 5.0 : -5.0) / 32)));
    seen.insert(up);
  }
  CHECK(seen.size() == 2);
  seen.clear();
  for (const double t : targets(1e9, 1e9)) {
    const bool up = std::abs(t - y(1)) < std::abs(t - y(-1));
    CHECK(t == Approx(y(up ? 1 : -1)));
    seen.insert(up);
  }
  CHECK(seen.size() == 2);
  const auto small_noise = targets(2, 5);
  CHECK(std::set<double>(small_noise.begin(), small_noise.end()).size() > 30);
}

TEST_CASE("actor_critic learns with the same bytes at 1 and 2 threads, and as a copy", "[rl]") {
  const auto replay = support::bandit(500);
  auto o = support::bandit_options();
  o.hidden = {20, 20};
  o.batch = 600;  // three blocks
  const auto run = [&](ciess::actor_critic p) {
    for (std::uint64_t step = 0; step < 4; ++step) p.update(replay, step);
    return read(p);
  };
  const ciess::actor_critic p(2, {1, 64}, o, 3);
  const auto serial = run(p);
  CHECK(run(p) == serial);
  const ciess::threads pool{2};
  CHECK(run(p) == serial);
}

TEST_CASE("visit holds all that a policy knows", "[rl]") {
  const auto replay = support::bandit(500);
  ciess::actor_critic a(2, {1, 64}, support::bandit_options(), 3);
  for (std::uint64_t step = 0; step < 3; ++step) a.update(replay, step);
  ciess::actor_critic b(2, {1, 64}, support::bandit_options(), 3);  // as from a checkpoint
  const auto saved = read(a);
  CHECK(saved.size() == 3 * 4);
  write(b, saved);
  std::int64_t updates = -1;
  const auto count = [&](bool into) {
    return ciess::field_look{[&updates, into](std::string_view, auto&& value) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::int64_t>)
        (into ? value : updates) = (into ? updates : value);
    }};
  };
  a.visit(count(false));
  CHECK(updates == 3);
  b.visit(count(true));
  for (std::uint64_t step = 3; step < 6; ++step) {
    const auto from_a = a.update(replay, step);
    const auto from_b = b.update(replay, step);
    CHECK(from_a.actor_loss == from_b.actor_loss);
  }
  CHECK(read(a) == read(b));
}

TEST_CASE("actor_critic survives a range of one size", "[rl]") {
  const auto replay = one_transition();
  auto o = small();
  o.target_noise = 2;
  ciess::actor_critic p(1, {49, 49}, o, 1);
  const auto before = read(p);
  for (std::uint64_t step = 0; step < 4; ++step)
    CHECK(std::isfinite(p.update(replay, step).critic_loss));
  CHECK(read(p).at("actor.net") == before.at("actor.net"));  // nothing to learn for it
  numbers sizes(1);
  p.propose(ciess::matrix::Ones(1, 1), sizes);
  CHECK(sizes[0] == 49);
}

TEST_CASE("actor_critic refuses to learn from what is not finite and changes nothing", "[rl]") {
  const auto replay = one_transition();
  auto p = by_hand(small());
  write(p, {{"critic1.target", {1e38F, 1e38F, 1e38F, -1e38F, 0}}});
  const auto before = read(p);
  CHECK_THROWS_WITH(p.update(replay, 0), ContainsSubstring("critic loss"));
  CHECK_THROWS_AS(p.update(replay, 0), ciess::numeric_error);
  CHECK(read(p) == before);
  CHECK(p.updates() == 0);
}

TEST_CASE("actor_critic refuses shapes that do not fit", "[rl]") {
  auto p = by_hand(small());
  const ciess::replay_buffer empty(1, 4);
  CHECK_THROWS_AS(p.update(empty, 0), ciess::argument_error);
  CHECK_THROWS_WITH(p.update(support::bandit(3), 0), ContainsSubstring("states of 2"));
  const ciess::matrix states(3, 1);
  const ciess::matrix wide(3, 2);
  numbers two(2);
  numbers three(3);
  CHECK_THROWS_AS(p.propose(wide, three), ciess::argument_error);
  CHECK_THROWS_AS(p.propose(states, two), ciess::argument_error);
  CHECK_THROWS_AS(p.value(wide, three, three), ciess::argument_error);
  CHECK_THROWS_AS(p.value(states, two, three), ciess::argument_error);
  CHECK_THROWS_AS(p.value(states, three, two), ciess::argument_error);
}

TEST_CASE("actor_critic refuses options outside their ranges", "[rl]") {
  using options = ciess::actor_critic::options;
  const auto make = [](auto change) {
    options o = small();
    change(o);
    return ciess::actor_critic(1, sizes_1_65, o, 1);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK_NOTHROW(make([](options&) {}));
  CHECK_THROWS_WITH(make([](options& o) { o.hidden = {4, 0}; }), ContainsSubstring("hidden"));
  CHECK_THROWS_WITH(make([](options& o) { o.batch = 0; }), ContainsSubstring("batch"));
  for (const double bad : {0.0, -1.0, nan, infinity}) {
    CHECK_THROWS_AS(make([&](options& o) { o.critic_rate = bad; }), ciess::argument_error);
    CHECK_THROWS_AS(make([&](options& o) { o.actor_rate = bad; }), ciess::argument_error);
  }
  for (const double bad : {-0.1, 1.1, nan}) {
    CHECK_THROWS_AS(make([&](options& o) { o.gamma = bad; }), ciess::argument_error);
    CHECK_THROWS_AS(make([&](options& o) { o.tau = bad; }), ciess::argument_error);
  }
  for (const double bad : {-0.1, nan}) {
    CHECK_THROWS_AS(make([&](options& o) { o.gradient_limit = bad; }), ciess::argument_error);
    CHECK_THROWS_AS(make([&](options& o) { o.actor_last_layer = bad; }), ciess::argument_error);
    CHECK_THROWS_AS(make([&](options& o) { o.target_noise = bad; }), ciess::argument_error);
    CHECK_THROWS_AS(make([&](options& o) { o.target_clip = bad; }), ciess::argument_error);
  }
  CHECK_THROWS_AS(make([](options& o) { o.critics = 0; }), ciess::argument_error);
  CHECK_THROWS_AS(make([](options& o) { o.delay = 0; }), ciess::argument_error);
  CHECK_THROWS_AS(ciess::actor_critic(0, sizes_1_65, small(), 1), ciess::argument_error);
  CHECK_THROWS_AS(ciess::actor_critic(1, {0, 5}, small(), 1), ciess::argument_error);
}
