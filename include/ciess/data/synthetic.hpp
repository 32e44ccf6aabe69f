// SPDX-License-Identifier: MIT
/// @file
/// A made-up data set in which rows need embeddings of different sizes, and it is known which.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace ciess {

/// What `make_synthetic` makes. The defaults are for demonstrations and tests: small, but with the
/// long tails of a real catalogue, and clearly better predicted by factors than by popularity.
struct synthetic_options {
  index_t users = 2000;
  index_t items = 1500;
  index_t interactions = 100'000;  ///< about; from `users` to half of users * items
  int factors = 48;                ///< taste factors of the most popular rows, at least 1
  int fewest_factors = 2;          ///< and of the rarest, in [1, factors]
  double user_exponent = 0.7;      ///< activity of the r-th most active user ~ (r + 10)^-exponent
  double item_exponent = 0.9;      ///< popularity of the r-th most popular item, likewise
  double growth = 0.5;             ///< useful dimension ~ (popularity / largest popularity)^growth
  double taste = 3;  ///< standard deviation of a user's affinities: 0 is popularity alone
  std::uint64_t seed = 1;
};

/// The interactions, and for each row how many taste factors took part in making them: the
/// embedding size, up to a common factor, beyond which there is nothing to learn about that row.
struct synthetic_data {
  interactions data;
  std::vector<int> user_dimension;
  std::vector<int> item_dimension;
};

namespace detail {

inline void check_synthetic(const synthetic_options& o) {
  const auto fail = [](const char* what, const auto& got) {
    throw_error<argument_error>("make_synthetic: ", what, ", got ", got);
  };
  constexpr index_t most = 100'000'000;
  if (o.users < 1 || o.users > most) fail("users must be in [1, 10^8]", o.users);
  if (o.items < 2 || o.items > most) fail("items must be in [2, 10^8]", o.items);
  if (o.interactions < o.users || o.interactions > o.users * (o.items / 2))
    fail("interactions must be at least one and at most half of the items per user",
         o.interactions);
  if (o.factors < 1 || o.factors > 65535) fail("factors must be in [1, 65535]", o.factors);
  if (o.fewest_factors < 1 || o.fewest_factors > o.factors)
    fail("fewest_factors must be in [1, factors]", o.fewest_factors);
  for (const double x : {o.user_exponent, o.item_exponent, o.growth, o.taste})
    if (!(x >= 0 && x <= 100)) fail("exponents, growth and taste must be in [0, 100]", x);
}

/// Weights (r + 10)^-exponent of n rows, dealt to the rows at random; the largest is 1.
inline std::vector<double> power_law(index_t n, double exponent, random_engine engine) {
  std::vector<double> weight(static_cast<std::size_t>(n));
  for (std::size_t r = 0; r < weight.size(); ++r)
    weight[r] = std::pow(1 + static_cast<double>(r) / 10, -exponent);
  for (std::size_t r = weight.size(); r > 1; --r)
    std::swap(weight[r - 1], weight[bounded(engine, static_cast<std::uint32_t>(r))]);
  return weight;
}

/// Whole numbers in [1, most] that follow the weights and add up to about `total`.
inline std::vector<index_t> counts_by_weight(std::span<const double> weight, index_t total,
                                             index_t most) {
  std::vector<index_t> count(weight.size());
  double low = 0;
  double high = static_cast<double>(total) * 1e4;
  for (int step = 0; step < 100; ++step) {
    const double scale = (low + high) / 2;
    index_t sum = 0;
    for (std::size_t r = 0; r < weight.size(); ++r) {
      const double wanted = std::min(scale * weight[r], static_cast<double>(most));
      sum += count[r] = std::max<index_t>(1, static_cast<index_t>(std::llround(wanted)));
    }
    if (sum == total) break;
    (sum < total ? low : high) = scale;
  }
  return count;
}

/// Standard normal factors of each row, zero past the row's dimension. [rows, factors]
inline matrix taste_factors(std::span<const int> dimension, int factors, const random_stream& s) {
  matrix table = matrix::Zero(static_cast<index_t>(dimension.size()), factors);
  parallel_for(table.rows(), 256, [&](index_t first, index_t last) {
    for (index_t r = first; r < last; ++r) {
      auto engine = s.at(0, static_cast<std::uint64_t>(r));
      for (int k = 0; k < dimension[static_cast<std::size_t>(r)]; ++k) table(r, k) = normal(engine);
    }
  });
  return table;
}

}  // namespace detail

/// Draws a data set: popularity follows a power law on both sides; each row has a taste of as many
/// factors as its popularity earns, the first ones common to all rows; a user's items are drawn
/// without replacement with probability proportional to popularity * exp(taste * affinity),
/// affinity being the inner product with the user's factors scaled to unit length. The same at any
/// number of threads. O(users * items * factors)
/// @throws argument_error if an option is outside its stated range
[[nodiscard]] inline synthetic_data make_synthetic(const synthetic_options& o = {}) {
  detail::check_synthetic(o);
  const random_stream stream(o.seed, purpose::data);
  const auto activity = detail::power_law(o.users, o.user_exponent, stream.child(0).at(0));
  const auto popularity = detail::power_law(o.items, o.item_exponent, stream.child(1).at(0));
  const auto counts = detail::counts_by_weight(activity, o.interactions, o.items / 2);

  const auto dimension = [&](double share) {
    const auto d = std::llround(o.factors * std::pow(share, o.growth));
    return std::clamp(static_cast<int>(d), o.fewest_factors, o.factors);
  };
  synthetic_data made;
  for (const double a : activity) made.user_dimension.push_back(dimension(a));
  for (const double p : popularity) made.item_dimension.push_back(dimension(p));

  matrix users = detail::taste_factors(made.user_dimension, o.factors, stream.child(2));
  users.rowwise().normalize();
  const matrix items = detail::taste_factors(made.item_dimension, o.factors, stream.child(3));
  std::vector<float> log_popularity(popularity.size());
  std::ranges::transform(popularity, log_popularity.begin(),
                         [](double p) { return static_cast<float>(std::log(p)); });

  std::vector<std::size_t> offset(counts.size() + 1, 0);
  for (std::size_t u = 0; u < counts.size(); ++u)
    offset[u + 1] = offset[u] + static_cast<std::size_t>(counts[u]);
  std::vector<interaction> pairs(offset.back());
  const auto choices = stream.child(4);
  // Drawing k without replacement = the k largest of log weight + Gumbel noise.
  // Source: Vieira, "Gumbel-max trick and weighted reservoir sampling", 2014.
  parallel_for(o.users, 16, [&](index_t first, index_t last) {
    Eigen::VectorXf key(o.items);
    std::vector<row_id> order(static_cast<std::size_t>(o.items));
    for (index_t u = first; u < last; ++u) {
      key.noalias() = items * users.row(u).transpose();
      auto engine = choices.at(0, static_cast<std::uint64_t>(u));
      for (index_t i = 0; i < o.items; ++i) {
        const double uniform = (engine() + 0.5) * 0x1p-32;
        key[i] = static_cast<float>(o.taste) * key[i] +
                 log_popularity[static_cast<std::size_t>(i)] -
                 static_cast<float>(std::log(-std::log(uniform)));
      }
      std::iota(order.begin(), order.end(), row_id{0});
      const auto row = static_cast<std::size_t>(u);
      const auto chosen = static_cast<std::ptrdiff_t>(counts[row]);
      std::ranges::nth_element(order, order.begin() + chosen, [&](row_id a, row_id b) {
        return key[a] != key[b] ? key[a] > key[b] : a < b;
      });
      for (std::ptrdiff_t k = 0; k < chosen; ++k)
        pairs[offset[row] + static_cast<std::size_t>(k)] = {static_cast<row_id>(u),
                                                            order[static_cast<std::size_t>(k)]};
    }
  });
  made.data = interactions(o.users, o.items, pairs);
  return made;
}

}  // namespace ciess
