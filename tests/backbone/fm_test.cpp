// SPDX-License-Identifier: MIT
#include <ciess/backbone/fm.hpp>
// its own header first
#include <cstddef>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/small_clicks.hpp"
#include "support/small_recommender.hpp"

namespace {

using ciess::index_t;

/// Bias, first weights and every pair of slots, as the formula says, in double.
template <class T>
std::vector<double> pair_by_pair(const ciess::basic_fm<T>& model, const ciess::impressions& shown) {
  const auto w = model.snapshot().weights;
  const std::size_t fields = shown.fields().size();
  std::vector<double> odds;
  for (index_t i = 0; i < shown.size(); ++i) {
    std::vector<Eigen::VectorXd> slots;
    double sum = w.parameters[0];
    index_t at = 1;
    for (std::size_t t = 0; t < w.tables.size(); ++t) {
      const auto row = [&](index_t r) -> Eigen::VectorXd {
        return w.tables[t].values().row(r).transpose().template cast<double>();
      };
      if (t < fields) {
        const auto rows = shown.values(i, t);
        Eigen::VectorXd mean = Eigen::VectorXd::Zero(w.tables[t].columns());
        for (const auto r : rows) {
          mean += row(r) / static_cast<double>(rows.size());
          sum += static_cast<double>(w.parameters[at + r]) / static_cast<double>(rows.size());
        }
        slots.push_back(mean);
      } else {
        for (index_t f = 0; f < w.tables[t].rows(); ++f) {
          const double x = shown.numbers()(i, f);
          slots.push_back(x * row(f));
          sum += x * static_cast<double>(w.parameters[at + f]);
        }
      }
      at += w.tables[t].rows();
    }
    for (std::size_t a = 0; a < slots.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) sum += slots[a].dot(slots[b]);
    odds.push_back(sum);
  }
  return odds;
}

}  // namespace

TEMPLATE_TEST_CASE("a factorisation machine is the sum over all pairs", "[backbone]", float,
                   double) {
  const auto& data = GENERATE(0, 1) == 0 ? support::small_clicks() : support::larger_clicks();
  auto model = support::small_click_model<ciess::basic_fm<TestType>>(GENERATE(1, 10, 17), 3, data);
  model.train(20);
  model.resize(support::mixed_sizes(model, GENERATE(false, true)));
  const auto wanted = pair_by_pair(model, data);
  const auto found = support::predictions(model, data);
  const double tolerance = std::is_same_v<TestType, float> ? 1e-4 : 1e-12;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    REQUIRE(static_cast<double>(found[i]) == Approx(wanted[i]).margin(tolerance));
}

TEST_CASE("without features or lists a factorisation machine has what is left", "[backbone]") {
  const auto data = support::made_clicks({.features = false, .pooled = false});
  auto model = support::small_click_model<ciess::basic_fm<double>>(4, 3, data);
  CHECK(model.shapes().size() == 3);
  CHECK(model.other_numbers() == 1 + 30 + 20 + 3);
  model.train(20);
  const auto wanted = pair_by_pair(model, data);
  const auto found = support::predictions(model, data);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    REQUIRE(found[i] == Approx(wanted[i]).margin(1e-12));
}
