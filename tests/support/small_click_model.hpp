// SPDX-License-Identifier: MIT
/// @file
/// Made-up impressions, and a factorisation machine in few lines to search sizes of.
#pragma once

#include <ciess/core/fields.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/nn/learning_rate.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// A user, an item that some are shown more often than others, and the item's genres, which are
/// pooled; clicked by the laws of vectors of three numbers.
/// @param feature  whether there is a number beside them, too
inline ciess::impressions made_up_clicks(std::size_t n, std::uint64_t seed, bool feature = false) {
  constexpr int users = 40, items = 30, genres = 8, wide = 3;
  const ciess::random_stream stream(11, ciess::purpose::user);
  const auto vectors = [&](int rows, std::uint64_t which) {
    ciess::matrix m(rows, wide);
    auto engine = stream.at(1, which);
    for (ciess::index_t i = 0; i < m.size(); ++i) m.data()[i] = ciess::normal(engine);
    return m;
  };
  const ciess::matrix of_users = vectors(users, 0), of_items = vectors(items, 1);
  ciess::impressions::parts p;
  p.fields = {{"user", users, false}, {"item", items, false}, {"genres", genres, true}};
  p.pooled.resize(1);
  if (feature) {
    p.features = {"price"};
    p.numbers.resize(static_cast<ciess::index_t>(n), 1);
  }
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  for (std::size_t i = 0; i < n; ++i) {
    const auto user = static_cast<ciess::row_id>(ciess::bounded(engine, users));
    const float u = ciess::uniform01(engine);
    const auto item = static_cast<ciess::row_id>(u * u * (items - 1));
    p.single.push_back(user);
    p.single.push_back(item);
    for (ciess::row_id g = 0; g < item % 3; ++g)
      p.pooled[0].values.push_back((item + 3 * g) % genres);
    p.pooled[0].offsets.push_back(std::ssize(p.pooled[0].values));
    float odds = of_users.row(user).dot(of_items.row(item));
    if (feature) {
      const float x = ciess::normal(engine);
      p.numbers(static_cast<ciess::index_t>(i), 0) = x;
      odds += x;
    }
    p.labels.push_back(ciess::uniform01(engine) < 1 / (1 + std::exp(-odds)) ? 1 : 0);
  }
  return ciess::impressions(std::move(p));
}

/// Factorisation machine without a first order: gradient steps on single impressions.
class small_fm {
 public:
  struct state {
    std::vector<ciess::matrix> rows;
    float bias = 0;
    std::int64_t taken = 0;

    template <class F>
    void visit(F& f) {
      for (std::size_t t = 0; t < rows.size(); ++t) {
        const std::string name = "weights" + std::to_string(t);
        const std::span<float> all(rows[t].data(), static_cast<std::size_t>(rows[t].size()));
        f(name, all);
        f.check(name, ciess::detail::all_finite(all), "finite numbers");
      }
      f("bias", bias);
      f("taken", taken);
    }
  };

  /// @param features  whether it has a table of the features, else it does not look at them
  explicit small_fm(const ciess::impressions& train, bool features = false, int d_max = 6)
      : train_{&train} {
    for (const auto& field : train.fields()) shapes_.push_back({field.rows, {1, d_max}});
    if (features) shapes_.push_back({std::ssize(train.features()), {1, d_max}});
    features_ = features;
    sizes_ = ciess::assignment(shapes_);
    for (const auto& s : shapes_) now_.rows.emplace_back(ciess::matrix::Zero(s.rows, d_max));
  }
  const std::vector<ciess::table_shape>& shapes() const { return shapes_; }
  void reset(std::uint64_t seed) {
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      auto engine = ciess::random_stream(seed, ciess::purpose::user).at(t);
      for (ciess::index_t i = 0; i < now_.rows[t].size(); ++i)
        now_.rows[t].data()[i] = 0.2F * ciess::normal(engine);
    }
    now_.bias = 0;
    now_.taken = 0;
    cut();
  }
  void resize(const ciess::assignment& a) {
    ciess::check_shapes("small_fm", shapes_, a);
    sizes_ = a;
    cut();
  }
  double train(int steps) {
    for (; steps > 0; --steps, ++now_.taken)
      for (int b = 0; b < 100; ++b) learn((now_.taken * 100 + b) % train_->size());
    return 0;
  }
  void predict(const ciess::impressions& shown, std::span<float> log_odds) {
    for (ciess::index_t i = 0; i < shown.size(); ++i)
      log_odds[static_cast<std::size_t>(i)] = odds_of(shown, i);
  }
  state snapshot() const { return now_; }
  void restore(const state& s) {
    now_ = s;
    sizes_ = ciess::assignment(shapes_);
  }
  void restart(const ciess::learning_rate& rate) { rate_ = static_cast<float>(rate.first); }
  const ciess::matrix& rows_of(std::size_t t) const { return now_.rows[t]; }
  void set_rows(std::size_t t, const ciess::matrix_view& rows) { now_.rows[t] = rows; }
  /// Only inner products count.
  static constexpr bool rotates = true;
  static std::size_t axes_group(std::size_t) { return 0; }

 private:
  /// Sums what impression i shows into `sum_`, the mean of what it pools.
  float odds_of(const ciess::impressions& shown, ciess::index_t i) {
    float squares = 0;
    sum_.setZero(1, now_.rows[0].cols());
    each(shown, i, [&](auto add) {
      slot_.setZero(1, sum_.cols());
      add([&](std::size_t t, ciess::index_t r, float weight) {
        slot_ += weight * now_.rows[t].row(r);
      });
      squares += slot_.squaredNorm();
      sum_ += slot_;
    });
    return now_.bias + 0.5F * (sum_.squaredNorm() - squares);
  }
  void learn(ciess::index_t i) {
    const float odds = odds_of(*train_, i);
    const float slope = 1 / (1 + std::exp(-odds)) -
                        static_cast<float>(train_->labels()[static_cast<std::size_t>(i)]);
    now_.bias -= rate_ * slope;
    const ciess::matrix sum = sum_;
    each(*train_, i, [&](auto add) {
      slot_.setZero(1, sum.cols());
      add([&](std::size_t t, ciess::index_t r, float weight) {
        slot_ += weight * now_.rows[t].row(r);
      });
      add([&](std::size_t t, ciess::index_t r, float weight) {
        const auto kept = sizes_[t][r];
        now_.rows[t].row(r).head(kept) -= rate_ * slope * weight * (sum - slot_).row(0).head(kept);
      });
    });
  }
  /// Calls `f(add)` for each slot, where `add(g)` calls g(table, row, weight) for each of its rows.
  template <class F>
  void each(const ciess::impressions& shown, ciess::index_t i, F&& f) const {
    for (std::size_t k = 0; k < shown.fields().size(); ++k) {
      const auto values = shown.values(i, k);
      f([&](auto&& g) {
        for (const auto r : values) g(k, r, 1 / static_cast<float>(values.size()));
      });
    }
    if (!features_) return;
    for (ciess::index_t r = 0; r < shown.numbers().cols(); ++r)
      f([&](auto&& g) { g(shown.fields().size(), r, shown.numbers()(i, r)); });
  }
  void cut() {
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      for (ciess::index_t r = 0; r < now_.rows[t].rows(); ++r)
        for (ciess::index_t j = sizes_[t][r]; j < now_.rows[t].cols(); ++j) now_.rows[t](r, j) = 0;
  }

  const ciess::impressions* train_;
  bool features_ = false;
  std::vector<ciess::table_shape> shapes_;
  ciess::assignment sizes_;
  state now_;
  float rate_ = 0.05F;
  ciess::matrix sum_, slot_;
};

}  // namespace support
