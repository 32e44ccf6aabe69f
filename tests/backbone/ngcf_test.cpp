// SPDX-License-Identifier: MIT
#include <ciess/backbone/ngcf.hpp>
// its own header first
#include <limits>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace {

using matrix = ciess::basic_matrix<double>;
using exact_ngcf = ciess::basic_ngcf<double>;

/// The layers one after the other with dense matrices, as the formula says.
matrix dense_vectors(const exact_ngcf& model, const ciess::interactions& data, int layers,
                     ciess::index_t width) {
  const ciess::index_t users = data.users();
  const ciess::index_t n = users + data.items();
  matrix a = matrix::Identity(n, n);
  for (ciess::row_id u = 0; u < users; ++u)
    for (const ciess::row_id i : data.items_of(u)) a(u, users + i) = a(users + i, u) = 1;
  const Eigen::VectorXd degrees = a.rowwise().sum();
  a = degrees.cwiseInverse().asDiagonal() * a;
  const auto state = model.snapshot();
  matrix e(n, model.table(0).columns());
  e << state.weights.tables[0].values(), state.weights.tables[1].values();
  matrix all = e;
  const double* p = state.weights.parameters.data();
  for (int l = 0; l < layers; ++l) {
    const auto next = [&](ciess::index_t rows) {
      const Eigen::Map<const matrix> m(p, rows, width);
      p += rows * width;
      return m;
    };
    const ciess::index_t in = e.cols();
    const auto w1 = next(in);
    const auto w2 = next(in);
    const auto b1 = next(1);
    const auto b2 = next(1);
    const matrix side = a * e;
    matrix z = side * w1 + e.cwiseProduct(side) * w2;
    z.rowwise() += b1.row(0) + b2.row(0);
    e = (z.array() > 0).select(z, 0.2 * z);
    matrix wider(n, all.cols() + width);
    wider << all, e.rowwise().normalized();
    all = wider;
  }
  return all;
}

exact_ngcf::options two_layers() {
  exact_ngcf::options o;
  o.range = {1, 6};
  o.batch = 64;
  o.network = {.layers = 2, .width = 5};
  return o;
}

}  // namespace

TEST_CASE("NGCF agrees with its formula in dense matrices", "[backbone]") {
  const auto& data = GENERATE(false, true) ? support::larger_data() : support::small_data();
  exact_ngcf model(data, two_layers(), 3);
  model.train(3);
  const bool masked = GENERATE(false, true);
  model.resize(support::mixed_sizes(model, masked));
  const matrix v = dense_vectors(model, data, 2, 5);
  const matrix wanted = v.topRows(data.users()) * v.bottomRows(data.items()).transpose();
  matrix scores(data.users(), data.items());
  model.score(0, scores);
  CHECK(scores.isApprox(wanted, 1e-13));
}

TEST_CASE("NGCF drops while it learns and not while it ranks", "[backbone]") {
  const auto& data = support::small_data();
  auto o = two_layers();
  const bool nodes = GENERATE(false, true);
  o.network.node_dropout = nodes ? 0.5 : 0;
  o.network.message_dropout = nodes ? 0 : 0.5;
  exact_ngcf dropping(data, o, 3);
  o.network.node_dropout = o.network.message_dropout = 0;
  exact_ngcf whole(data, o, 3);
  matrix a(data.users(), data.items());
  matrix b = a;
  dropping.score(0, a);
  whole.score(0, b);
  CHECK(a == b);
  const auto batch = support::small_batch();
  const double loss = dropping.loss_and_gradient(batch).loss;
  CHECK(loss != whole.loss_and_gradient(batch).loss);
  CHECK(dropping.loss_and_gradient(batch).loss == loss);  // the same step leaves out the same
  dropping.score(0, a);
  CHECK(a == b);
  // Each step leaves out something else.
  auto later = dropping.snapshot();
  later.steps = 1;
  dropping.restore(later);
  CHECK(dropping.loss_and_gradient(batch).loss != loss);
}

TEST_CASE("NGCF's first columns are those with the most energy after a turn", "[backbone]") {
  exact_ngcf model(support::small_data(), two_layers(), 3);
  model.train(20);
  model.rotate_to_principal_axes();
  const auto energy = [&](ciess::index_t j) {
    return model.table(0).values().col(j).squaredNorm() +
           model.table(1).values().col(j).squaredNorm();
  };
  for (ciess::index_t j = 0; j + 1 < 6; ++j) CHECK(energy(j) >= energy(j + 1) * (1 - 1e-12));
}

TEST_CASE("NGCF refuses options that mean nothing", "[backbone]") {
  const auto refused = [](auto change) {
    ciess::ngcf::options o;
    change(o.network);
    CHECK_THROWS_AS(ciess::ngcf(support::small_data(), o, 1), ciess::argument_error);
  };
  using network = ciess::ngcf::options;
  using options = decltype(network::network);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused([](options& o) { o.layers = 0; });
  refused([](options& o) { o.layers = 17; });
  refused([](options& o) { o.width = -1; });
  refused([](options& o) { o.node_dropout = 1; });
  refused([](options& o) { o.message_dropout = -0.1; });
  refused([&](options& o) { o.message_dropout = nan; });
  refused([&](options& o) { o.slope = nan; });
}
