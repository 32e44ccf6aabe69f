// SPDX-License-Identifier: MIT
/// @file
/// Made-up impressions in which rows need embeddings of different sizes, and it is known which.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/text.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/data/loaded_impressions.hpp>
#include <ciess/data/synthetic.hpp>

namespace ciess {

/// A field of made-up impressions.
struct synthetic_click_field {
  std::string name;
  index_t rows = 2;
  int factors = 1;        ///< of the most frequent row, at least 1
  double exponent = 0.8;  ///< frequency of the r-th most frequent row ~ (r + 10)^-exponent
  int most_values = 1;    ///< above 1: pooled, an impression has 1 to so many values
};

/// What `make_impressions` makes. The defaults are for demonstrations and tests: small, with fields
/// of very different kinds, and clearly better predicted by products of rows than by rows alone.
struct synthetic_click_options {
  std::vector<synthetic_click_field> fields{
      {.name = "user", .rows = 2000, .factors = 16, .exponent = 1.2},
      {.name = "item", .rows = 500, .factors = 16, .exponent = 1.2},
      {.name = "city", .rows = 100, .factors = 16, .exponent = 1},
      {.name = "topic", .rows = 20, .factors = 16, .exponent = 0.5},
      {.name = "hour", .rows = 24, .factors = 8, .exponent = 0.3},
      {.name = "device", .rows = 3, .factors = 2, .exponent = 0.3}};
  index_t impressions = 60'000;
  double growth = 0.5;   ///< useful dimension ~ (frequency / largest of the field)^growth
  double taste = 2.5;    ///< deviation of the sum of all products of rows, about
  double lean = 0.5;     ///< deviation of the sum of what rows say alone
  double odds = -1;      ///< log odds to begin with
  int features = 0;      ///< numeric ones, standard normal, each with a weight of its own
  double missing = 0.1;  ///< share of their values that is missing
  std::uint64_t seed = 1;
};

/// The impressions, and for each row of each field how many factors took part in making them: the
/// embedding size, up to a common factor, beyond which there is nothing to learn about that row.
/// Row r is called r.
struct synthetic_clicks {
  loaded_impressions loaded;
  std::vector<std::vector<int>> dimensions;  ///< of each field
};

namespace detail {

inline void check_synthetic_clicks(const synthetic_click_options& o) {
  const auto fail = [](const auto&... parts) {
    throw_error<argument_error>("make_impressions: ", parts...);
  };
  if (o.fields.empty()) fail("expected at least one field");
  if (o.impressions < 2 || o.impressions > 1'000'000'000)
    fail("impressions must be in [2, 10^9], got ", o.impressions);
  for (std::size_t k = 0; k < o.fields.size(); ++k) {
    const synthetic_click_field& f = o.fields[k];
    if (f.name.empty()) fail("expected a name of field ", k);
    for (std::size_t other = 0; other < k; ++other)
      if (o.fields[other].name == f.name) fail("two fields are named ", f.name);
    if (f.rows < 1 || f.rows > 100'000'000)
      fail("rows of field ", f.name, " must be in [1, 10^8], got ", f.rows);
    if (f.factors < 1 || f.factors > 65535)
      fail("factors of field ", f.name, " must be in [1, 65535], got ", f.factors);
    if (f.most_values < 1 || f.most_values > 1000)
      fail("values of field ", f.name, " must be in [1, 1000], got ", f.most_values);
    if (!(f.exponent >= 0 && f.exponent <= 100))
      fail("exponent of field ", f.name, " must be in [0, 100], got ", f.exponent);
  }
  for (const double x : {o.growth, o.taste, o.lean})
    if (!(x >= 0 && x <= 100)) fail("growth, taste and lean must be in [0, 100], got ", x);
  if (!(std::abs(o.odds) <= 100)) fail("odds must be in [-100, 100], got ", o.odds);
  if (o.features < 0 || o.features > 1000) fail("features must be in [0, 1000], got ", o.features);
  if (!(o.missing >= 0 && o.missing < 1)) fail("missing must be in [0, 1), got ", o.missing);
}

/// The true model: rows of unit length in expectation over as many first factors as they have.
struct click_truth {
  std::vector<std::vector<double>> cumulated;  ///< frequencies of each field, summed up
  std::vector<basic_matrix<double>> factors;   ///< of each field [rows, largest dimension]
  std::vector<std::vector<double>> alone;      ///< of each field and row: its own log odds
  std::vector<double> weights;                 ///< of features
  double scale = 1;                            ///< of products
};

inline click_truth make_click_truth(const synthetic_click_options& o,
                                    std::vector<std::vector<int>>& dimensions) {
  const random_stream stream(o.seed, purpose::data);
  const auto count = static_cast<double>(o.fields.size());
  click_truth truth;
  int most = 1;
  for (const auto& f : o.fields) most = std::max(most, f.factors);
  double products = 0;  // variance of their sum
  std::vector<std::vector<double>> share;
  for (std::size_t k = 0; k < o.fields.size(); ++k) {
    const synthetic_click_field& f = o.fields[k];
    const random_stream own = stream.child(100 + k);
    share.push_back(power_law(f.rows, f.exponent, own.at(0)));
    auto& cumulated = truth.cumulated.emplace_back();
    auto& dimension = dimensions.emplace_back();
    auto& alone = truth.alone.emplace_back();
    basic_matrix<double>& factors = truth.factors.emplace_back();
    factors.setZero(f.rows, most);
    double sum = 0;
    for (index_t r = 0; r < f.rows; ++r) {
      const double weight = share[k][static_cast<std::size_t>(r)];
      cumulated.push_back(sum += weight);
      const auto wanted = std::llround(f.factors * std::pow(weight, o.growth));
      dimension.push_back(std::clamp(static_cast<int>(wanted), 1, f.factors));
      auto engine = own.at(1, static_cast<std::uint64_t>(r));
      alone.push_back(o.lean / std::sqrt(count) * normal<double>(engine));
      for (int d = 0; d < dimension.back(); ++d)
        factors(r, d) = normal<double>(engine) / std::sqrt(double(dimension.back()));
    }
    for (double& w : share[k]) w /= sum;
  }
  // Of two rows the product has variance (shared factors) / (one's times the other's).
  std::vector<Eigen::VectorXd> energy;  // expected square of each factor, by frequency
  for (std::size_t k = 0; k < o.fields.size(); ++k) {
    Eigen::VectorXd e = Eigen::VectorXd::Zero(most);
    for (std::size_t r = 0; r < share[k].size(); ++r)
      e.head(dimensions[k][r]).array() += share[k][r] / dimensions[k][r];
    for (const auto& other : energy) products += e.dot(other);
    energy.push_back(std::move(e));
  }
  truth.scale = products > 0 ? o.taste / std::sqrt(products) : 0;
  auto engine = stream.child(1).at(0);
  for (int f = 0; f < o.features; ++f)
    truth.weights.push_back(o.lean * normal<double>(engine) / std::sqrt(double(o.features)));
  return truth;
}

}  // namespace detail

/// Draws impressions: a field's rows by a power law, dealt to the rows at random; each row has as
/// many true factors as its frequency in its field earns, the first ones common to all rows.
///   log odds = odds + sum of what rows say alone + scale * sum over pairs of fields of <row, row>
///              + weights of features
/// Rows of a pooled field count as their mean. Times rise by 40 seconds from 2020 on. The same at
/// any number of threads. O(impressions * fields * factors)
/// @throws argument_error if an option is outside its stated range
[[nodiscard]] inline synthetic_clicks make_impressions(const synthetic_click_options& o = {}) {
  detail::check_synthetic_clicks(o);
  synthetic_clicks made;
  const detail::click_truth truth = detail::make_click_truth(o, made.dimensions);
  const auto n = static_cast<std::size_t>(o.impressions);
  impressions::parts p;
  std::vector<std::size_t> slots;  // of each field among those of its kind
  std::size_t singles = 0;
  for (const auto& f : o.fields) {
    const bool pooled = f.most_values > 1;
    p.fields.push_back({.name = f.name, .rows = f.rows, .pooled = pooled});
    slots.push_back(pooled ? p.pooled.size() : singles);
    if (pooled)
      p.pooled.emplace_back();
    else
      ++singles;
    text_list& names = made.loaded.values.emplace_back();
    for (index_t r = 0; r < f.rows; ++r) names.push_back(std::to_string(r));
  }
  for (int f = 0; f < o.features; ++f) {
    made.loaded.features.push_back(joined("number", f));
    made.loaded.numbers.emplace_back(n);
  }
  p.single.resize(n * singles);
  p.labels.resize(n);
  p.times.resize(n);
  const random_stream stream = random_stream(o.seed, purpose::data).child(0);
  // How many values a list has is drawn at an address of its own, so all lists have their places
  // before they are filled.
  for (std::size_t k = 0; k < o.fields.size(); ++k) {
    if (o.fields[k].most_values == 1) continue;
    pooled_values& list = p.pooled[slots[k]];
    list.offsets.reserve(n + 1);
    for (std::size_t i = 0; i < n; ++i) {
      auto engine = stream.at(1 + k, i);
      const auto most = static_cast<std::uint32_t>(o.fields[k].most_values);
      list.offsets.push_back(list.offsets.back() + 1 + bounded(engine, most));
    }
    list.values.resize(static_cast<std::size_t>(list.offsets.back()));
  }
  parallel_for(o.impressions, 1024, [&](index_t first, index_t last) {
    const index_t most = truth.factors[0].cols();
    Eigen::RowVectorXd sum(most), row(most);
    for (index_t i = first; i < last; ++i) {
      const auto at = static_cast<std::size_t>(i);
      auto engine = stream.at(0, at);
      double odds = o.odds;
      sum.setZero();
      for (std::size_t k = 0; k < o.fields.size(); ++k) {
        const auto& cumulated = truth.cumulated[k];
        const auto draw = [&] {
          const double point = uniform(engine, 0.0, cumulated.back());
          const auto r = std::ranges::upper_bound(cumulated, point) - cumulated.begin();
          return static_cast<row_id>(std::min<std::ptrdiff_t>(r, std::ssize(cumulated) - 1));
        };
        std::size_t begin = at * singles + slots[k], end = begin + 1;
        row_id* values = p.single.data();
        if (p.fields[k].pooled) {
          pooled_values& list = p.pooled[slots[k]];
          begin = static_cast<std::size_t>(list.offsets[at]);
          end = static_cast<std::size_t>(list.offsets[at + 1]);
          values = list.values.data();
        }
        row.setZero();
        const double part = 1 / static_cast<double>(end - begin);
        for (std::size_t v = begin; v < end; ++v) {
          values[v] = draw();
          row += part * truth.factors[k].row(values[v]);
          odds += part * truth.alone[k][static_cast<std::size_t>(values[v])];
        }
        odds += truth.scale * row.dot(sum);
        sum += row;
      }
      for (std::size_t f = 0; f < truth.weights.size(); ++f) {
        const double x = normal<double>(engine);
        const bool missing = uniform01<double>(engine) < o.missing;
        made.loaded.numbers[f][at] = missing ? std::numeric_limits<double>::quiet_NaN() : x;
        if (!missing) odds += truth.weights[f] * x;
      }
      p.labels[at] = uniform01<double>(engine) < 1 / (1 + std::exp(-odds)) ? 1 : 0;
      p.times[at] = 1'577'836'800 + 40 * i;
    }
  });
  made.loaded.lines = o.impressions;
  made.loaded.label = "label";
  made.loaded.time = "time";
  made.loaded.data = impressions(std::move(p));
  return made;
}

}  // namespace ciess
