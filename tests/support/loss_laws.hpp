// SPDX-License-Identifier: MIT
/// @file
/// What must hold of every loss beside a network (`vector_loss`).
#pragma once

#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/nn/gradient_check.hpp>
#include <ciess/nn/loss.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace support {

/// Two tables of vectors under a loss, in the shape that `check_gradients` wants.
template <class Loss>
class vectors_under_loss {
 public:
  using number = typename Loss::value_type;
  using table = ciess::basic_matrix<number>;

  vectors_under_loss(const ciess::interactions& data, const typename Loss::options& o,
                     ciess::triples triples, ciess::index_t width, double deviation = 0.7)
      : loss(data, o), batch(std::move(triples)), columns(width) {
    for (std::size_t t = 0; t < 2; ++t) {
      const auto count = t == 0 ? data.users() : data.items();
      vectors[t] = table::Zero(count, width + 2);  // two columns that take no part
      slopes[t] = table::Constant(count, width + 2, 9);
      const ciess::random_stream stream(4, ciess::purpose::user);
      for (ciess::index_t r = 0; r < count; ++r) {
        auto engine = stream.at(t, static_cast<std::uint64_t>(r));
        for (ciess::index_t k = 0; k < width; ++k)
          vectors[t](r, k) = static_cast<number>(deviation * ciess::normal<double>(engine));
      }
    }
  }

  double differentiate() {
    rows.clear(vectors[0].rows(), vectors[1].rows());
    loss.begin(batch, ciess::random_stream(6, ciess::purpose::candidates), step, rows);
    return loss(batch, {&vectors[0], &vectors[1]}, {&slopes[0], &slopes[1]}, columns);
  }
  template <class Visitor>
  void visit_parameters(Visitor&& visitor) {
    for (std::size_t t = 0; t < 2; ++t)
      for (ciess::index_t r = 0; r < vectors[t].rows(); ++r)
        visitor(
            std::string_view(t == 0 ? "user" : "item"),
            std::span<number>(vectors[t].row(r).data(), static_cast<std::size_t>(columns)),
            std::span<const number>(slopes[t].row(r).data(), static_cast<std::size_t>(columns)));
  }

  Loss loss;
  ciess::triples batch;
  ciess::index_t columns;
  std::uint64_t step = 3;
  ciess::named_rows rows;
  std::array<table, 2> vectors, slopes;
};

/// A batch of `size` triples of the data: with repeated users and positives if it is large.
inline ciess::triples batch_of(const ciess::interactions& data, std::size_t size) {
  ciess::triple_sampler sampler(data);
  ciess::triples t;
  sampler.draw(ciess::random_stream(5, ciess::purpose::batches), 0, size, t);
  return t;
}

/// ThreadSanitizer has nothing to find where there is no pool of threads, and takes ten times as
/// long to look for it; all other builds check everything.
#if defined(__SANITIZE_THREAD__)
constexpr bool threads_alone = true;
#elif defined(__has_feature)
constexpr bool threads_alone = __has_feature(thread_sanitizer);
#else
constexpr bool threads_alone = false;
#endif

/// @tparam Loss  of double: of others gradients cannot be compared
template <ciess::vector_loss Loss>
void check_loss(const typename Loss::options& o) {
  const auto& data = small_data();
  const auto batch = batch_of(data, 90);  // users come twice

  {  // The same again, by a copy, and at two threads; another step may draw others.
    vectors_under_loss<Loss> model(larger_data(), o, batch_of(larger_data(), 700), 7);
    const double loss = model.differentiate();
    const auto slopes = model.slopes;
    const auto same = [&](auto& other) {
      CHECK(other.differentiate() == loss);
      for (std::size_t t = 0; t < 2; ++t) CHECK(other.slopes[t] == slopes[t]);
    };
    same(model);
    ++model.step;
    CHECK(std::isfinite(model.differentiate()));
    --model.step;
    auto copy = model;
    same(copy);
    const ciess::threads pool(2);
    same(model);
  }
  if (threads_alone) return;
  {  // Slopes are those of the loss, in all rows.
    vectors_under_loss<Loss> model(data, o, batch, 5);
    const auto found = ciess::check_gradients(model, {.step = 1e-5});
    CAPTURE(found.where, found.gradient, found.difference);
    CHECK(found.checked == static_cast<std::size_t>(5 * (data.users() + data.items())));
    CHECK(found.largest > 1e-3);
    CHECK(found.worst < 2e-6);
    for (std::size_t t = 0; t < 2; ++t)  // columns that take no part are not written
      CHECK((model.slopes[t].rightCols(2).array() == 9).all());
  }
  {  // What was not named is not read, and has no slope.
    vectors_under_loss<Loss> model(data, o, batch_of(data, 4), 5);
    const double loss = model.differentiate();
    const auto slopes = model.slopes;
    for (std::size_t t = 0; t < 2; ++t)
      for (ciess::index_t r = 0; r < model.vectors[t].rows(); ++r)
        if (!model.rows.contains(t, static_cast<ciess::row_id>(r))) {
          CHECK(model.slopes[t].row(r).head(5).isZero(0));
          model.vectors[t].row(r).head(5).setConstant(1e6);
        }
    CHECK(model.differentiate() == loss);
    for (std::size_t t = 0; t < 2; ++t) CHECK(model.slopes[t] == slopes[t]);
    // Whoever is in the batch is counted.
    ciess::index_t users = 0;
    for (ciess::index_t r = 0; r < data.users(); ++r) users += model.loss.count(0, r);
    CHECK(users == 4);
    for (const auto i : model.batch.positives) CHECK(model.loss.count(1, i) > 0);
  }
  {  // Nothing costs nothing.
    vectors_under_loss<Loss> model(data, o, {}, 5);
    CHECK(model.differentiate() == 0);
    for (std::size_t t = 0; t < 2; ++t) CHECK(model.slopes[t].leftCols(5).isZero(0));
  }
  {  // Batches and shapes that do not fit are refused.
    vectors_under_loss<Loss> model(data, o, batch, 5);
    model.batch.users[7] = 40;
    CHECK_THROWS_WITH(model.differentiate(), ContainsSubstring("triple 7"));
    model.batch = batch;
    model.batch.positives[3] = -1;
    CHECK_THROWS_AS(model.differentiate(), ciess::argument_error);
    model.batch.positives.pop_back();
    CHECK_THROWS_AS(model.differentiate(), ciess::argument_error);
    model.batch = batch;
    model.columns = 8;
    CHECK_THROWS_AS(model.differentiate(), ciess::argument_error);
    model.columns = 5;
    model.slopes[1].resize(30, 3);
    CHECK_THROWS_AS(model.differentiate(), ciess::argument_error);
  }
  {  // Vectors that no product can hold are told by a loss that is no number, small ones are none.
    vectors_under_loss<Loss> model(data, o, batch, 5, 1e-12);
    CHECK(std::isfinite(model.differentiate()));
    for (std::size_t t = 0; t < 2; ++t) CHECK(model.slopes[t].allFinite());
    // Whoever's vector it is, of any example.
    for (std::size_t b = 0; b < batch.size(); ++b)
      for (double* const number :
           {&model.vectors[0](batch.users[b], 1), &model.vectors[1](batch.positives[b], 3)}) {
        const double kept = std::exchange(*number, std::numeric_limits<double>::quiet_NaN());
        CHECK_FALSE(std::isfinite(model.differentiate()));
        *number = kept;
      }
    CHECK(std::isfinite(model.differentiate()));
  }
  {  // Scores far apart do not overflow.
    vectors_under_loss<Loss> model(data, o, batch, 5, 1e5);
    CHECK(std::isfinite(model.differentiate()));
    for (std::size_t t = 0; t < 2; ++t) CHECK(model.slopes[t].allFinite());
  }
}

}  // namespace support
