// SPDX-License-Identifier: MIT
/// @file
/// fastText (Bojanowski et al., 2016; Debian: libfasttext-dev) as a recommender: a user is the
/// text, the items are its labels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include <fasttext/densematrix.h>
#include <fasttext/loss.h>
#include <fasttext/model.h>
#include <fasttext/vector.h>

#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>

namespace foreign {

/// A table of fastText's whose rows own their first numbers only: what its trainer reads and writes
/// goes through these four.
class sized_matrix : public fasttext::DenseMatrix {
 public:
  sized_matrix(ciess::index_t rows, int columns)
      : DenseMatrix(rows, columns), size_(static_cast<std::size_t>(rows), columns) {}

  void resize(const ciess::sizes& to) {
    for (std::size_t r = 0; r < size_.size(); ++r) size_[r] = to[ciess::row_id(r)];
    clear();
  }
  /// What a row does not own is zero.
  void clear() {
    for (std::size_t r = 0; r < size_.size(); ++r)
      std::fill(row(std::int64_t(r)) + size_[r], row(std::int64_t(r)) + n_, 0.0F);
  }

  [[nodiscard]] float dotRow(const fasttext::Vector& v, std::int64_t r) const override {
    return kept(r).dot(head(v, r));
  }
  void addVectorToRow(const fasttext::Vector& v, std::int64_t r, float a) override {
    Eigen::Map<Eigen::VectorXf>(row(r), size(r)) += a * head(v, r);
  }
  void addRowToVector(fasttext::Vector& v, std::int32_t r) const override {
    addRowToVector(v, r, 1);
  }
  void addRowToVector(fasttext::Vector& v, std::int32_t r, float a) const override {
    Eigen::Map<Eigen::VectorXf>(v.data(), size(r)) += a * kept(r);
  }

 private:
  [[nodiscard]] int size(std::int64_t r) const { return size_[static_cast<std::size_t>(r)]; }
  [[nodiscard]] float* row(std::int64_t r) { return data() + r * n_; }
  [[nodiscard]] const float* row(std::int64_t r) const { return data() + r * n_; }
  using numbers = Eigen::Map<const Eigen::VectorXf>;
  [[nodiscard]] numbers kept(std::int64_t r) const { return {row(r), size(r)}; }
  [[nodiscard]] numbers head(const fasttext::Vector& v, std::int64_t r) const {
    return {v.data(), size(r)};
  }

  std::vector<int> size_;
};

/// Training with fastText's own loss and update as a `backbone`: logistic loss of a pair that was
/// seen and of items drawn in its place (Mikolov et al., 2013). A step is so many pairs, in an
/// order that is drawn for each epoch.
class sized_fasttext {
 public:
  struct options {
    int factors = 32;
    int negatives = 5;    // fastText's default
    float rate = 0.05F;   // fastText's default of `skipgram`; stays as it is
    int pairs = 100'000;  // of a step
  };

  sized_fasttext(const ciess::interactions& train, const options& how, std::uint64_t seed)
      : how_{how},
        shapes_{{train.users(), {1, how.factors}}, {train.items(), {1, how.factors}}},
        parts_{std::make_unique<parts>(train, how)} {
    for (ciess::row_id u = 0; u < train.users(); ++u)
      for (const ciess::row_id i : train.items_of(u)) pairs_.push_back({u, i});
    reset(seed);
  }

  [[nodiscard]] ciess::index_t users() const { return shapes_[0].rows; }
  [[nodiscard]] ciess::index_t items() const { return shapes_[1].rows; }
  [[nodiscard]] const std::vector<ciess::table_shape>& shapes() const { return shapes_; }

  void reset(std::uint64_t seed) {
    parts& p = *parts_;
    const auto drawn = static_cast<std::int32_t>(seed % 1'000'000);
    p.users->uniform(1.0F / float(how_.factors), 1, drawn);
    p.items->zero();
    p.users->clear();
    seed_ = seed;
    draw_anew();
  }
  void resize(const ciess::assignment& sizes) {
    ciess::check_shapes("sized_fasttext", shapes_, sizes);
    parts_->users->resize(sizes[0]);
    parts_->items->resize(sizes[1]);
  }
  double train(int steps) {
    parts& p = *parts_;
    double loss = 0;
    for (int s = 0; s < steps; ++s)
      for (int n = 0; n < how_.pairs; ++n) {
        if (next_ == pairs_.size()) {
          std::shuffle(pairs_.begin(), pairs_.end(), random_);
          next_ = 0;
        }
        text_[0] = pairs_[next_].user;
        label_[0] = pairs_[next_].item;
        ++next_;
        p.model.update(text_, label_, 0, how_.rate, p.state);
      }
    loss = p.state.getLoss();  // the mean since the beginning
    return loss;
  }
  void score(ciess::index_t first, ciess::matrix_span out) const {
    out.noalias() = user_vectors().middleRows(first, out.rows()) * item_vectors().transpose();
  }
  // Two members more, and ranking is quick.
  [[nodiscard]] Eigen::Map<const ciess::matrix> user_vectors() const {
    return view(*parts_->users);
  }
  [[nodiscard]] Eigen::Map<const ciess::matrix> item_vectors() const {
    return view(*parts_->items);
  }
  // And two, and it starts warm: turned onto principal axes, as its score is an inner product.
  // There is no optimiser to forget, but what is drawn begins anew.
  [[nodiscard]] Eigen::Map<const ciess::matrix> rows_of(std::size_t t) const {
    return view(t == 0 ? *parts_->users : *parts_->items);
  }
  void set_rows(std::size_t t, const ciess::matrix_view& rows) {
    sized_matrix& to = t == 0 ? *parts_->users : *parts_->items;
    Eigen::Map<ciess::matrix>(to.data(), to.rows(), to.cols()) = rows;
    draw_anew();
  }

 private:
  struct pair {
    ciess::row_id user, item;
    friend auto operator<=>(const pair&, const pair&) = default;
  };
  /// fastText's parts hold references to each other: they stay where they are.
  struct parts {
    parts(const ciess::interactions& train, const options& how)
        : users{std::make_shared<sized_matrix>(train.users(), how.factors)},
          items{std::make_shared<sized_matrix>(train.items(), how.factors)},
          labels{items},
          loss{std::make_shared<fasttext::NegativeSamplingLoss>(labels, how.negatives,
                                                                counts(train))},
          model{users, labels, loss, false},
          state{how.factors, std::int32_t(train.items()), 0} {}
    /// An item that was never seen is drawn as one that was seen once.
    static std::vector<std::int64_t> counts(const ciess::interactions& train) {
      std::vector<std::int64_t> n;
      for (ciess::row_id i = 0; i < train.items(); ++i)
        n.push_back(std::max<std::int64_t>(1, std::int64_t(train.item_frequency(i))));
      return n;
    }
    std::shared_ptr<sized_matrix> users, items;
    std::shared_ptr<fasttext::Matrix> labels;
    std::shared_ptr<fasttext::Loss> loss;
    fasttext::Model model;
    fasttext::Model::State state;
  };
  void draw_anew() {
    const auto drawn = static_cast<std::int32_t>(seed_ % 1'000'000);
    parts_->state = fasttext::Model::State(how_.factors, std::int32_t(items()), drawn + 1);
    random_.seed(seed_);
    std::ranges::sort(pairs_);
    next_ = pairs_.size();
  }
  static Eigen::Map<const ciess::matrix> view(const sized_matrix& m) {
    return {m.data(), m.rows(), m.cols()};
  }

  options how_;
  std::vector<ciess::table_shape> shapes_;
  std::unique_ptr<parts> parts_;
  std::vector<pair> pairs_;
  std::vector<std::int32_t> text_{0}, label_{0};
  std::size_t next_ = 0;
  std::uint64_t seed_ = 0;
  std::mt19937_64 random_;
};
static_assert(ciess::inner_product_backbone<sized_fasttext> &&
              ciess::turnable_tables<sized_fasttext>);

}  // namespace foreign
