// SPDX-License-Identifier: MIT
#include <ciess/backbone/inner_product.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/nn/gradient_check.hpp>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/small_recommender.hpp"

namespace {

using good = ciess::ngcf_encoder<double>;
static_assert(ciess::encoder<good> &&
              ciess::encoder<ciess::linear_encoder<ciess::graph_map<float>>>);

// Near misses: one requirement less each.
struct without_backward : good {
  using good::good;
  void backward() {}
};
struct without_used : good {
  using good::good;
  void used() const {}
};
struct without_a_step : good {
  using good::good;
  void forward(const ciess::model_weights<double>&, ciess::index_t) {}
};
struct gradients_elsewhere : good {
  using good::good;
  void vector_gradients(ciess::model_gradient<double>&) {}
};
struct made_of_nothing : good {
  made_of_nothing() : good(ciess::interactions{}, {}, {}) {}
};
static_assert(!ciess::encoder<without_backward> && !ciess::encoder<without_used>);
static_assert(!ciess::encoder<without_a_step> && !ciess::encoder<gradients_elsewhere>);
static_assert(!ciess::encoder<made_of_nothing>);

using network = ciess::inner_product_network<good>;
static_assert(ciess::vector_network<network> && ciess::rotatable_network<network>);
static_assert(ciess::loss_network<network>);
static_assert(!ciess::loss_network<ciess::neumf_network<float>>);

/// A loss of one's own: of a pair, with a slope where it pays.
class twice_bpr : public ciess::bpr<double> {
 public:
  struct options {
    double factor = 2;
    template <class F>
    void visit(F& f) const {
      f.same("factor", factor);
    }
  };
  twice_bpr(const ciess::interactions& train, const options& o)
      : ciess::bpr<double>(train, {}), factor_{o.factor} {}
  double operator()(const ciess::triples& batch, const tables& vectors, const outputs& slopes,
                    ciess::index_t columns) {
    const double loss = ciess::bpr<double>::operator()(batch, vectors, slopes, columns);
    for (auto* s : slopes) s->leftCols(columns) *= factor_;
    return factor_ * loss;
  }

 private:
  double factor_;
};
using plain_encoder = ciess::linear_encoder<ciess::identity_map<double>>;
using own_network = ciess::inner_product_network<plain_encoder, twice_bpr>;
static_assert(ciess::loss_network<own_network>);
template <class Loss>
concept has_network = requires { typename ciess::inner_product_network<plain_encoder, Loss>; };
static_assert(has_network<twice_bpr> && has_network<ciess::full_softmax<double>>);
static_assert(!has_network<ciess::full_softmax<float>>);  // of other numbers than the encoder
static_assert(!has_network<int>);

// Vectors that are rows, with a loss that says that it looks at no others: a loss that inherits
// from one that says so has said nothing.
static_assert(ciess::row_network<own_network> && !ciess::row_network<network>);
static_assert(ciess::row_loss<ciess::bpr<double>> && ciess::row_loss<ciess::chosen_loss<float>>);
static_assert(!ciess::row_loss<twice_bpr> && !ciess::row_loss<ciess::full_softmax<float>>);
class twice_bpr_of_rows : public twice_bpr {
 public:
  using row_loss = twice_bpr_of_rows;
  using twice_bpr::twice_bpr;
};
static_assert(ciess::row_loss<twice_bpr_of_rows>);

}  // namespace

TEST_CASE("an inner product network multiplies what its encoder makes", "[backbone]") {
  const ciess::interactions data(2, 2, {{0, 0}, {1, 1}});
  ciess::inner_product_network<ciess::linear_encoder<ciess::identity_map<double>>> net(data, {1, 2},
                                                                                       {});
  ciess::model_weights<double> w;
  for (int t = 0; t < 2; ++t) w.tables.emplace_back(ciess::sizes(2, {1, 2}));
  w.tables[0][0][0] = 2;
  w.tables[0][1][1] = 3;
  w.tables[1][0][0] = 5;
  w.tables[1][1][0] = 7;
  w.tables[1][1][1] = 11;
  net.changed(w);
  ciess::basic_matrix<double> scores(2, 2);
  net.score(w, 0, scores);
  CHECK(scores == (ciess::basic_matrix<double>(2, 2) << 10, 14, 0, 33).finished());

  // One triple, by hand: margin 10 - 14 = -4, penalty on the three rows.
  ciess::model_gradient<double> g;
  for (int t = 0; t < 2; ++t) g.tables.push_back(ciess::basic_matrix<double>::Zero(2, 2));
  const ciess::triples batch{{0}, {0}, {1}};
  const double loss = net.loss_and_gradient(w, batch, 0.5, {}, g);
  const double lengths = 4 + 25 + 49 + 121;
  CHECK(loss == Approx(std::log1p(std::exp(4.0)) + 0.5 * lengths));
  const double slope = -1 / (1 + std::exp(-4.0));
  CHECK(g.tables[0](0, 0) == Approx(slope * (5 - 7) + 2 * 0.5 * 2));
  CHECK(g.tables[0](0, 1) == Approx(slope * (0 - 11)));
  CHECK(g.tables[1](0, 0) == Approx(slope * 2 + 2 * 0.5 * 5));
  CHECK(g.tables[1](1, 0) == Approx(-slope * 2 + 2 * 0.5 * 7));
  CHECK(g.tables[0].row(1).isZero());
}

TEST_CASE("a loss of one's own trains in place of the library's", "[backbone]") {
  using model_type = ciess::bpr_recommender<own_network>;
  model_type::options o;
  o.range = {1, 6};
  o.batch = 64;
  o.penalty = 0;
  o.network.deviation = 0.5;
  model_type own(support::small_data(), o, 3);
  CHECK(ciess::check_gradients(own).worst < 2e-6);
  auto usual = support::small_model<ciess::basic_mf<double>>();
  const auto batch = support::small_batch();
  const auto mine = own.loss_and_gradient(batch);
  o.loss.factor = 1;
  model_type half(support::small_data(), o, 3);
  const auto other = half.loss_and_gradient(batch);
  CHECK(mine.loss == 2 * other.loss);
  CHECK(mine.of.tables[1] == 2 * other.of.tables[1]);
  CHECK(usual.table(0).values() == half.table(0).values());

  // Rows are updated with one that says that it looks at no others.
  o.updates = ciess::row_update_options{};
  CHECK_THROWS_WITH(model_type(support::small_data(), o, 3),
                    ContainsSubstring("looks at its batch's rows alone"));
  using of_rows =
      ciess::bpr_recommender<ciess::inner_product_network<plain_encoder, twice_bpr_of_rows>>;
  of_rows::options rows;
  rows.range = {1, 6};
  rows.batch = 64;
  rows.penalty = 0;
  rows.network.deviation = 0.5;
  rows.updates = o.updates;
  of_rows updated(support::small_data(), rows, 3);
  CHECK(ciess::check_gradients(updated).worst < 2e-6);
  CHECK(updated.loss_and_gradient(batch).loss == Approx(2 * other.loss));

  // Its options are among those that a saved state must agree with.
  fields_writer saved;
  own.visit_options(saved);
  CHECK(saved.saved.contains("loss.factor (same)"));
  fields_reader reads(saved.saved);
  CHECK_THROWS_WITH(half.visit_options(reads), ContainsSubstring("loss.factor"));
}
