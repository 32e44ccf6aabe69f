// SPDX-License-Identifier: MIT
#include <ciess/backbone/network.hpp>
// its own header first
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/recommender.hpp>

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
