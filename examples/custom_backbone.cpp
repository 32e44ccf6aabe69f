// SPDX-License-Identifier: MIT
// A recommender that was there before anyone thought of embedding sizes, and the few lines that let
// its sizes be searched. First the shop's code, which knows nothing of this library.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace shop {

enum class sku : std::int64_t {};

struct purchase {
  std::string customer;
  sku article{};
};

/// Bias and factors of the customers, or of the articles, that the log mentions.
template <class Id>
class factor_store {
 public:
  struct row {
    Id id;
    double bias = 0;
    std::vector<double> factors;
  };
  /// Called after each write to the factors of a row; may correct them, say into a ball.
  using constraint = std::function<void(const Id&, std::vector<double>&)>;

  std::size_t find_or_add(const Id& id) {
    const auto [at, is_new] = position_.try_emplace(id, rows_.size());
    if (is_new) rows_.push_back({id, 0, {}});
    return at->second;
  }
  const row* find(const Id& id) const {
    const auto at = position_.find(id);
    return at == position_.end() ? nullptr : &rows_[at->second];
  }
  void draw(std::mt19937_64& random, int factors) {
    for (row& r : rows_) {
      r.bias = 0;
      r.factors.resize(std::size_t(factors));
      for (double& f : r.factors) f = 0.3 * (double(random() >> 11) * 0x1p-53 - 0.5);
      written(r);
    }
  }
  void constrain(constraint c) {
    constraint_ = std::move(c);
    for (row& r : rows_) written(r);
  }
  void written(row& r) const {
    if (constraint_) constraint_(r.id, r.factors);
  }
  row& operator[](std::size_t position) { return rows_[position]; }
  const std::vector<row>& rows() const { return rows_; }

 private:
  std::unordered_map<Id, std::size_t> position_;
  std::vector<row> rows_;
  constraint constraint_;
};

/// Logistic matrix factorisation with biases (Johnson, 2014): a customer buys an article with
/// probability sigmoid(b + b_customer + b_article + <customer, article>). Gradient steps on the
/// purchases and on articles drawn at random, which count as not bought.
class logistic_mf {
 public:
  struct settings {
    int factors = 16;
    int negatives = 3;
    double rate = 0.08;
    double decay = 0.02;
  };

  logistic_mf(const std::vector<purchase>& log, const settings& how) : how_{how} {
    for (const purchase& p : log)
      log_.emplace_back(customers.find_or_add(p.customer), articles.find_or_add(p.article));
    restart(1);
  }

  void restart(std::uint64_t seed) {
    random_.seed(seed);
    order_ = log_;
    bias_ = 0;
    customers.draw(random_, how_.factors);
    articles.draw(random_, how_.factors);
  }

  /// A pass over the purchases in random order. Returns the mean log loss.
  double fit_epoch() {
    double loss = 0;
    for (std::size_t n = order_.size(); n > 0; --n) {
      std::swap(order_[n - 1], order_[random_() % n]);
      const auto [customer, article] = order_[n - 1];
      loss += learn(customers[customer], articles[article], 1);
      for (int k = 0; k < how_.negatives; ++k)
        loss += learn(customers[customer], articles[random_() % articles.rows().size()], 0);
    }
    return loss / (double(order_.size()) * (1 + how_.negatives));
  }

  /// Log odds of a purchase; who or what has no history counts as average.
  double predict(const std::string& customer, sku article) const {
    const auto* c = customers.find(customer);
    const auto* a = articles.find(article);
    double odds = bias_ + (c ? c->bias : 0) + (a ? a->bias : 0);
    for (std::size_t k = 0; c && a && k < c->factors.size(); ++k)
      odds += c->factors[k] * a->factors[k];
    return odds;
  }

  factor_store<std::string> customers;
  factor_store<sku> articles;

 private:
  double learn(factor_store<std::string>::row& c, factor_store<sku>::row& a, double bought) {
    double odds = bias_ + c.bias + a.bias;
    for (std::size_t k = 0; k < c.factors.size(); ++k) odds += c.factors[k] * a.factors[k];
    const double probability = 1 / (1 + std::exp(-odds));
    const double step = how_.rate * (bought - probability);
    const double keep = 1 - how_.rate * how_.decay;
    bias_ += 0.1 * step;
    c.bias = keep * c.bias + step;
    a.bias = keep * a.bias + step;
    for (std::size_t k = 0; k < c.factors.size(); ++k) {
      const double before = c.factors[k];
      c.factors[k] = keep * before + step * a.factors[k];
      a.factors[k] = keep * a.factors[k] + step * before;
    }
    customers.written(c);
    articles.written(a);
    return -std::log(bought > 0 ? probability : 1 - probability);
  }

  settings how_;
  std::vector<std::pair<std::size_t, std::size_t>> log_, order_;
  double bias_ = 0;
  std::mt19937_64 random_;
};

}  // namespace shop

#include <algorithm>  // from here on: sizes

#include <ciess/backbone/concept.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

namespace {

/// What rows are called in the shop.
struct row_names {
  ciess::id_map customers, articles;
};

// The numbers that a row loses are projected away at every write, not once per epoch: whenever a
// score or a gradient reads them they are zero, so the numbers that a row keeps learn as if there
// were no others. A trainer without a place for such a constraint needs one line after its update.
// The constraints hold copies, and nothing of the adaptor itself: it will be moved.
// ---- adaptor begins ----
class sized_shop {
 public:
  sized_shop(shop::logistic_mf model, const row_names& names, int factors)
      : model_{std::move(model)},
        names_{&names},
        shapes_{{names.customers.size(), {1, factors}}, {names.articles.size(), {1, factors}}} {}
  const shop::logistic_mf& model() const { return model_; }

  ciess::index_t users() const { return names_->customers.size(); }
  ciess::index_t items() const { return names_->articles.size(); }
  const std::vector<ciess::table_shape>& shapes() const { return shapes_; }
  void reset(std::uint64_t seed) { model_.restart(seed); }
  void resize(const ciess::assignment& sizes) {
    ciess::check_shapes("sized_shop", shapes_, sizes);
    model_.customers.constrain([ids = names_, size = sizes[0]](const std::string& id, auto& row) {
      std::fill(row.begin() + size[*ids->customers.find(id)], row.end(), 0.0);
    });
    model_.articles.constrain([ids = names_, size = sizes[1]](shop::sku id, auto& row) {
      std::fill(row.begin() + size[*ids->articles.find_number(std::int64_t(id))], row.end(), 0.0);
    });
  }
  double train(int epochs) {
    double loss = 0;
    for (int e = 0; e < epochs; ++e) loss += model_.fit_epoch() / epochs;
    return loss;
  }
  void score(ciess::index_t first, ciess::matrix_span out) const {
    for (ciess::row_id u = 0; u < out.rows(); ++u) {
      const auto customer = names_->customers.text(ciess::row_id(first) + u);
      for (ciess::row_id i = 0; i < out.cols(); ++i)
        out(u, i) = float(model_.predict(customer, shop::sku{names_->articles.number(i)}));
    }
  }

 private:
  shop::logistic_mf model_;
  const row_names* names_;
  std::vector<ciess::table_shape> shapes_;
};
// ---- adaptor ends ----
static_assert(ciess::backbone<sized_shop>);

/// The purchases of a part of the data, as the shop keeps them.
std::vector<shop::purchase> log_of(const ciess::interactions& part, const row_names& names) {
  std::vector<shop::purchase> log;
  for (ciess::row_id u = 0; u < part.users(); ++u)
    for (const auto i : part.items_of(u))
      log.push_back({names.customers.text(u), shop::sku{names.articles.number(i)}});
  return log;
}

/// Whether the shop's own tables are zero past the sizes.
bool tails_are_zero(const shop::logistic_mf& model, const row_names& names,
                    const ciess::assignment& sizes) {
  const auto zero = [](const std::vector<double>& row, int size) {
    return std::all_of(row.begin() + size, row.end(), [](double f) { return f == 0; });
  };
  bool all = true;
  for (const auto& r : model.customers.rows())
    all = all && zero(r.factors, sizes[0][*names.customers.find(r.id)]);
  for (const auto& r : model.articles.rows())
    all = all && zero(r.factors, sizes[1][*names.articles.find_number(std::int64_t(r.id))]);
  return all;
}

}  // namespace

int main() {
  // Stands for the shop's database.
  const auto made =
      ciess::make_synthetic({.users = 300, .items = 200, .interactions = 9000, .factors = 8});
  std::vector<std::string> customers;
  std::vector<std::int64_t> articles;
  for (int u = 0; u < 300; ++u) customers.push_back("customer-" + std::to_string(7919 * u % 1000));
  for (int i = 0; i < 200; ++i) articles.push_back(4'006'381'000'000 + 13 * i);
  const row_names names{ciess::id_map(customers), ciess::id_map(articles)};

  const auto parts = ciess::split_interactions(made.data, {}, 1);
  const shop::logistic_mf::settings how{.factors = 16};
  sized_shop model(shop::logistic_mf(log_of(parts.train, names), how), names, how.factors);
  ciess::recommender_environment environment(
      std::move(model), parts.train, parts.validation,
      {.steps = 10, .full = {.every = 5, .patience = 2, .max_steps = 60}});

  // Powers of frequency are measured first; of exponents 0 they are the same size for every row.
  const ciess::ciess_sizer<> learner{.episodes = 4,
                                     .steps = 6,
                                     .agent = {.hidden = {32, 32}, .batch = 256},
                                     .seeds = {ciess::frequency_rule({0, 0.5}, {0.5, 2})},
                                     .guide = {.blend = 0.8, .tilt = 0.1}};
  const ciess::sizing_request asked{.budgets = {0.5, 0.8}};
  const auto found = ciess::search(environment, learner, asked);
  const auto equal = ciess::search(environment, ciess::equal_rule(), asked);

  std::printf("%-8s %-22s %8s %8s %13s %12s\n", "removed", "sizes", "numbers", "quality",
              "per customer", "per article");
  const auto print = [](const char* removed, const std::string& what,
                        const ciess::assignment& sizes, double quality) {
    std::printf("%-8s %-22s %8lld %8.4f %13.1f %12.1f\n", removed, what.c_str(),
                static_cast<long long>(sizes.total()), quality,
                double(sizes[0].total()) / double(sizes[0].rows()),
                double(sizes[1].total()) / double(sizes[1].rows()));
  };
  print("none", "full", ciess::assignment(environment.shapes()), found.full.quality);
  bool good = true;
  for (const double budget : asked.budgets) {
    const auto limit = ciess::budget::from_sparsity(budget, environment.shapes());
    const auto& simple = equal.best_of(budget);
    const auto& best = found.best_of(budget);
    const bool repeats = environment.measure(best.sizes).quality == best.quality;
    const auto removed = std::to_string(int(100 * budget)) + " %";
    print(removed.c_str(), simple.origin, simple.sizes, simple.quality);
    print(removed.c_str(), "found: " + best.origin, best.sizes, best.quality);
    good = good && limit.met_by(best.sizes) && best.quality >= simple.quality && repeats &&
           tails_are_zero(environment.model().model(), names, best.sizes);
  }
  std::printf("%s\n",
              good ? "every budget is met, nothing lies past a row's size" : "a promise is broken");
  return good ? 0 : 1;
}
