// SPDX-License-Identifier: MIT
#include <ciess/backbone/deep_fm.hpp>
// its own header first
#include <cstddef>
#include <vector>

#include <ciess/backbone/fm.hpp>

#include "support/catch.hpp"
#include "support/small_clicks.hpp"
#include "support/small_recommender.hpp"

using ciess::index_t;

TEST_CASE("DeepFM is a factorisation machine and layers on the same rows", "[backbone]") {
  auto model = support::small_click_model<ciess::basic_deep_fm<double>>(5);
  model.train(20);
  model.resize(support::mixed_sizes(model, GENERATE(false, true)));
  const auto w = model.snapshot().weights;
  const index_t d = 5, width = 6 * d;  // four fields, two features
  const index_t own = width * 9 + 9 + 9 * 7 + 7 + 7 + 1;
  REQUIRE(model.other_numbers() == own + 1 + 30 + 20 + 6 + 3 + 2);

  // The machine alone, with the same tables, bias and first weights.
  auto machine = support::small_click_model<ciess::basic_fm<double>>(5);
  auto state = machine.snapshot();
  state.weights.tables = w.tables;
  state.weights.parameters = w.parameters.tail(w.parameters.size() - own);
  machine.restore(state);
  const auto all = support::predictions(model);
  const auto pairs = support::predictions(machine);

  const auto& data = support::small_clicks();
  using matrix = ciess::basic_matrix<double>;
  const double* at = w.parameters.data();
  const auto layer = [&](const Eigen::RowVectorXd& x, index_t outputs) -> Eigen::RowVectorXd {
    const Eigen::Map<const matrix> weights(at, x.size(), outputs);
    const Eigen::Map<const Eigen::RowVectorXd> bias(at + x.size() * outputs, outputs);
    at += (x.size() + 1) * outputs;
    return x * weights + bias;
  };
  for (index_t i = 0; i < data.size(); ++i) {
    Eigen::RowVectorXd x = Eigen::RowVectorXd::Zero(width);
    for (std::size_t k = 0; k < 4; ++k)
      for (const auto r : data.values(i, k))
        x.segment(static_cast<index_t>(k) * d, d) +=
            w.tables[k].values().row(r) / static_cast<double>(data.values(i, k).size());
    for (index_t f = 0; f < 2; ++f)
      x.segment((4 + f) * d, d) = double{data.numbers()(i, f)} * w.tables[4].values().row(f);
    at = w.parameters.data();
    x = layer(x, 9).cwiseMax(0);
    x = layer(x, 7).cwiseMax(0);
    const double deep = layer(x, 1)[0];
    const auto n = static_cast<std::size_t>(i);
    REQUIRE(all[n] == Approx(pairs[n] + deep).margin(1e-12));
  }
}

TEST_CASE("DeepFM without hidden layers is linear beside its pairs", "[backbone]") {
  auto o = support::small_click_options<ciess::deep_fm>();
  o.network.hidden.clear();
  ciess::deep_fm model(support::small_clicks(), o, 1);
  CHECK(model.layers()[0].shape == std::vector<index_t>{36, 1});
  CHECK(model.train(5) > 0);
  o.network.hidden = {3, 0};
  CHECK_THROWS_AS(ciess::deep_fm(support::small_clicks(), o, 1), ciess::argument_error);
  o.network.hidden = {3};
  o.network.dropout = 1;
  CHECK_THROWS_AS(ciess::deep_fm(support::small_clicks(), o, 1), ciess::argument_error);
}
