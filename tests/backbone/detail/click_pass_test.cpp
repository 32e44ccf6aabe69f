// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/click_pass.hpp>
// its own header first
#include <cmath>
#include <cstddef>
#include <vector>

#include <ciess/backbone/fm.hpp>

#include "support/catch.hpp"
#include "support/made_rows.hpp"
#include "support/small_clicks.hpp"

TEST_CASE("the loss is the mean cross-entropy of what is predicted", "[backbone]") {
  const auto& data = support::larger_clicks();
  ciess::detail::click_pass<ciess::fm_network<double>> pass(
      ciess::click_layout(data, {1, 4}, {}, true), {});
  CHECK(pass.own() == 0);
  CHECK(pass.dense() == 1);
  CHECK(pass.parameters() == 1 + 61);
  ciess::model_weights<double> w;
  for (const auto& s : pass.layout().shapes)
    w.tables.emplace_back(ciess::sizes(s.rows, s.range), support::made_rows(s.rows, 4, 5));
  w.parameters = support::made_rows(62, 1, 6).col(0);
  std::vector<double> odds(1500);
  pass.predict(w, data, odds);
  std::vector<ciess::index_t> which;
  for (ciess::index_t i = 0; i < 700; ++i) which.push_back(1499 - 2 * i);
  const double loss = pass.loss_and_gradient(w, {&data, which}, 0, nullptr);
  double wanted = 0, slope = 0;
  for (const auto i : which) {
    const double p = 1 / (1 + std::exp(-odds[static_cast<std::size_t>(i)]));
    const bool clicked = data.labels()[static_cast<std::size_t>(i)] != 0;
    wanted += std::log1p(std::exp((clicked ? -1 : 1) * odds[static_cast<std::size_t>(i)])) / 700;
    slope += (p - (clicked ? 1 : 0)) / 700;
  }
  CHECK(loss == Approx(wanted).epsilon(1e-10));
  CHECK(pass.gradient()[0] == Approx(slope).epsilon(1e-10));
  // Log odds that overflow a probability are no infinite loss.
  w.parameters[0] = 5000;
  CHECK(std::isfinite(pass.loss_and_gradient(w, {&data, which}, 0, nullptr)));
}
