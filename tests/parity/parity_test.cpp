// SPDX-License-Identifier: MIT
// Every model against an independent implementation (make_fixtures.py): the same weights, graph and
// triples, ten steps, the same numbers.
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "parity/fixture.hpp"
#include "support/catch.hpp"
#include "support/test_files.hpp"

namespace {

using array = ciess::basic_matrix<double>;

// Asked for is 1e-5 relative. Both sides count in double, where ten steps show another rounding of
// the first weights below 1e-14 (make_fixtures.py --self-test): 1e-9 leaves room for any order of
// sums and none for a constant with too few digits. Some numbers are zero: hence a margin.
constexpr double relative = 1e-9;
constexpr double margin = 1e-12;

// ---- What is particular to a model ----

/// Names of the arrays of a fixture, in the order of a model's tables and other numbers.
struct layout {
  std::string file;
  std::vector<std::string> tables;
  std::vector<std::string> parameters{};
};

const layout mf_layout{"mf", {"users", "items"}};
const layout lightgcn_layout{"lightgcn", {"users", "items"}};
const layout ngcf_layout{"ngcf",
                         {"users", "items"},
                         {"layer0.W1", "layer0.W2", "layer0.b1", "layer0.b2", "layer1.W1",
                          "layer1.W2", "layer1.b1", "layer1.b2"}};
const layout neumf_layout{"neumf",
                          {"users_mlp", "items_mlp", "users_gmf", "items_gmf"},
                          {"Wu", "Wi", "b", "w_mlp", "w_gmf", "c"}};

void set_network(ciess::basic_mf<double>::options&, const parity::fixture&) {}
void set_network(ciess::basic_lightgcn<double>::options& o, const parity::fixture& f) {
  o.network.layers = f.integer("setting/layers");
}
void set_network(ciess::basic_ngcf<double>::options& o, const parity::fixture& f) {
  o.network = {.layers = f.integer("setting/layers"),
               .width = f.integer("setting/width"),
               .node_dropout = 0,
               .message_dropout = 0};
}
void set_network(ciess::basic_neumf<double>::options&, const parity::fixture&) {}

// ---- What they share ----

template <class Model>
typename Model::options options_of(const parity::fixture& f) {
  typename Model::options o;
  o.range = {1, f.integer("setting/d_max")};
  o.batch = f.integer("setting/batch");
  o.penalty = f.value("setting/penalty");
  o.rate = {.first = f.value("setting/rate.first"),
            .factor = f.value("setting/rate.factor"),
            .every = f.integer("setting/rate.every"),
            .least = f.value("setting/rate.least")};
  set_network(o, f);
  return o;
}

/// One check for a whole array: of the entry that is furthest off. Of `got`, row r counts up to
/// sizes[r]; what lies past it is zero in the fixture.
void check_close(const std::string& name, const array& got, const array& expected, double least,
                 const array* sizes = nullptr) {
  INFO(name);
  REQUIRE(got.rows() == expected.rows());
  REQUIRE(got.cols() == expected.cols());
  ciess::index_t row = 0;
  ciess::index_t column = 0;
  double furthest = -1;
  for (ciess::index_t r = 0; r < got.rows(); ++r)
    for (ciess::index_t c = 0; c < got.cols(); ++c) {
      if (sizes && static_cast<double>(c) >= (*sizes)(r, 0)) {
        REQUIRE(expected(r, c) == 0);
        continue;
      }
      const double off =
          std::abs(got(r, c) - expected(r, c)) / (relative * std::abs(expected(r, c)) + least);
      if (std::isnan(furthest) || off <= furthest) continue;  // NaN is the furthest
      furthest = off;
      row = r;
      column = c;
    }
  INFO("row " << row << ", column " << column);
  CHECK(got(row, column) == Approx(expected(row, column)).epsilon(relative).margin(least));
}

/// Starts from the weights of the fixture, compares loss and gradient of the first batch, the loss
/// of every step, and after the last one the parameters and all scores.
template <class Model>
void check_parity(const layout& names) {
  const auto f = parity::read_fixture(test_files() + "/parity/" + names.file + ".txt");
  const auto users = f.integer("setting/users");
  const auto items = f.integer("setting/items");
  const ciess::interactions data(users, items, f.pairs);
  const auto options = options_of<Model>(f);
  for (const std::string run : {"full", "masked"}) {
    INFO(run);
    const auto of = [&](const std::string& when, const std::string& name) -> const array& {
      return f.array(run + "/" + when + "/" + name);
    };
    Model model(data, options, 1);

    std::vector<ciess::sizes> sizes;
    for (const auto& name : names.tables) {
      const Eigen::VectorXi values = of("size", name).col(0).template cast<int>();
      sizes.emplace_back(std::span(values.data(), static_cast<std::size_t>(values.size())),
                         options.range);
    }
    model.resize(ciess::assignment(sizes));

    auto start = model.snapshot();
    REQUIRE(start.weights.tables.size() == names.tables.size());
    for (std::size_t t = 0; t < names.tables.size(); ++t) {
      const array& initial = of("initial", names.tables[t]);
      auto& table = start.weights.tables[t];
      REQUIRE(table.rows() == initial.rows());
      REQUIRE(table.columns() == initial.cols());
      for (ciess::index_t r = 0; r < table.rows(); ++r)
        std::copy_n(initial.row(r).data(), table[r].size(), table[r].begin());
      REQUIRE(table.values() == initial);
    }
    ciess::index_t place = 0;
    for (const auto& name : names.parameters) {
      const array& initial = of("initial", name);
      REQUIRE(place + initial.size() <= start.weights.parameters.size());
      start.weights.parameters.segment(place, initial.size()) = initial.reshaped<Eigen::RowMajor>();
      place += initial.size();
    }
    REQUIRE(place == start.weights.parameters.size());
    model.restore(start);

    const auto check_parameters = [&](const std::string& when, const auto& numbers) {
      ciess::index_t first = 0;
      for (const auto& name : names.parameters) {
        const array& expected = of(when, name);
        const array got = numbers.segment(first, expected.size())
                              .template reshaped<Eigen::RowMajor>(expected.rows(), expected.cols());
        // A constant in all scores has no gradient. Where rounding leaves 1e-17 of one, Adam's
        // epsilon of 1e-8 makes 1e-9 of the learning rate of it.
        check_close(when + " " + name, got, expected, name == "c" ? 1e-9 : margin);
        first += expected.size();
      }
    };

    {
      const auto [loss, gradient] = model.loss_and_gradient(f.steps.front());
      CHECK(loss == Approx(f.value(run + "/loss/0")).epsilon(relative));
      REQUIRE(gradient.tables.size() == names.tables.size());
      for (std::size_t t = 0; t < names.tables.size(); ++t)
        check_close("gradient " + names.tables[t], gradient.tables[t],
                    of("gradient", names.tables[t]), margin, &of("size", names.tables[t]));
      check_parameters("gradient", gradient.parameters);
    }

    for (std::size_t t = 0; t < f.steps.size(); ++t) {
      INFO("step " << t);
      const double loss = model.step(f.steps[t]);
      CHECK(loss == Approx(f.value(run + "/loss/" + std::to_string(t))).epsilon(relative));
    }

    const auto end = model.snapshot();
    for (std::size_t t = 0; t < names.tables.size(); ++t)
      check_close("final " + names.tables[t], end.weights.tables[t].values(),
                  of("final", names.tables[t]), margin);
    check_parameters("final", end.weights.parameters);
    array scores(users, items);
    model.score(0, scores);
    check_close("final scores", scores, of("final", "scores"), margin);
  }
}

}  // namespace

TEST_CASE("ten steps of MF are those of PyTorch", "[parity]") {
  check_parity<ciess::basic_mf<double>>(mf_layout);
}

TEST_CASE("ten steps of LightGCN are those of PyTorch", "[parity]") {
  check_parity<ciess::basic_lightgcn<double>>(lightgcn_layout);
}

TEST_CASE("ten steps of NGCF are those of PyTorch", "[parity]") {
  check_parity<ciess::basic_ngcf<double>>(ngcf_layout);
}

TEST_CASE("ten steps of NeuMF are those of PyTorch", "[parity]") {
  check_parity<ciess::basic_neumf<double>>(neumf_layout);
}
