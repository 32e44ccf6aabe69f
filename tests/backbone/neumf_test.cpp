// SPDX-License-Identifier: MIT
#include <ciess/backbone/neumf.hpp>
// its own header first
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/mf.hpp>
#include <ciess/core/threads.hpp>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace {

using matrix = ciess::basic_matrix<double>;

/// The MLP run for every pair, as the formula says, in double.
template <class T>
matrix pair_by_pair(const ciess::basic_neumf<T>& model) {
  const auto w = model.snapshot().weights;
  const ciess::index_t d = model.table(0).columns();
  const Eigen::VectorXd p = w.parameters.template cast<double>();
  const Eigen::Map<const matrix> first(p.data(), 2 * d, d);  // Wu above Wi: Linear(2d, d)
  const auto bias = p.segment(2 * d * d, d);
  const auto top = p.segment(2 * d * d + d, 2 * d);  // v, then h: Linear(2d, 1)
  const double c = p[2 * d * d + 3 * d];
  const auto row = [&](std::size_t t, ciess::index_t r) -> Eigen::VectorXd {
    return w.tables[t].values().row(r).template cast<double>();
  };
  matrix scores(model.users(), model.items());
  for (ciess::index_t u = 0; u < scores.rows(); ++u)
    for (ciess::index_t i = 0; i < scores.cols(); ++i) {
      Eigen::VectorXd in(2 * d);
      in << row(0, u), row(1, i);
      Eigen::VectorXd out(2 * d);
      out << (first.transpose() * in + bias).cwiseMax(0), row(2, u).cwiseProduct(row(3, i));
      scores(u, i) = top.dot(out) + c;
    }
  return scores;
}

/// Many items, so that the blocks of the kernel are met in full, in part and more than once.
const ciess::interactions& wide_data() {
  static const auto made =
      ciess::make_synthetic(
          {.users = 70, .items = 1100, .interactions = 4000, .factors = 4, .seed = 7})
          .data;
  return made;
}

}  // namespace

// Float: sums of about 40 products near 0.1 are good to 40 * 6e-8.
TEMPLATE_TEST_CASE("all pairs at once agree with the network run pair by pair",
                   "[backbone][threads]", float, double) {
  typename ciess::basic_neumf<TestType>::options o;
  const int d_max = GENERATE(1, 7, 20);
  o.range = {1, d_max};
  o.batch = 500;
  ciess::basic_neumf<TestType> model(wide_data(), o, 3);
  model.train(20);
  const bool masked = GENERATE(false, true);
  model.resize(support::mixed_sizes(model, masked));
  const matrix wanted = pair_by_pair(model);
  ciess::basic_matrix<TestType> scores(70, 1100);
  model.score(0, scores);
  const double tolerance = std::is_same_v<TestType, float> ? 2e-5 : 1e-13;
  CHECK((scores.template cast<double>() - wanted).cwiseAbs().maxCoeff() <
        tolerance * (1 + wanted.cwiseAbs().maxCoeff()));
  // A block from the middle agrees; the same block has the same bytes at two threads.
  const ciess::threads pool{2};
  ciess::basic_matrix<TestType> block(33, 1100);
  model.score(5, block);
  CHECK((block - scores.middleRows(5, 33)).cwiseAbs().maxCoeff() <= TestType(tolerance));
  ciess::basic_matrix<TestType> again(70, 1100);
  model.score(0, again);
  CHECK(again == scores);
}

TEST_CASE("the reference's unmasked tower counts with all its numbers", "[backbone]") {
  ciess::neumf::options o;
  o.range = {1, 8};
  o.batch = 64;
  const ciess::neumf both(support::small_data(), o, 1);
  CHECK(ciess::assignment(both.shapes()).dense() == (40 + 30) * 2 * 8);
  CHECK_NOTHROW(ciess::budget::from_sparsity(0.8, both.shapes()));
  o.network.mask_gmf = false;
  ciess::neumf one(support::small_data(), o, 1);
  CHECK(ciess::assignment(one.shapes()).dense() == (40 + 30) * 2 * 8);
  CHECK(ciess::budget::from_sparsity(0.4, one.shapes()).numbers == 672);
  CHECK_THROWS_WITH(ciess::budget::from_sparsity(0.8, one.shapes()),
                    ContainsSubstring("smallest sizes alone need 630"));  // 70 * (1 + 8)
  auto sizes = ciess::assignment(one.shapes());
  sizes[0] = ciess::sizes(40, {1, 8}, 1);
  sizes[1] = ciess::sizes(30, {1, 8}, 2);
  one.resize(sizes);
  CHECK(sizes.total() == 40 * (1 + 8) + 30 * (2 + 8));
  CHECK(std::isfinite(one.train(5)));
  CHECK(one.table(2).values().col(7).cwiseAbs().minCoeff() > 0);
  CHECK(one.table(0).values().col(1).isZero());
}

TEST_CASE("NeuMF's new axes are the best for a cut of either tower", "[backbone]") {
  ciess::basic_neumf<double>::options o;
  o.range = {1, 10};
  o.batch = 256;
  o.penalty = 1e-3;
  ciess::basic_neumf<double> model(support::small_data(), o, 3);
  model.train(60);
  const auto cut_error = [](ciess::basic_neumf<double> m, std::size_t tower) {
    matrix before(40, 30);
    m.score(0, before);
    auto sizes = ciess::assignment(m.shapes());
    for (std::size_t s = 0; s < 2; ++s)
      sizes[2 * tower + s] = ciess::sizes(sizes[2 * tower + s].rows(), {1, 10}, 4);
    m.resize(sizes);
    matrix after(40, 30);
    m.score(0, after);
    return (after - before).norm() / before.norm();
  };
  const double mlp = cut_error(model, 0);
  const double gmf = cut_error(model, 1);
  model.rotate_to_principal_axes();
  CHECK(cut_error(model, 0) < mlp);
  CHECK(cut_error(model, 1) < gmf);
  // The GMF tower is in its best diagonal form: weights all alike, columns orthogonal.
  const auto w = model.snapshot().weights;
  const auto h = w.parameters.segment(2 * 100 + 2 * 10, 10);
  CHECK(h.minCoeff() == h.maxCoeff());
  for (const std::size_t t : {2U, 3U}) {
    matrix products = w.tables[t].values().transpose() * w.tables[t].values();
    for (ciess::index_t j = 0; j + 1 < 10; ++j)
      CHECK(products(j, j) >= products(j + 1, j + 1) * (1 - 1e-9));
    const double largest = products(0, 0);
    products.diagonal().setZero();
    CHECK(products.cwiseAbs().maxCoeff() < 1e-9 * largest);
  }
}

TEST_CASE("NeuMF shows its layers by name, all of its other numbers once", "[backbone]") {
  static_assert(ciess::layered_model<ciess::neumf> && !ciess::layered_model<ciess::mf>);
  static_assert(!ciess::layered_model<ciess::basic_neumf<double>>);  // files have floats
  ciess::neumf::options o;
  o.range = {1, 5};
  const ciess::neumf model(support::small_data(), o, 1);
  const auto layers = model.layers();
  const std::vector<std::pair<std::string, std::vector<ciess::index_t>>> wanted{
      {"first-users", {5, 5}}, {"first-items", {5, 5}}, {"first-bias", {5}},
      {"top-mlp", {5}},        {"top-gmf", {5}},        {"top-bias", {1}}};
  REQUIRE(layers.size() == wanted.size());
  const auto parameters = model.snapshot().weights.parameters;
  std::vector<float> all;
  for (std::size_t p = 0; p < layers.size(); ++p) {
    CHECK(layers[p].name == wanted[p].first);
    CHECK(layers[p].shape == wanted[p].second);
    ciess::index_t count = 1;
    for (const auto n : layers[p].shape) count *= n;
    CHECK(std::ssize(layers[p].numbers) == count);
    all.insert(all.end(), layers[p].numbers.begin(), layers[p].numbers.end());
  }
  CHECK(std::ranges::equal(
      all, std::span(parameters.data(), static_cast<std::size_t>(parameters.size()))));
}
