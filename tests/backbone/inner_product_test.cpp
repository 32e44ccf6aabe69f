#include <ciess/backbone/inner_product.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/synthetic.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

using row_index = ciess::index;
using std::size_t;

const ciess::interactions& data() {
  static const ciess::interactions made =
      ciess::make_synthetic(
          {.users = 40, .items = 30, .interactions = 400, .factors = 4, .seed = 7})
          .data;
  return made;
}

/// Sizes 1, 2, ..., d_max in turn, or all full.
ciess::assignment sizes(const auto& model, bool masked) {
  std::vector<ciess::sizes> tables;
  for (const auto& shape : model.shapes()) {
    ciess::sizes s(shape.rows, shape.range);
    if (masked)
      for (row_index r = 0; r < shape.rows; ++r)
        s.set(r, 1 + static_cast<int>(r % shape.range.max));
    tables.push_back(std::move(s));
  }
  return ciess::assignment(std::move(tables));
}

template <class Model>
Model make(int d_max = 6, std::uint64_t seed = 3) {
  typename Model::options o;
  o.range = {1, d_max};
  o.batch = 64;
  o.deviation = 0.5;  // margins far from 0, where a wrong slope would not show
  o.penalty = 0.3;
  return Model(data(), o, seed);
}

ciess::triples batch() {
  ciess::triple_sampler sampler(data());
  ciess::triples t;
  sampler.draw(ciess::random_stream(5, ciess::purpose::batches), 0, 50, t);
  return t;
}

static_assert(ciess::linear_encoder<ciess::identity_encoder<float>, float>);
static_assert(ciess::linear_encoder<ciess::graph_encoder<double>, double>);
struct without_options {
  explicit without_options(const ciess::interactions&) {}
};
struct without_apply {
  struct options {};
  without_apply(const ciess::interactions&, const options&) {}
};
static_assert(!ciess::linear_encoder<without_options, float>);
static_assert(!ciess::linear_encoder<without_apply, float>);

static_assert(ciess::inner_product_backbone<ciess::mf> && ciess::restorable_backbone<ciess::mf>);
static_assert(ciess::rotatable_backbone<ciess::lightgcn>);
static_assert(ciess::fine_tunable_backbone<ciess::lightgcn>);

}  // namespace

// Central differences with h = 1e-6 in double are good to about h^2 + 1e-16 / h = 1e-10, relative
// to losses near 1.
TEMPLATE_TEST_CASE("gradients of every kept number agree with central differences", "[backbone]",
                   ciess::basic_mf<double>, ciess::basic_lightgcn<double>) {
  const bool masked = GENERATE(false, true);
  auto model = make<TestType>();
  model.resize(sizes(model, masked));
  const auto triples = batch();
  const auto analytic = model.loss_and_gradient(triples);
  const auto gradient = *analytic.tables;
  CHECK(std::isfinite(analytic.loss));
  const auto state = model.snapshot();
  const double h = 1e-6;
  double largest = 0;
  for (size_t s = 0; s < 2; ++s)
    for (row_index r = 0; r < model.table(s).rows(); ++r)
      for (size_t j = 0; j < model.table(s)[r].size(); ++j) {
        const auto loss_at = [&](double step) {
          auto moved = state;
          moved.tables[s][r][j] += step;
          model.restore(moved);
          return model.loss_and_gradient(triples).loss;
        };
        const double numeric = (loss_at(h) - loss_at(-h)) / (2 * h);
        const double exact = gradient[s](r, static_cast<row_index>(j));
        CAPTURE(s, r, j);
        REQUIRE(exact == Approx(numeric).epsilon(1e-6).margin(1e-9));
        largest = std::max(largest, std::abs(exact));
      }
  CHECK(largest > 1e-3);
}

TEMPLATE_TEST_CASE("tails stay exactly zero through training, shrinking and growing", "[backbone]",
                   ciess::mf, ciess::lightgcn) {
  auto model = make<TestType>(20);
  model.train(5);
  model.resize(sizes(model, true));
  model.train(5);
  for (size_t s = 0; s < 2; ++s)
    for (row_index r = 0; r < model.table(s).rows(); ++r) {
      const auto& t = model.table(s);
      for (row_index j = t.row_sizes()[r]; j < t.columns(); ++j) REQUIRE(t.values()(r, j) == 0.0F);
      REQUIRE(t.values()(r, 0) != 0.0F);
    }
  // What a row gains is what a fresh table has there; what it had stays.
  const auto before = model.table(0).values().eval();
  const auto fresh = make<TestType>(20).table(0).values().eval();
  model.resize(sizes(model, false));
  for (row_index r = 0; r < before.rows(); ++r)
    for (row_index j = 0; j < before.cols(); ++j)
      REQUIRE(model.table(0).values()(r, j) == (before(r, j) != 0 ? before(r, j) : fresh(r, j)));
}

TEMPLATE_TEST_CASE("narrow tables give the vectors and scores of the dense computation",
                   "[backbone]", ciess::basic_mf<double>, ciess::basic_lightgcn<double>) {
  auto model = make<TestType>(24);
  model.train(3);
  auto small = ciess::assignment({ciess::sizes(40, {1, 24}, 5), ciess::sizes(30, {1, 24}, 2)});
  model.resize(small);
  CHECK(model.user_vectors().cols() == 5);
  // The same numbers in a table that is allowed only five columns.
  auto narrow = make<TestType>(5);
  auto state = narrow.snapshot();
  for (size_t s = 0; s < 2; ++s) {
    state.tables[s].resize(ciess::sizes(state.tables[s].rows(), {1, 5}, s == 0 ? 5 : 2));
    for (row_index r = 0; r < state.tables[s].rows(); ++r)
      std::ranges::copy(model.table(s)[r], state.tables[s][r].begin());
  }
  narrow.restore(state);
  CHECK(model.user_vectors().isApprox(narrow.user_vectors(), 1e-14));
  ciess::basic_matrix<double> a(7, 30);
  ciess::basic_matrix<double> b(7, 30);
  model.score(3, a);
  narrow.score(3, b);
  CHECK(a.isApprox(b, 1e-14));
  CHECK(a(2, 4) == Approx(model.user_vectors().row(5).dot(model.item_vectors().row(4))));
  // Growing again must not meet what the narrow vectors left behind.
  auto wide = make<TestType>(24);
  wide.train(3);
  wide.resize(small);
  (void)wide.user_vectors();
  wide.resize(sizes(wide, false));
  auto direct = make<TestType>(24);
  direct.restore(wide.snapshot());
  CHECK(wide.user_vectors() == direct.user_vectors());
}

TEMPLATE_TEST_CASE("same seed, same bytes, at one and two threads", "[backbone][threads]",
                   ciess::mf, ciess::lightgcn) {
  const auto run = [](std::uint64_t seed) {
    auto model = make<TestType>(18, seed);
    model.train(4);
    model.resize(sizes(model, true));
    model.train(4);
    return ciess::matrix(model.item_vectors());
  };
  const ciess::matrix serial = run(1);
  CHECK(run(2) != serial);
  const ciess::threads pool{2};
  CHECK(run(1) == serial);
}

TEMPLATE_TEST_CASE("a snapshot taken in the middle continues as if nothing had happened",
                   "[backbone]", ciess::mf, ciess::lightgcn) {
  auto model = make<TestType>();
  model.train(3);
  const auto state = model.snapshot();
  const double loss = model.train(4);
  const ciess::matrix vectors = model.user_vectors();
  model.resize(sizes(model, true));
  model.restart({.first = 0.5});
  model.train(2);
  model.restore(state);
  CHECK(model.train(4) == loss);
  CHECK(ciess::matrix(model.user_vectors()) == vectors);
  model.reset(3);
  CHECK(ciess::matrix(model.user_vectors()) == ciess::matrix(make<TestType>().user_vectors()));
}

TEMPLATE_TEST_CASE("principal axes leave scores alone and gather energy in front", "[backbone]",
                   ciess::basic_mf<double>, ciess::basic_lightgcn<double>) {
  auto model = make<TestType>(12);
  model.train(30);
  ciess::basic_matrix<double> before(40, 30);
  ciess::basic_matrix<double> after(40, 30);
  model.score(0, before);
  model.rotate_to_principal_axes();
  model.score(0, after);
  CHECK(after.isApprox(before, 1e-12));
  Eigen::VectorXd energy = Eigen::VectorXd::Zero(12);
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(12, 12);
  for (size_t s = 0; s < 2; ++s)
    products += model.table(s).values().transpose() * model.table(s).values();
  for (row_index j = 0; j + 1 < 12; ++j)
    CHECK(products(j, j) >= products(j + 1, j + 1) * (1 - 1e-12));
  products.diagonal().setZero();
  CHECK(products.cwiseAbs().maxCoeff() < 1e-10);
  model.resize(sizes(model, true));
  CHECK_THROWS_AS(model.rotate_to_principal_axes(), ciess::argument_error);
}

TEMPLATE_TEST_CASE("a small data set is learnt by heart", "[backbone]", ciess::mf,
                   ciess::lightgcn) {
  typename TestType::options o;
  o.range = {1, 24};
  o.batch = 256;
  o.penalty = 0;
  TestType model(data(), o, 1);
  const double first = model.train(1);
  CHECK(first == Approx(std::log(2.0)).epsilon(0.01));  // all scores near 0
  model.train(300);
  CHECK(model.train(20) < 0.1 * first);
}

TEMPLATE_TEST_CASE("models refuse what they cannot mean", "[backbone]", ciess::mf,
                   ciess::lightgcn) {
  auto model = make<TestType>();
  ciess::matrix out(5, 30);
  CHECK_THROWS_AS(model.score(36, out), ciess::argument_error);
  CHECK_THROWS_AS(model.score(-1, out), ciess::argument_error);
  ciess::matrix narrow(5, 29);
  CHECK_THROWS_AS(model.score(0, narrow), ciess::argument_error);
  CHECK_THROWS_AS(model.train(-1), ciess::argument_error);
  CHECK(model.train(0) == 0);
  CHECK_THROWS_AS(model.resize(ciess::assignment()), ciess::argument_error);
  CHECK_THROWS_AS(model.restart({.first = 0}), ciess::argument_error);
  CHECK_THROWS_AS(model.restore(make<TestType>(7).snapshot()), ciess::argument_error);
  using options = typename TestType::options;
  const auto refused = [](auto change) {
    options o;
    change(o);
    CHECK_THROWS_AS(TestType(data(), o, 1), ciess::argument_error);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused([](options& o) { o.batch = 0; });
  refused([&](options& o) { o.penalty = nan; });
  refused([](options& o) { o.deviation = 0; });
  refused([](options& o) { o.range = {2, 1}; });
  refused([](options& o) { o.rate.factor = 2; });
  const ciess::interactions empty(3, 4, {});
  CHECK_THROWS_AS(TestType(empty, options{}, 1), ciess::data_error);
}

TEST_CASE("a loss that is no number stops training before the update, and is named", "[backbone]") {
  ciess::mf::options o;
  o.range = {1, 4};
  o.batch = 32;
  o.deviation = 1e30;  // squared lengths overflow
  ciess::mf model(data(), o, 1);
  const ciess::matrix before = model.table(0).values();
  CHECK_THROWS_WITH(model.train(3), ContainsSubstring("step 0"));
  CHECK(model.table(0).values() == before);
}
