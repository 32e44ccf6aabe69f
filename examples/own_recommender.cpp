// A recommender of one's own, a plain factorisation trained by gradient descent, searched for
// sizes. What the search needs of it are the seven members of `ciess::backbone`; how it stores and
// trains is its own affair.
#include <cstdio>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/search.hpp>

namespace {

class my_recommender {
 public:
  explicit my_recommender(const ciess::interactions& train)
      : train_{&train},
        shapes_{{train.users(), {1, 16}}, {train.items(), {1, 16}}},
        sizes_{shapes_} {
    for (auto& m : factors_) m.resize(0, 0);
    reset(1);
  }

  // What a size search asks for.
  ciess::index users() const { return shapes_[0].rows; }
  ciess::index items() const { return shapes_[1].rows; }
  const std::vector<ciess::table_shape>& shapes() const { return shapes_; }
  void reset(std::uint64_t seed) {
    auto draw = ciess::random_stream(seed, ciess::purpose::user).at(0);
    for (int t = 0; t < 2; ++t)
      factors_[t] = ciess::matrix::NullaryExpr(shapes_[static_cast<std::size_t>(t)].rows, 16,
                                               [&] { return 0.1F * ciess::normal(draw); });
    steps_ = 0;
    cut();
  }
  void resize(const ciess::assignment& sizes) {
    ciess::check_shapes("my_recommender", shapes_, sizes);
    sizes_ = sizes;
    cut();
  }
  double train(int epochs) {  // a step of ours is a pass over the data
    double loss = 0;
    for (int e = 0; e < epochs; ++e, ++steps_) {
      auto draw =
          ciess::random_stream(7, ciess::purpose::user).at(static_cast<std::uint64_t>(steps_), 1);
      for (ciess::row_id u = 0; u < users(); ++u)
        for (const ciess::row_id i : train_->items_of(u)) {
          loss += learn(u, i, 1);
          loss += learn(
              u,
              static_cast<ciess::row_id>(ciess::bounded(draw, static_cast<std::uint32_t>(items()))),
              0);
        }
      cut();
    }
    return loss / (2.0 * static_cast<double>(train_->size()) * std::max(epochs, 1));
  }
  void score(ciess::index first, ciess::matrix_span out) const {
    out.noalias() = factors_[0].middleRows(first, out.rows()) * factors_[1].transpose();
  }

 private:
  double learn(ciess::row_id u, ciess::row_id i, float target) {
    const float error = target - factors_[0].row(u).dot(factors_[1].row(i));
    const Eigen::RowVectorXf user = factors_[0].row(u);
    factors_[0].row(u) += 0.05F * (error * factors_[1].row(i) - 0.01F * user);
    factors_[1].row(i) += 0.05F * (error * user - 0.01F * factors_[1].row(i));
    return static_cast<double>(error * error);
  }
  void cut() {  // every row keeps its first numbers
    for (std::size_t t = 0; t < 2; ++t)
      for (ciess::index r = 0; r < shapes_[t].rows; ++r)
        factors_[t].row(r).tail(16 - sizes_[t][r]).setZero();
  }

  const ciess::interactions* train_;
  std::vector<ciess::table_shape> shapes_;
  ciess::assignment sizes_;
  ciess::matrix factors_[2];
  int steps_ = 0;
};
static_assert(ciess::backbone<my_recommender>);

}  // namespace

int main() {
  const auto made =
      ciess::make_synthetic({.users = 300, .items = 200, .interactions = 9000, .factors = 8});
  const auto parts = ciess::split_interactions(made.data, {}, 1);

  ciess::recommender_environment<my_recommender>::options how;
  how.steps = 8;
  how.full = {.every = 4, .patience = 2, .max_steps = 40};
  ciess::recommender_environment environment(my_recommender(parts.train), parts.train,
                                             parts.validation, how);

  ciess::search_options<> search;
  search.budgets = {0.7};
  search.episodes = 3;
  search.steps = 5;
  search.policy.hidden = {32, 32};
  search.policy.batch = 256;
  search.shapes = {{"equal", ciess::equal_proposal(environment.shapes())}};
  search.guide = {.blend = 0.5, .tilt = 0.2};
  const auto found = ciess::search(environment, search);

  const auto& best = found.best[0].front();
  std::printf("full tables: %.4f with %lld numbers\n", found.peak.quality,
              static_cast<long long>(best.sizes.dense()));
  std::printf("70 %% removed: %.4f with %lld numbers, %.1f per user, %.1f per item (%s)\n",
              best.quality, static_cast<long long>(best.sizes.total()),
              double(best.sizes[0].total()) / double(best.sizes[0].rows()),
              double(best.sizes[1].total()) / double(best.sizes[1].rows()), best.origin.c_str());
  return best.sizes.sparsity() >= 0.7 && best.quality > 0 ? 0 : 1;
}
