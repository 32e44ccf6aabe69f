// SPDX-License-Identifier: MIT
#include <ciess/backbone/prefix_draw.hpp>

#include <cmath>
#include <span>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

using ciess::prefix_draw;
using ciess::prefix_law;

const std::vector<ciess::table_shape> shapes{{3000, {1, 64}}, {500, {2, 40}}};

std::vector<std::vector<double>> some_frequencies() {
  std::vector<std::vector<double>> f;
  for (const auto& s : shapes) {
    auto& table = f.emplace_back();
    for (ciess::index_t r = 0; r < s.rows; ++r) table.push_back(static_cast<double>(r % 97));
  }
  return f;
}

prefix_draw make(prefix_law law, std::uint64_t seed = 1) {
  const auto f = some_frequencies();
  const std::vector<std::span<const double>> spans(f.begin(), f.end());
  return {shapes, spans, law, seed};
}

}  // namespace

TEST_CASE("drawn sizes stay in their range and change from step to step", "[embedding]") {
  const auto law = GENERATE(prefix_law::uniform, prefix_law::log_uniform, prefix_law::frequency);
  auto draw = make(law);
  const ciess::assignment first = draw(0);
  CHECK_NOTHROW(ciess::check_shapes("test", shapes, first));
  const ciess::assignment second = draw(1);
  CHECK(first != second);
  CHECK(draw(0) == first);
  CHECK(make(law, 2)(0) != first);
}

TEST_CASE("uniform sizes are uniform, log-uniform ones in the logarithm", "[embedding]") {
  auto uniform = make(prefix_law::uniform);
  auto log = make(prefix_law::log_uniform);
  double sum = 0, log_sum = 0;
  std::vector<int> seen(65);
  constexpr int steps = 20;
  for (int s = 0; s < steps; ++s) {
    const auto& u = uniform(s)[0];
    for (const auto size : u.values()) {
      sum += size;
      ++seen[size];
    }
    for (const auto size : log(s)[0].values()) log_sum += std::log2(size);
  }
  const double n = steps * 3000.0;
  // Five standard errors of a mean of n draws: 18.5 / sqrt(n) and 1.7 / sqrt(n).
  CHECK(std::abs(sum / n - 32.5) < 5 * 18.5 / std::sqrt(n));
  CHECK(std::abs(log_sum / n - 3) < 5 * 1.8 / std::sqrt(n) + 0.02);  // sizes are whole numbers
  for (int size = 1; size <= 64; ++size) CHECK(seen[static_cast<std::size_t>(size)] > 0);
}

TEST_CASE("sizes by frequency: rows seen more often are larger, means and powers vary",
          "[embedding]") {
  auto draw = make(prefix_law::frequency);
  std::vector<double> means;
  double rare = 0, often = 0;
  for (int s = 0; s < 200; ++s) {
    const auto& a = draw(s);
    means.push_back(static_cast<double>(a.total()) / 3500);
    rare += a[0][97 * 5];        // frequency 0
    often += a[0][97 * 5 + 96];  // frequency 96
  }
  CHECK(often > 1.5 * rare);
  CHECK(*std::ranges::min_element(means) < 5);
  CHECK(*std::ranges::max_element(means) > 30);
}

TEST_CASE("tables of one kind stand to the others alike, whatever their order", "[embedding]") {
  const std::vector<ciess::table_shape> four{
      {400, {1, 64}}, {300, {1, 64}}, {400, {1, 64}}, {300, {1, 64}}};
  std::vector<std::vector<double>> f;
  for (const auto& s : four) f.emplace_back(static_cast<std::size_t>(s.rows), 1.0);
  const std::vector<std::span<const double>> spans(f.begin(), f.end());
  const auto of_kinds = [&](const std::vector<std::size_t>& kinds) {
    return prefix_draw(four, spans, kinds, prefix_law::frequency, 1);
  };
  // Frequencies are all the same, so a mean size says the tilt of its table's kind, but for clips.
  const auto mean = [](const ciess::sizes& s) {
    return static_cast<double>(s.total()) / static_cast<double>(s.rows());
  };
  auto pairs = of_kinds({0, 1, 0, 1});
  auto apart = prefix_draw(four, spans, prefix_law::frequency, 1);
  auto one = of_kinds({0, 0, 0, 0});
  double within = 0, between = 0, unkind = 0, alone = 0;
  for (int s = 0; s < 50; ++s) {
    const auto& p = pairs(s);
    within += std::abs(std::log2(mean(p[0]) / mean(p[2])));
    between += std::abs(std::log2(mean(p[0]) / mean(p[1])));
    const auto& a = apart(s);
    unkind += std::abs(std::log2(mean(a[0]) / mean(a[2])));
    const auto& o = one(s);
    alone += std::abs(std::log2(mean(o[0]) / mean(o[1])));
  }
  CHECK(within < 0.2 * between);
  CHECK(within < 0.2 * unkind);
  CHECK(alone < 0.2 * between);
  CHECK_THROWS_AS(of_kinds({0, 1}), ciess::argument_error);
  CHECK_THROWS_AS(of_kinds({0, 1, 0, 4}), ciess::argument_error);
}

TEST_CASE("a draw of sizes refuses what does not fit", "[embedding]") {
  auto f = some_frequencies();
  const auto with = [&](prefix_law law) {
    const std::vector<std::span<const double>> spans(f.begin(), f.end());
    return prefix_draw(shapes, spans, law, 1);
  };
  CHECK_NOTHROW(with(prefix_law::frequency));
  f[1].pop_back();
  CHECK_THROWS_AS(with(prefix_law::frequency), ciess::argument_error);
  CHECK_NOTHROW(with(prefix_law::uniform));
  f[1].push_back(-1);
  CHECK_THROWS_AS(with(prefix_law::frequency), ciess::argument_error);
  f.pop_back();
  CHECK_THROWS_AS(with(prefix_law::frequency), ciess::argument_error);
  const std::vector<ciess::table_shape> empty{{0, {1, 4}}, {0, {1, 4}}};
  const std::vector<std::vector<double>> none(2);
  const std::vector<std::span<const double>> spans(none.begin(), none.end());
  CHECK(prefix_draw(empty, spans, prefix_law::frequency, 1)(3).total() == 0);
}

TEST_CASE("drawn sizes are the same at 1 and 2 threads", "[embedding][threads]") {
  const auto law = GENERATE(prefix_law::uniform, prefix_law::log_uniform, prefix_law::frequency);
  auto draw = make(law);
  const ciess::assignment serial = draw(5);
  const ciess::threads pool{2};
  CHECK(draw(5) == serial);
}
