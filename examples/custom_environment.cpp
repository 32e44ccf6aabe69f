// SPDX-License-Identifier: MIT
// Sizes for something that ranks nothing: a click model over four fields, judged by AUC. It has its
// own quality and its own number of tables, so it is an `environment`, not a `backbone`.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

namespace {

constexpr std::size_t fields = 4;
constexpr std::array<const char*, fields> field_name{"user", "item", "device", "site"};
/// Rows and sizes of the fields' tables: a device can do with few numbers, a user may need many.
const std::vector<ciess::table_shape> tables{
    {.rows = 500, .range = {1, 16}},
    {.rows = 300, .range = {1, 16}},
    {.rows = 6, .range = {1, 4}},
    {.rows = 40, .range = {1, 8}},
};

/// An ad that was shown: a row of each field, and whether it was clicked.
struct impression {
  std::array<ciess::index_t, fields> rows;
  bool clicked;
};
using impressions = std::vector<impression>;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// Clicks of a known model. Frequencies follow a power law; a row has as many true factors as its
/// frequency earns, from one to d_max: what an equal size for all must get wrong.
///   P(click) = sigmoid(-1.5 + sum over pairs of fields of <true factors, true factors>)
impressions make_impressions(std::size_t n, std::uint64_t seed) {
  const ciess::random_stream stream(seed, ciess::purpose::user);
  std::array<std::vector<double>, fields> cumulated;
  std::array<ciess::basic_matrix<double>, fields> truth;
  for (std::size_t t = 0; t < fields; ++t) {
    const auto [rows, range] = tables[t];
    truth[t].setZero(rows, 16);
    double sum = 0;
    for (ciess::index_t r = 0; r < rows; ++r) {
      const double weight = std::pow(1 + double(r) / 5, -0.8);
      cumulated[t].push_back(sum += weight);
      const int factors = std::max(1, int(std::lround(range.max * std::sqrt(weight))));
      auto draw = stream.child(t).at(0, std::uint64_t(r));
      for (int k = 0; k < factors; ++k) truth[t](r, k) = 0.6 * ciess::normal<double>(draw);
    }
  }
  impressions shown(n);
  for (std::size_t i = 0; i < n; ++i) {
    auto draw = stream.at(1, i);
    double odds = -1.5;
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(16);
    for (std::size_t t = 0; t < fields; ++t) {
      const double point = ciess::uniform(draw, 0.0, cumulated[t].back());
      const auto row = std::ranges::upper_bound(cumulated[t], point) - cumulated[t].begin();
      shown[i].rows[t] = std::min<ciess::index_t>(row, tables[t].rows - 1);
      odds += truth[t].row(shown[i].rows[t]).dot(sum);
      sum += truth[t].row(shown[i].rows[t]);
    }
    shown[i].clicked = ciess::uniform01<double>(draw) < sigmoid(odds);
  }
  return shown;
}

/// Factorisation machine (Rendle, 2010): bias + biases of the rows + inner products of all pairs of
/// rows, each pair over the numbers that both own. A masked table hands out nothing else.
class factorisation_machine {
 public:
  void reset(const ciess::assignment& sizes, std::uint64_t seed) {
    const ciess::random_stream stream(seed, ciess::purpose::weights);
    bias_ = 0;
    for (std::size_t t = 0; t < fields; ++t) {
      biases_[t].assign(std::size_t(tables[t].rows), 0);
      factors_[t] = ciess::masked_table(sizes[t]);
      factors_[t].draw(ciess::normal_rows{0.1}, stream.child(t));
    }
  }

  /// Log odds of a click. Leaves the sum of the four rows in sum_.
  double predict(const impression& i) {
    double odds = bias_;
    sum_.fill(0);
    for (std::size_t t = 0; t < fields; ++t) {
      odds += biases_[t][std::size_t(i.rows[t])];
      const auto row = std::as_const(factors_[t])[i.rows[t]];
      for (std::size_t k = 0; k < row.size(); ++k) {
        odds += double(row[k]) * sum_[k];
        sum_[k] += row[k];
      }
    }
    return odds;
  }

  void train(const impressions& shown, int epochs) {
    for (int e = 0; e < epochs; ++e)
      for (const auto& i : shown) {
        const double step = rate * (i.clicked - sigmoid(predict(i)));
        bias_ += 0.1 * step;
        for (std::size_t t = 0; t < fields; ++t) {
          biases_[t][std::size_t(i.rows[t])] += step;
          for (std::size_t k = 0; float& value : factors_[t][i.rows[t]]) {
            value += float(step * (sum_[k] - value) - rate * decay * value);
            ++k;
          }
        }
      }
  }

 private:
  static constexpr double rate = 0.05;
  static constexpr double decay = 0.02;
  double bias_ = 0;
  std::array<std::vector<double>, fields> biases_;
  std::array<ciess::masked_table, fields> factors_;
  std::array<double, 16> sum_{};
};

/// Probability that a click scores above what was not clicked; ties count half.
double auc(const std::vector<double>& odds, const impressions& shown) {
  std::vector<std::size_t> order(odds.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return odds[i]; });
  double pairs = 0, clicks = 0, others = 0;
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    double tied_clicks = 0, tied_others = 0;
    for (; last < order.size() && odds[order[last]] == odds[order[first]]; ++last)
      (shown[order[last]].clicked ? tied_clicks : tied_others) += 1;
    pairs += tied_clicks * (others + tied_others / 2);
    clicks += tied_clicks;
    others += tied_others;
  }
  return pairs / (clicks * others);
}

/// What a search asks for: `shapes`, `frequency`, `full`, `measure`; `kind` if it likes.
class click_environment {
 public:
  click_environment(const impressions& train, const impressions& held_out)
      : train_{&train}, held_out_{&held_out} {
    for (std::size_t t = 0; t < fields; ++t) {
      frequency_[t].resize(std::size_t(tables[t].rows));
      for (const auto& i : train) ++frequency_[t][std::size_t(i.rows[t])];
    }
  }
  const std::vector<ciess::table_shape>& shapes() const { return tables; }
  const std::vector<double>& frequency(std::size_t table) const { return frequency_[table]; }
  /// Each field has rows of its own kind, so rules try an exponent for each.
  std::size_t kind(std::size_t table) const { return table; }
  ciess::measurement full() { return measure(ciess::assignment(tables)); }

  /// Trains anew from the same weights, so that the same sizes give the same result.
  ciess::measurement measure(const ciess::assignment& sizes) {
    model_.reset(sizes, 1);
    model_.train(*train_, 4);
    return judge(*held_out_);
  }

  /// AUC of the whole; a row's quality is the probability that the model gave, on geometric mean,
  /// to what happened when the row was shown: 0 if it never was.
  ciess::measurement judge(const impressions& shown) {
    std::vector<double> odds;
    std::array<std::vector<double>, fields> log_likelihood, count;
    for (std::size_t t = 0; t < fields; ++t) {
      log_likelihood[t].resize(frequency_[t].size());
      count[t].resize(frequency_[t].size());
    }
    for (const auto& i : shown) {
      odds.push_back(model_.predict(i));
      for (std::size_t t = 0; t < fields; ++t) {
        log_likelihood[t][std::size_t(i.rows[t])] +=
            std::log(sigmoid(i.clicked ? odds.back() : -odds.back()));
        ++count[t][std::size_t(i.rows[t])];
      }
    }
    ciess::measurement m{.quality = auc(odds, shown), .rows = {}};
    for (std::size_t t = 0; t < fields; ++t) {
      auto& quality = m.rows.emplace_back(count[t].size());
      for (std::size_t r = 0; r < quality.size(); ++r)
        quality[r] = count[t][r] > 0 ? std::exp(log_likelihood[t][r] / count[t][r]) : 0;
    }
    return m;
  }

 private:
  const impressions* train_;
  const impressions* held_out_;
  std::array<std::vector<double>, fields> frequency_;
  factorisation_machine model_;
};
static_assert(ciess::environment<click_environment>);

}  // namespace

int main() {
  const double remove = 0.85;
  const auto all = make_impressions(60'000, 1);
  const impressions train(all.begin(), all.begin() + 30'000);
  const impressions validation(all.begin() + 30'000, all.begin() + 45'000);
  const impressions test(all.begin() + 45'000, all.end());
  click_environment environment(train, validation);

  const ciess::ciess_sizer<> learner{.episodes = 12,
                                     .steps = 8,
                                     .agent = {.hidden = {32, 32}, .batch = 256},
                                     .seeds = {ciess::frequency_rule({0, 0.5})},  // measured first
                                     .guide = {.blend = 0.8, .tilt = 0.2}};
  const ciess::sizing_request asked{.budgets = {remove}};
  const auto found = ciess::search(environment, learner, asked);
  const auto equal = ciess::search(environment, ciess::equal_rule(), asked);
  const auto random = ciess::search(environment, ciess::random_rule(), asked);
  const auto& best = found.best_of(remove);

  std::printf("AUC, %.0f %% of the numbers removed; mean size of a row of each field\n",
              100 * remove);
  std::printf("%-28s %8s %11s %7s", "sizes", "numbers", "validation", "test");
  for (const auto* name : field_name) std::printf(" %7s", name);
  const auto print = [&](const std::string& what, const ciess::assignment& sizes) {
    const double quality = environment.measure(sizes).quality;
    std::printf("\n%-28s %8lld %11.4f %7.4f", what.c_str(), static_cast<long long>(sizes.total()),
                quality, environment.judge(test).quality);
    for (const auto& table : sizes)
      std::printf(" %7.1f", double(table.total()) / double(table.rows()));
    return quality;
  };
  const double full_quality = print("full", ciess::assignment(tables));
  const double equal_quality = print("equal", equal.sizes(remove));
  print("random", random.sizes(remove));
  const double best_quality = print("found: " + best.origin, best.sizes);

  const bool repeats = best_quality == best.quality && full_quality == found.full.quality;
  const auto limit = ciess::budget::from_sparsity(remove, tables);
  const bool good = limit.met_by(best.sizes) && best_quality >= equal_quality && repeats;
  std::printf("\n%s\n", good ? "the budget is met" : "a promise is broken");
  return good ? 0 : 1;
}
