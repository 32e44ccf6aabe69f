// SPDX-License-Identifier: MIT
#include <ciess/search/environment.hpp>
// its own header first
#include <limits>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

namespace {
using ciess::assignment;
using ciess::measurement;
using ciess::table_shape;

struct archetype {
  std::span<const table_shape> shapes() const { return {}; }
  std::span<const double> frequency(std::size_t) const { return {}; }
  measurement full() { return {}; }
  measurement measure(const assignment&) { return {}; }
};
struct retrainable : archetype {
  measurement retrain(const assignment&) { return {}; }
};
struct no_shapes {
  std::span<const double> frequency(std::size_t) const { return {}; }
  measurement full() { return {}; }
  measurement measure(const assignment&) { return {}; }
};
struct no_frequency {
  std::span<const table_shape> shapes() const { return {}; }
  measurement full() { return {}; }
  measurement measure(const assignment&) { return {}; }
};
struct no_full {
  std::span<const table_shape> shapes() const { return {}; }
  std::span<const double> frequency(std::size_t) const { return {}; }
  measurement measure(const assignment&) { return {}; }
};
struct measures_a_number {
  std::span<const table_shape> shapes() const { return {}; }
  std::span<const double> frequency(std::size_t) const { return {}; }
  measurement full() { return {}; }
  std::string measure(const assignment&) { return {}; }
};
struct with_vectors : archetype {
  const std::vector<table_shape>& shapes() const { return shapes_; }
  const std::vector<double>& frequency(std::size_t) const { return frequency_; }
  std::vector<table_shape> shapes_;
  std::vector<double> frequency_;
};
// A search keeps the spans: these would point to where a vector was.
struct copies_shapes : archetype {
  std::vector<table_shape> shapes() const { return {}; }
};
struct copies_frequencies : archetype {
  std::vector<double> frequency(std::size_t) const { return {}; }
};
struct energetic : archetype {
  ciess::matrix_view full_table(std::size_t) const { return table_; }
  ciess::matrix table_;
};
struct energetic_by_reference : archetype {
  const ciess::matrix& full_table(std::size_t) const { return table_; }
  ciess::matrix table_;
};
// A view of what is gone, of other numbers, or of another order of numbers.
struct copies_a_table : archetype {
  ciess::matrix full_table(std::size_t) const { return {}; }
};
struct table_of_doubles : archetype {
  const ciess::basic_matrix<double>& full_table(std::size_t) const { return table_; }
  ciess::basic_matrix<double> table_;
};
struct by_columns : archetype {
  const Eigen::MatrixXf& full_table(std::size_t) const { return table_; }
  Eigen::MatrixXf table_;
};
struct not_const : archetype {
  ciess::matrix_view full_table(std::size_t) { return table_; }
  ciess::matrix table_;
};
static_assert(ciess::energetic_environment<energetic>);
static_assert(ciess::energetic_environment<energetic_by_reference>);
static_assert(!ciess::energetic_environment<archetype>);
static_assert(!ciess::energetic_environment<copies_a_table>);
static_assert(!ciess::energetic_environment<table_of_doubles>);
static_assert(!ciess::energetic_environment<by_columns>);
static_assert(!ciess::energetic_environment<not_const>);
static_assert(ciess::environment<with_vectors>);
static_assert(!ciess::environment<copies_shapes> && !ciess::environment<copies_frequencies>);
static_assert(ciess::environment<archetype> && ciess::environment<retrainable>);
static_assert(ciess::retrainable_environment<retrainable>);
static_assert(!ciess::retrainable_environment<archetype>);
static_assert(!ciess::environment<no_shapes> && !ciess::environment<no_frequency>);
static_assert(!ciess::environment<no_full> && !ciess::environment<measures_a_number>);
}  // namespace

TEST_CASE("measurements of a user's environment are checked", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 2, .range = {1, 4}}};
  const auto check = [&](measurement m) { ciess::detail::check_measurement("test", shapes, m); };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_NOTHROW(check({0.5, {{0.1, 0}}}));
  CHECK_THROWS_AS(check({nan, {{0.1, 0}}}), ciess::numeric_error);
  CHECK_THROWS_WITH(check({0.5, {{0.1, nan}}}), ContainsSubstring("row 1"));
  CHECK_THROWS_AS(check({0.5, {{0.1, -1}}}), ciess::numeric_error);
  CHECK_THROWS_AS(check({0.5, {{0.1}}}), ciess::argument_error);
  CHECK_THROWS_AS(check({0.5, {}}), ciess::argument_error);
}

TEST_CASE("water-filling beats every swap of one number", "[search]") {
  const analytic_environment env(1, {12, 9}, {1, 16});
  const auto best = env.optimum({100});
  REQUIRE(best.total() == 100);
  const double quality = env.measure(best).quality;
  for (std::size_t t = 0; t < 2; ++t)
    for (ciess::index_t r = 0; r < best[t].rows(); ++r)
      for (std::size_t u = 0; u < 2; ++u)
        for (ciess::index_t s = 0; s < best[u].rows(); ++s) {
          if ((t == u && r == s) || best[t][r] == 16 || best[u][s] == 1) continue;
          auto other = best;
          other[t].set(r, best[t][r] + 1);
          other[u].set(s, best[u][s] - 1);
          REQUIRE(env.measure(other).quality <= quality + 1e-15);
        }
}
