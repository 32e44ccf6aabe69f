// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/batch_rows.hpp>

#include <vector>

#include "support/catch.hpp"

namespace {

using weights = ciess::model_weights<double>;

const std::vector<ciess::table_shape> shapes{{9, {1, 3}}, {7, {1, 3}}};

weights drawn() {
  weights w;
  for (const auto& [rows, range] : shapes) {
    w.tables.emplace_back(
        ciess::sizes(rows, range, [](ciess::index_t r) { return 1 + static_cast<int>(r % 3); }));
    w.tables.back().draw(ciess::normal_rows{1}, ciess::random_stream(1, ciess::purpose::user));
  }
  w.parameters = ciess::basic_vector<double>::Constant(2, 5);
  return w;
}

/// Keeps what it is shown, and says slopes of its own.
struct looks {
  std::vector<ciess::basic_matrix<double>> tables;
  std::vector<std::vector<std::uint16_t>> sizes;
  ciess::triples batch;
  double learn_rows(const weights& rows, const ciess::triples& numbered,
                    ciess::model_gradient<double>& g) {
    tables.clear();
    sizes.clear();
    for (std::size_t t = 0; t < 2; ++t) {
      tables.push_back(rows.tables[t].values());
      const auto kept = rows.tables[t].row_sizes().values();
      sizes.emplace_back(kept.begin(), kept.end());
      for (ciess::index_t k = 0; k < g.tables[t].rows(); ++k)
        g.tables[t].row(k).setConstant(static_cast<double>(10 * t + 1) + static_cast<double>(k));
    }
    CHECK(rows.parameters[1] == 5);
    g.parameters[0] = 3;
    batch = numbered;
    return 100;
  }
};

}  // namespace

TEST_CASE("rows of a batch go out under new numbers, and their slopes come back", "[backbone]") {
  const weights w = drawn();
  ciess::detail::batch_rows<double> rows(shapes, 2);
  looks network;
  const auto learn = [&](const ciess::triples& batch, double penalty) {
    return rows.learn(network, w, batch, penalty, [](auto&) {});
  };
  CHECK(learn({{8, 2, 8}, {4, 0, 4}, {6, 4, 0}}, 0) == 100);
  CHECK(network.batch.users == std::vector<ciess::row_id>{1, 0, 1});
  CHECK(network.batch.positives == std::vector<ciess::row_id>{1, 0, 1});
  CHECK(network.batch.negatives == std::vector<ciess::row_id>{2, 1, 0});
  CHECK(network.tables[0].row(0) == w.tables[0].values().row(2));
  CHECK(network.tables[0].row(1) == w.tables[0].values().row(8));
  CHECK(network.tables[1].row(2) == w.tables[1].values().row(6));
  CHECK(network.sizes[1][1] == w.tables[1].row_sizes()[4]);

  ciess::model_gradient<double> all;
  rows.spread(all);
  CHECK(all.tables[0].row(2).isConstant(1));
  CHECK(all.tables[0].row(8).isConstant(2));
  CHECK(all.tables[1].row(6).isConstant(13));
  CHECK(all.tables[0].row(3).isZero(0));
  CHECK(all.parameters[0] == 3);
  CHECK(*rows.gradient_of(1, 4) == 12);
  CHECK(*rows.gradient_of(1, 5) == 0);

  // Fewer rows afterwards, and none is left behind; the penalty is on each as often as it is named.
  const double expected = 100 + 0.5 / 2 *
                                    (2 * w.tables[0].values().row(0).squaredNorm() +
                                     2 * w.tables[1].values().row(1).squaredNorm() +
                                     2 * w.tables[1].values().row(2).squaredNorm());
  CHECK(learn({{0, 0}, {1, 1}, {2, 2}}, 0.5) == Approx(expected));
  CHECK(network.tables[0].row(0) == w.tables[0].values().row(0));
  CHECK(network.tables[0].bottomRows(2).isZero(0));
  CHECK(network.tables[1].bottomRows(4).isZero(0));
  CHECK(*rows.gradient_of(0, 0) == Approx(1 + 0.5 / 2 * 2 * 2 * w.tables[0].values()(0, 0)));

  const auto before = rows.gradient();
  CHECK_THROWS_AS(learn({{9}, {0}, {1}}, 0), ciess::argument_error);
  CHECK_THROWS_WITH(learn({{0, 0}, {0}, {1, 1}}, 0), ContainsSubstring("recommender: "));
  CHECK(rows.gradient().tables[0] == before.tables[0]);
  CHECK(rows.of(0).size() == 1);
}
