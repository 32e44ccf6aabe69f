// SPDX-License-Identifier: MIT
#include <ciess/backbone/linear_encoder.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <limits>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace {

static_assert(ciess::linear_map<ciess::identity_map<float>>);
static_assert(ciess::linear_map<ciess::graph_map<double>>);
struct without_interactions : ciess::identity_map<float> {
  explicit without_interactions(int);
};
struct without_deviation {
  using value_type = float;
  struct options {};
  without_deviation(const ciess::interactions&, const options&) {}
  void apply(const ciess::bpr<float>::tables&, const ciess::bpr<float>::outputs&, ciess::index_t) {}
};
struct without_apply {
  using value_type = float;
  using options = ciess::identity_map<float>::options;
  without_apply(const ciess::interactions&, const options&) {}
};
static_assert(!ciess::linear_map<without_interactions> && !ciess::linear_map<without_deviation>);
static_assert(!ciess::linear_map<without_apply>);

}  // namespace

TEMPLATE_TEST_CASE("principal axes are orthogonal in energy, the largest first", "[backbone]",
                   ciess::basic_mf<double>, ciess::basic_lightgcn<double>) {
  auto model = support::small_model<TestType>(12);
  model.train(30);
  model.rotate_to_principal_axes();
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(12, 12);
  for (std::size_t s = 0; s < 2; ++s)
    products += model.table(s).values().transpose() * model.table(s).values();
  for (ciess::index_t j = 0; j + 1 < 12; ++j)
    CHECK(products(j, j) >= products(j + 1, j + 1) * (1 - 1e-12));
  products.diagonal().setZero();
  CHECK(products.cwiseAbs().maxCoeff() < 1e-10);
}

TEMPLATE_TEST_CASE("a deviation that is none is refused", "[backbone]", ciess::mf,
                   ciess::lightgcn) {
  typename TestType::options o;
  o.network.deviation = GENERATE(0.0, -1.0, std::numeric_limits<double>::infinity(),
                                 std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_AS(TestType(support::small_data(), o, 1), ciess::argument_error);
}
