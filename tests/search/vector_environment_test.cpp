// SPDX-License-Identifier: MIT
#include <ciess/search/vector_environment.hpp>
// its own header first
#include <ciess/backbone/axes.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/search/search.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

using ciess::index_t;

static_assert(ciess::environment<ciess::vector_environment>);
static_assert(ciess::energetic_environment<ciess::vector_environment>);
static_assert(!std::is_constructible_v<ciess::vector_environment, ciess::matrix, ciess::matrix,
                                       ciess::interactions, const ciess::interactions&>);
static_assert(!std::is_constructible_v<ciess::vector_environment, ciess::matrix, ciess::matrix,
                                       const ciess::interactions&, ciess::interactions>);

/// Vectors whose columns are of many lengths and lie in no good axes; interactions that follow
/// their products.
struct drawn_vectors {
  ciess::matrix users, items;
  ciess::interactions train, held_out;

  explicit drawn_vectors(index_t n = 60, index_t m = 80, index_t d = 12, std::uint64_t seed = 1) {
    auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
    const auto draw = [&](index_t rows) {
      ciess::matrix x(rows, d);
      for (index_t r = 0; r < rows; ++r)
        for (index_t c = 0; c < d; ++c)
          x(r, c) = ciess::normal<float>(engine) * std::pow(0.6F, static_cast<float>(c));
      return x;
    };
    users = draw(n);
    items = draw(m);
    ciess::matrix mix(d, d);
    for (float& x : mix.reshaped()) x = ciess::normal<float>(engine);
    // Gram and Schmidt: Eigen's QR takes longer to compile than all the rest.
    for (index_t c = 0; c < d; ++c) {
      for (index_t before = 0; before < c; ++before)
        mix.col(c) -= mix.col(before).dot(mix.col(c)) * mix.col(before);
      mix.col(c).normalize();
    }
    users = (users * mix).eval();
    items = (items * mix).eval();
    std::vector<ciess::interaction> known, hidden;
    for (index_t u = 0; u < n; ++u)
      for (index_t i = 0; i < m; ++i)
        if (users.row(u).dot(items.row(i)) > 0.5F)
          (ciess::uniform<float>(engine, 0.0F, 1.0F) < 0.5F ? known : hidden)
              .push_back({static_cast<ciess::row_id>(u), static_cast<ciess::row_id>(i)});
    train = ciess::interactions(n, m, known);
    held_out = ciess::interactions(n, m, hidden);
  }
};

ciess::vector_environment environment_of(const drawn_vectors& v, ciess::vector_options o = {}) {
  return {v.users, v.items, v.train, v.held_out, std::move(o)};
}

ciess::matrix product(const ciess::matrix& a, const ciess::matrix& b) { return a * b.transpose(); }

ciess::assignment equal(const ciess::vector_environment& env, int size) {
  std::vector<ciess::sizes> tables;
  for (const auto& s : env.shapes()) tables.emplace_back(s.rows, s.range, size);
  return ciess::assignment(std::move(tables));
}

}  // namespace

TEST_CASE("turned vectors have the scores that they had", "[search]") {
  const drawn_vectors v;
  const auto turn = GENERATE(ciess::vector_turn::none, ciess::vector_turn::principal,
                             ciess::vector_turn::balanced);
  auto env = environment_of(v, {.turn = turn});
  const ciess::matrix scores = product(env.full_table(0), env.full_table(1));
  const ciess::matrix before = product(v.users, v.items);
  CHECK((scores - before).cwiseAbs().maxCoeff() < 1e-5F * before.cwiseAbs().maxCoeff());
  // A measurement of all columns as floats is the full one: the same rows are ranked.
  CHECK(env.measure(equal(env, 12)).quality == env.full().quality);
  CHECK(env.full().quality ==
        Approx(ciess::evaluate_vectors(v.users, v.items, v.train, v.held_out).mean).epsilon(1e-9));
  CHECK(env.full().quality > 0.2);
}

TEST_CASE("prefixes of balanced vectors give the scores of their rank, whatever the two sides are",
          "[search]") {
  drawn_vectors v;
  v.users *= 100.0F;  // principal axes of both together would be those of the users alone
  v.items.col(0) *= 7.0F;
  const auto env = environment_of(v);
  // With rows of zeros, which have no part in it, square: the SVD that is compiled anyway.
  ciess::square_matrix all = ciess::square_matrix::Zero(80, 80);
  all.topRows(60) = product(v.users, v.items).cast<double>();
  const ciess::detail::square_svd svd(all);
  for (const index_t k : {1, 3, 6}) {
    const double least = svd.singularValues().tail(svd.singularValues().size() - k).norm();
    const ciess::square_matrix cut =
        product(env.full_table(0).leftCols(k), env.full_table(1).leftCols(k)).cast<double>();
    CHECK((cut - all.topRows(60)).norm() == Approx(least).epsilon(1e-3));
  }
}

TEST_CASE("cosines are scores of rows of length 1, and a row of zeros stays one", "[search]") {
  drawn_vectors v;
  v.users.row(3).setZero();
  const auto env = environment_of(v, {.turn = ciess::vector_turn::principal, .cosine = true});
  for (index_t r = 0; r < 60; ++r)
    CHECK(env.full_table(0).row(r).norm() == Approx(r == 3 ? 0.0 : 1.0).margin(1e-6));
  CHECK(env.full_table(0).row(1).dot(env.full_table(1).row(2)) ==
        Approx(v.users.row(1).dot(v.items.row(2)) / v.users.row(1).norm() / v.items.row(2).norm())
            .margin(1e-5));
}

TEST_CASE("what is measured is what is packed", "[search]") {
  const drawn_vectors v;
  auto env = environment_of(v, {.stored_as = ciess::number_format::four_bits});
  const auto sizes = equal(env, 7);
  const auto m = env.measure(sizes);
  env.with_packed(
      sizes, ciess::number_format::four_bits, false, [&](const auto& users, const auto& items) {
        const ciess::matrix u = users.dense(), i = items.dense();
        const auto all = ciess::evaluate_vectors(u, i, v.train, v.held_out);
        CHECK(m.quality == all.mean);
        CHECK(m.rows[0] == all.user_quality);
        CHECK(m.rows[1] == all.item_quality);
        CHECK(users.memory().total() ==
              ciess::packed_memory_of(sizes[0], ciess::number_format::four_bits).total());
        CHECK(u.rightCols(5).isZero(0));
      });
}

TEST_CASE("few bits of spread columns keep the scores better", "[search]") {
  const drawn_vectors v(200, 150, 16, 2);
  const auto env = environment_of(v);
  const auto sizes = equal(env, 16);
  const ciess::matrix before = product(v.users, v.items);
  const auto miss = [&](ciess::number_format format, bool spread) {
    return env.with_packed(sizes, format, spread, [&](const auto& users, const auto& items) {
      return double{(product(users.dense(), items.dense()) - before).norm()};
    });
  };
  for (const auto format : {ciess::number_format::four_bits, ciess::number_format::two_bits})
    CHECK(miss(format, true) < 0.7 * miss(format, false));
  // As floats, mixing is a rotation: nothing is lost.
  CHECK(miss(ciess::number_format::float32, true) < 1e-5 * double{before.norm()});
  auto unequal = sizes;
  unequal[1].set(4, 3);
  CHECK_THROWS_WITH(env.judge(unequal, ciess::number_format::four_bits, true),
                    "vectors: what is spread needs one size for all rows, got 16 and 3");
}

TEST_CASE("a search sizes vectors without training, the same at any number of threads",
          "[search][threads]") {
  const drawn_vectors v;
  const auto run = [&](int threads) {
    const ciess::threads pool(threads);
    auto env = environment_of(v, {.stored_as = ciess::number_format::eight_bits});
    return ciess::search(env, ciess::rule(ciess::tail_energy_rule()), {.budgets = {0.6}});
  };
  const auto one = run(1), two = run(2);
  CHECK(one.sizes(0.6) == two.sizes(0.6));
  CHECK(one.best[0].front().quality == two.best[0].front().quality);
  CHECK(one.sizes(0.6).sparsity() >= 0.6);
}

TEST_CASE("many rows are packed by several threads to the same numbers", "[search][threads]") {
  const drawn_vectors v(3000, 40, 12);
  const auto packed = [&](int threads) {
    const ciess::threads pool(threads);
    const auto env = environment_of(v);
    return env.with_packed(equal(env, 9), ciess::number_format::four_bits, true,
                           [](const auto& users, const auto&) { return users.dense(); });
  };
  const ciess::matrix one = packed(1);
  CHECK(packed(4) == one);
  CHECK(one.norm() > 0);
}

TEST_CASE("scores beyond floats are refused: all items would tie", "[search]") {
  drawn_vectors v;
  for (const float scale : {1e-20F, 1e20F}) {
    const ciess::matrix users = v.users * scale, items = v.items * scale;
    CHECK_THROWS_AS(ciess::vector_environment(users, items, v.train, v.held_out),
                    ciess::numeric_error);
    // One side may be as it likes.
    const ciess::matrix other = v.items / scale;
    ciess::vector_environment env(users, other, v.train, v.held_out);
    CHECK(env.full().quality == Approx(environment_of(v).full().quality).epsilon(1e-3));
  }
}

TEST_CASE("vectors whose scores a turn would not keep are refused", "[search]") {
  // Users' columns differ by less than the square root of their energy can tell, and all scores
  // are that difference.
  const ciess::interactions train(8, 6, {{0, 1}}), held_out(8, 6, {{0, 0}, {1, 1}});
  ciess::matrix users(8, 2), items(6, 2);
  for (index_t u = 0; u < 8; ++u) {
    users(u, 0) = 1.5e7F + 1000.0F * static_cast<float>(u);
    users(u, 1) = users(u, 0) + (u % 3 == 0 ? 1.0F : -1.0F);
  }
  for (index_t i = 0; i < 6; ++i) {
    items(i, 0) = static_cast<float>(i + 1);
    items(i, 1) = -items(i, 0);
  }
  CHECK_THROWS_AS(ciess::vector_environment(users, items, train, held_out), ciess::numeric_error);
  const ciess::vector_environment kept(users, items, train, held_out,
                                       {.turn = ciess::vector_turn::none});
  CHECK(kept.full_table(0) == users);
}

// With sanitizers, which leave out what is [long], the search below for a moment.
TEST_CASE("a search that learns sizes vectors, too", "[search]") {
  const drawn_vectors v(30, 40, 8);
  ciess::vector_environment vectors(v.users, v.items, v.train, v.held_out,
                                    {.stored_as = ciess::number_format::four_bits});
  auto how = ciess::working_sizer(vectors);
  how.episodes = 1;
  how.steps = 4;
  how.agent.hidden = {16, 8};
  how.seeds = {ciess::equal_rule()};
  const auto found = ciess::search(vectors, how, {.budgets = {0.8}});
  CHECK(found.steps == 5);
  CHECK(found.sizes(0.8).sparsity() >= 0.8);
  const auto equal = ciess::equal_rule().sizes(
      ciess::facts_of(vectors), ciess::budget::from_sparsity(0.8, vectors.shapes()), 1, 0);
  CHECK(found.best[0].front().quality >= vectors.measure(equal).quality);
}

TEST_CASE("the search that works without options works on vectors, too", "[search][long]") {
  const drawn_vectors v(30, 40, 8);
  ciess::vector_environment vectors(v.users, v.items, v.train, v.held_out,
                                    {.stored_as = ciess::number_format::four_bits});
  const auto found = ciess::search(vectors, {.budgets = {0.8}});
  CHECK(found.sizes(0.8).sparsity() >= 0.8);
  // Equal sizes are among what seeds it.
  const auto equal = ciess::equal_rule().sizes(
      ciess::facts_of(vectors), ciess::budget::from_sparsity(0.8, vectors.shapes()), 1, 0);
  CHECK(found.best[0].front().quality >= vectors.measure(equal).quality);
}

TEST_CASE("vectors that do not fit are refused", "[search]") {
  drawn_vectors v;
  CHECK_THROWS_WITH(
      (ciess::vector_environment(v.users, ciess::matrix::Zero(80, 11), v.train, v.held_out)),
      "vectors: users have 12 columns, items have 11");
  CHECK_THROWS_WITH((ciess::vector_environment(ciess::matrix::Zero(60, 0),
                                               ciess::matrix::Zero(80, 0), v.train, v.held_out)),
                    "vectors: expected 1 to 65535 columns, got 0");
  CHECK_THROWS_WITH((ciess::vector_environment(v.users.topRows(59), v.items, v.train, v.held_out)),
                    "vectors: expected interactions of 59 users and 80 items, got 60 and 80");
  CHECK_THROWS_WITH(environment_of(v, {.evaluation = {.known_only = true}}),
                    "vectors: known_only is not for packed tables, which are ranked whole");
  CHECK_THROWS_WITH(environment_of(v, {.evaluation = {.share = 0.5, .candidates = 9}}),
                    ContainsSubstring("vectors: candidates are not for packed tables"));
  auto env = environment_of(v);
  CHECK_THROWS_AS(env.measure(ciess::assignment()), ciess::argument_error);
  v.items(7, 5) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(environment_of(v), "vectors: items, row 7, column 5 is nan");
}

TEST_CASE("vectors that are all zero have the axes that they had", "[search]") {
  const ciess::interactions train(2, 3, {{0, 1}}), held_out(2, 3, {{0, 2}, {1, 1}});
  ciess::vector_environment env(ciess::matrix::Zero(2, 4), ciess::matrix::Zero(3, 4), train,
                                held_out);
  CHECK(env.full_table(0).isZero(0));
  // All items tie, and the first go first: user 0 is left 0 and 2, user 1 all three.
  CHECK(env.full().quality > 0);
  CHECK(env.full_figures().recall_at(5) == 1.0);
}

TEST_CASE("an environment of vectors shows what its figures depend on", "[search]") {
  const drawn_vectors v;
  const auto shown = [](const ciess::vector_environment& env) {
    fields_writer all;
    env.visit_conditions(all);
    return all.saved;
  };
  const auto before = shown(environment_of(v));
  CHECK(shown(environment_of(v)) == before);
  CHECK(shown(environment_of(v, {.turn = ciess::vector_turn::principal})) != before);
  CHECK(shown(environment_of(v, {.stored_as = ciess::number_format::four_bits})) != before);
  CHECK(shown(environment_of(v, {.cosine = true})) != before);
  drawn_vectors other;
  other.items(3, 4) += 1.0F;
  CHECK(shown(environment_of(other)) != before);
}
