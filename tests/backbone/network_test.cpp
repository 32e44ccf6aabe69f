// SPDX-License-Identifier: MIT
#include <ciess/backbone/network.hpp>
// its own header first
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/recommender.hpp>

#include <limits>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace {

/// The least that can be trained: it knows one number for each item, and its tables mean nothing.
class popularity {
 public:
  using value_type = float;
  struct options {};
  static constexpr ciess::training_defaults defaults{.penalty = 0, .rate = {}};
  popularity(const ciess::interactions& train, ciess::size_range range, const options&)
      : shapes_{ciess::table_shape{train.users(), range},
                ciess::table_shape{train.items(), range}} {}
  std::span<const ciess::table_shape> shapes() const { return shapes_; }
  ciess::index_t parameters() const { return shapes_[1].rows; }
  ciess::normal_rows initializer(std::size_t) const { return {}; }
  void draw(std::span<float> parameters, const ciess::random_stream&) const {
    std::ranges::fill(parameters, 0.0F);
  }
  void changed(const ciess::model_weights<float>&) {}
  double loss_and_gradient(const ciess::model_weights<float>& w, const ciess::triples& batch,
                           double, const ciess::training_step&, ciess::model_gradient<float>& g) {
    double loss = 0;
    g.parameters.setZero();
    const float share = 1 / static_cast<float>(batch.size());
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const float margin = w.parameters[batch.positives[b]] - w.parameters[batch.negatives[b]];
      loss += static_cast<double>(share * ciess::bpr_loss(margin));
      g.parameters[batch.positives[b]] += share * ciess::bpr_slope(margin);
      g.parameters[batch.negatives[b]] -= share * ciess::bpr_slope(margin);
    }
    return loss;
  }
  void score(const ciess::model_weights<float>& w, ciess::index_t,
             ciess::basic_matrix_span<float> out) {
    out.rowwise() = w.parameters.transpose();
  }

 private:
  std::array<ciess::table_shape, 2> shapes_;
};
static_assert(ciess::bpr_network<popularity>);
static_assert(!ciess::vector_network<popularity> && !ciess::rotatable_network<popularity>);

// Near misses: one requirement less each.
struct without_defaults : popularity {
  using popularity::popularity;
  static constexpr int defaults = 0;
};
struct without_shapes : popularity {
  using popularity::popularity;
  void shapes() const {}
};
struct without_draw : popularity {
  using popularity::popularity;
  void draw() const {}
};
struct without_initializer : popularity {
  using popularity::popularity;
  int initializer(std::size_t) const { return 0; }
};
struct ignores_changes : popularity {
  using popularity::popularity;
  void changed() {}
};
struct hides_its_loss : popularity {
  using popularity::popularity;
  void loss_and_gradient(const ciess::model_weights<float>&, const ciess::triples&, double,
                         const ciess::training_step&, ciess::model_gradient<float>&) {}
};
struct scores_one_user : popularity {
  using popularity::popularity;
  void score(ciess::index_t) {}
};
struct made_of_nothing : popularity {
  made_of_nothing() : popularity(ciess::interactions{}, {}, {}) {}
};
static_assert(!ciess::bpr_network<without_defaults> && !ciess::bpr_network<without_shapes>);
static_assert(!ciess::bpr_network<without_draw> && !ciess::bpr_network<without_initializer>);
static_assert(!ciess::bpr_network<ignores_changes> && !ciess::bpr_network<hides_its_loss>);
static_assert(!ciess::bpr_network<scores_one_user> && !ciess::bpr_network<made_of_nothing>);
static_assert(!ciess::vector_network<ciess::neumf_network<float>>);

/// Its gradient is that of no row.
struct row_popularity : popularity {
  using popularity::popularity;
  bool learns_rows() const { return true; }
  double learn_rows(const ciess::model_weights<float>& w, const ciess::triples& batch,
                    ciess::model_gradient<float>& g) {
    return loss_and_gradient(w, batch, 0, {}, g);
  }
  void rows_changed() {}
};
struct does_not_say : row_popularity {
  using row_popularity::row_popularity;
  void learns_rows() const {}
};
struct learns_in_silence : row_popularity {
  using row_popularity::row_popularity;
  void learn_rows(const ciess::model_weights<float>&, const ciess::triples&,
                  ciess::model_gradient<float>&) {}
};
struct ignores_rows : row_popularity {
  using row_popularity::row_popularity;
  void rows_changed(int) {}
};
static_assert(ciess::row_network<row_popularity> && !ciess::row_network<popularity>);
static_assert(!ciess::row_network<does_not_say> && !ciess::row_network<learns_in_silence>);
static_assert(!ciess::row_network<ignores_rows>);

}  // namespace

TEST_CASE("a network of one's own is a backbone after a page of code", "[backbone]") {
  using model_type = ciess::bpr_recommender<popularity>;
  static_assert(ciess::restorable_backbone<model_type>);
  static_assert(ciess::fine_tunable_backbone<model_type>);
  static_assert(!ciess::inner_product_backbone<model_type>);
  static_assert(!ciess::rotatable_backbone<model_type>);
  const auto& data = support::small_data();
  typename model_type::options o;
  o.range = {1, 2};
  o.batch = 200;
  model_type model(data, o, 1);
  const double first = model.train(1);
  CHECK(first == Approx(std::log(2.0)));
  model.train(200);
  CHECK(model.train(10) < first);
  ciess::basic_matrix<float> scores(1, 30);
  model.score(4, scores);
  ciess::row_id most = 0;
  ciess::row_id least = 0;
  for (ciess::row_id i = 0; i < 30; ++i) {
    if (data.item_frequency(i) > data.item_frequency(most)) most = i;
    if (data.item_frequency(i) < data.item_frequency(least)) least = i;
  }
  CHECK(scores(0, most) > scores(0, least));
}

TEST_CASE("weights that can be turned have all their numbers, and these are some", "[backbone]") {
  ciess::model_weights<float> w;
  for (int t = 0; t < 2; ++t) w.tables.emplace_back(ciess::sizes(2, {1, 3}));
  w.parameters = ciess::basic_vector<float>::Ones(2);
  CHECK_NOTHROW(w.check_rotatable("turn"));
  w.parameters[1] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(w.check_rotatable("turn"), ContainsSubstring("a parameter is not finite"));
  w.tables[0][1][2] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(w.check_rotatable("turn"), ContainsSubstring("table 0 has a number"));
  CHECK_THROWS_AS(w.check_rotatable("turn"), ciess::numeric_error);
  w.tables[1].resize(ciess::sizes(2, {1, 3}, 1));
  CHECK_THROWS_WITH(w.check_rotatable("turn"), ContainsSubstring("table 1 keeps 2 of 6 numbers"));
  CHECK_THROWS_AS(w.check_rotatable("turn"), ciess::argument_error);
}
