// SPDX-License-Identifier: MIT
// What a cheaper evaluation costs, and what it still knows: users of a share ranked against all
// items, and the others left out, or judged by candidates. Of one trained model the figures beside
// the exact ones; of many assignments, cut from its principal axes, whether they keep their order.
//
//   ciess_judging --data ml-1m.txt
//   ciess_judging --data yelp2018.txt --sweeps 5
#include <ciess/backbone/ials.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/read.hpp>
#include <ciess/data/split.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/ranking/kendall.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/frequency.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <Eigen/Eigenvalues>

#include "../support/measure.hpp"

namespace {

using ciess::index_t;

struct settings {
  std::string data;
  int dim = 64;
  int sweeps = 8;
  int seeds = 5;
  std::vector<double> shares{0.01, 0.03, 0.1, 0.3};
  std::vector<index_t> candidates{300, 1000, 2000};
};

struct vectors {
  ciess::matrix users, items;
};

/// Turned so that the first columns hold most of both sides.
vectors turned(const ciess::matrix_view& users, const ciess::matrix_view& items) {
  const Eigen::MatrixXd u = users.cast<double>();
  const Eigen::MatrixXd i = items.cast<double>();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> axes(
      (u.transpose() * u / double(u.rows()) + i.transpose() * i / double(i.rows())).eval());
  const Eigen::MatrixXd turn = axes.eigenvectors().rowwise().reverse();
  return {(u * turn).cast<float>(), (i * turn).cast<float>()};
}

ciess::matrix cut(ciess::matrix m, const ciess::sizes& to) {
  for (index_t r = 0; r < m.rows(); ++r) m.row(r).tail(m.cols() - to[r]).setZero();
  return m;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y,
                   const ciess::interactions& of) {
  double n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (of.items_of(static_cast<ciess::row_id>(i)).empty()) continue;
    n += 1;
    sx += x[i];
    sy += y[i];
    sxx += x[i] * x[i];
    syy += y[i] * y[i];
    sxy += x[i] * y[i];
  }
  return (sxy - sx * sy / n) / std::sqrt((sxx - sx * sx / n) * (syy - sy * sy / n));
}

class judging {
 public:
  judging(const settings& s, const ciess::split& parts, vectors full)
      : settings_{&s}, parts_{&parts}, full_{std::move(full)} {
    const std::vector<ciess::table_shape> shapes{{full_.users.rows(), {1, s.dim}},
                                                 {full_.items.rows(), {1, s.dim}}};
    std::vector<std::vector<double>> frequency(2);
    for (index_t u = 0; u < full_.users.rows(); ++u)
      frequency[0].push_back(double(parts.train.items_of(ciess::row_id(u)).size()));
    for (index_t i = 0; i < full_.items.rows(); ++i)
      frequency[1].push_back(double(parts.train.item_frequency(ciess::row_id(i))));
    const std::vector<std::span<const double>> seen(frequency.begin(), frequency.end());
    const std::int64_t all = (full_.users.rows() + full_.items.rows()) * s.dim;
    for (const double kept : {0.3, 0.1})
      for (const double of_users : {0.0, 0.3, 0.6})
        for (const double of_items : {0.0, 0.3, 0.6}) {
          const auto a = ciess::project(
              shapes, ciess::power_proposal(seen, std::vector<double>{of_users, of_items}),
              ciess::budget{static_cast<std::int64_t>(kept * double(all))});
          cuts_.push_back({cut(full_.users, a[0]), cut(full_.items, a[1])});
        }
  }

  void run() {
    double seconds = 0;
    exact_ = judge(full_, {}, seconds);
    std::printf(
        "%lld users, %lld items, d = %d; exact: %.3f s of a core, quality %.4f\n\n"
        "%-28s %9s  %-15s %-15s %-15s %9s %7s\n",
        static_cast<long long>(full_.users.rows()), static_cast<long long>(full_.items.rows()),
        settings_->dim, seconds, exact_.mean, "judged by", "seconds", "quality, % off", "Recall@20",
        "NDCG@20", "of users", "order");
    double ignored = 0;
    for (const vectors& c : cuts_) truth_.push_back(judge(c, {}, ignored).mean);
    for (const double share : settings_->shares) {
      row({.share = share});
      for (const index_t n : settings_->candidates) row({.share = share, .candidates = n});
    }
    std::printf(
        "\n%% off: mean and root of the mean square over %d seeds; of users: correlation of their "
        "qualities with the exact ones; order: Kendall's tau of %zu assignments, each half of one "
        "budget\n",
        settings_->seeds, cuts_.size());
  }

 private:
  [[nodiscard]] ciess::evaluation judge(const vectors& v, const ciess::evaluation_options& o,
                                        double& seconds) const {
    const double start = ciess_bench::core_seconds();
    auto e = ciess::evaluate_vectors(v.users, v.items, parts_->train, parts_->validation, o);
    seconds += ciess_bench::core_seconds() - start;
    return e;
  }

  void row(ciess::evaluation_options o) const {
    struct error {
      double mean = 0, square = 0;
      void add(double got, double expected, int of) {
        const double e = 100 * (got / expected - 1);
        mean += e / of;
        square += e * e / of;
      }
    };
    error quality, recall, ndcg;
    double seconds = 0, users = 0, order = 0;
    const int n = settings_->seeds;
    for (int seed = 1; seed <= n; ++seed) {
      o.sample_seed = static_cast<std::uint64_t>(seed);
      const auto e = judge(full_, o, seconds);
      quality.add(e.mean, exact_.mean, n);
      recall.add(e.recall_at(20), exact_.recall_at(20), n);
      ndcg.add(e.ndcg_at(20), exact_.ndcg_at(20), n);
      users += correlation(e.user_quality, exact_.user_quality, parts_->validation) / n;
      std::vector<double> judged;
      double ignored = 0;
      for (const vectors& c : cuts_) judged.push_back(judge(c, o, ignored).mean);
      const std::size_t half = judged.size() / 2;
      const std::span<const double> j(judged), t(truth_);
      order += (ciess::kendall_tau(j.first(half), t.first(half)) +
                ciess::kendall_tau(j.subspan(half), t.subspan(half))) /
               (2 * n);
    }
    char name[64];
    if (o.candidates > 0)
      std::snprintf(name, sizeof name, "%g %%, others by %lld items", 100 * o.share,
                    static_cast<long long>(o.candidates));
    else
      std::snprintf(name, sizeof name, "%g %% of the users", 100 * o.share);
    std::printf("%-28s %9.3f", name, seconds / n);
    for (const error* e : {&quality, &recall, &ndcg})
      std::printf("  %+6.2f  %5.2f", e->mean, std::sqrt(e->square));
    std::printf("  %9.3f %7.3f\n", users, order);
    std::fflush(stdout);
  }

  const settings* settings_;
  const ciess::split* parts_;
  vectors full_;
  std::vector<vectors> cuts_;
  std::vector<double> truth_;
  ciess::evaluation exact_;
};

}  // namespace

int main(int argc, char** argv) try {
  settings s;
  CLI::App app{"What a cheaper evaluation costs, and what it still knows"};
  app.add_option("--data", s.data, "pairs: half is trained on, a quarter judged by")->required();
  app.add_option("--dim", s.dim, "numbers a row")->check(CLI::Range(20, 1024));
  app.add_option("--sweeps", s.sweeps, "of iALS")->check(CLI::Range(1, 1000));
  app.add_option("--seeds", s.seeds, "of samples and draws")->check(CLI::Range(1, 1000));
  app.add_option("--shares", s.shares, "of the users who are ranked against all items")
      ->check(CLI::Range(1e-9, 0.999));
  app.add_option("--candidates", s.candidates, "items that the others are judged by")
      ->check(CLI::Range(2, 1 << 30));
  CLI11_PARSE(app, argc, argv);
  const ciess::threads one(1);  // seconds are those of a core
  const auto parts = ciess::split_interactions(ciess::load_interactions(s.data).data, {}, 1);
  ciess::ials model(parts.train,
                    {.range = {1, s.dim}, .unobserved = ciess::usual_unobserved(parts.train)}, 1);
  (void)model.train(s.sweeps);
  judging(s, parts, turned(model.user_vectors(), model.item_vectors())).run();
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "ciess_judging: %s\n", e.what());
  return 2;
}
