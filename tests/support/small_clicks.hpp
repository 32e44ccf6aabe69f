// SPDX-License-Identifier: MIT
/// @file
/// Small made-up impressions and models on them, for tests that hold for every click model.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/embedding/assignment.hpp>

namespace support {

struct click_shape {
  ciess::index_t impressions = 300;
  bool features = true;
  bool pooled = true;
};

/// A user, an item, a weekday, a list of none to four genres and two numbers; labels by affinities
/// of users and items.
inline ciess::impressions made_clicks(const click_shape& shape, std::uint64_t seed = 7) {
  ciess::impressions::parts p;
  p.fields = {{"user", 30}, {"item", 20}, {"weekday", 3}};
  if (shape.pooled) {
    p.fields.insert(p.fields.begin() + 2, {"genres", 6, true});
    p.pooled.resize(1);
  }
  if (shape.features) p.features = {"price", "age"};
  p.numbers.resize(shape.impressions, shape.features ? 2 : 0);
  const ciess::random_stream stream(seed, ciess::purpose::user);
  for (ciess::index_t i = 0; i < shape.impressions; ++i) {
    auto engine = stream.at(0, static_cast<std::uint64_t>(i));
    const auto user = static_cast<ciess::row_id>(ciess::bounded(engine, 30));
    const auto item = static_cast<ciess::row_id>(ciess::bounded(engine, 20));
    const auto weekday = static_cast<ciess::row_id>(ciess::bounded(engine, 3));
    p.single.insert(p.single.end(), {user, item, weekday});
    if (shape.pooled) {
      for (auto left = ciess::bounded(engine, 5); left > 0; --left)
        p.pooled[0].values.push_back(static_cast<ciess::row_id>(ciess::bounded(engine, 6)));
      p.pooled[0].offsets.push_back(std::ssize(p.pooled[0].values));
    }
    for (ciess::index_t f = 0; f < p.numbers.cols(); ++f)
      p.numbers(i, f) = ciess::normal<float>(engine);
    const double affinity = 3 * std::sin(1.7 * user * item) + weekday - 1;
    p.labels.push_back(ciess::uniform01<double>(engine) < 1 / (1 + std::exp(-affinity)) ? 1 : 0);
  }
  return ciess::impressions(std::move(p));
}

inline const ciess::impressions& small_clicks() {
  static const ciess::impressions made = made_clicks({});
  return made;
}
/// More than a block of impressions, and no multiple of one.
inline const ciess::impressions& larger_clicks() {
  static const ciess::impressions made = made_clicks({.impressions = 1500});
  return made;
}

/// First weights large enough that log odds are far from 0, a penalty that matters, everything that
/// a network has switched on.
template <class Model>
typename Model::options small_click_options(int d_max = 6,
                                            const ciess::impressions& data = small_clicks()) {
  typename Model::options o;
  o.range = {1, d_max};
  o.batch = data.size() > 1000 ? 1000 : 64;
  o.penalty = 0.3;
  o.deviation = 0.5;
  o.rate.first = 0.01;
  if constexpr (requires { o.network.hidden; }) o.network.hidden = {9, 7};
  if constexpr (requires { o.network.bottom; }) o.network.bottom = {5};
  if constexpr (requires { o.network.dropout; }) o.network.dropout = 0.25;
  return o;
}
template <class Model>
Model small_click_model(int d_max = 6, std::uint64_t seed = 3,
                        const ciess::impressions& data = small_clicks()) {
  return Model(data, small_click_options<Model>(d_max, data), seed);
}

/// Log odds of all.
template <class Model>
auto predictions(Model& model, const ciess::impressions& shown = small_clicks()) {
  std::vector<typename Model::value_type> odds(static_cast<std::size_t>(shown.size()));
  model.predict(shown, odds);
  return odds;
}

}  // namespace support
