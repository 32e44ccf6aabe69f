// SPDX-License-Identifier: MIT
// EASE, a linear model of items in closed form, which a full-size model that deserves the name has
// to beat: B = I - P / diag(P), P = (X^T X + lambda I)^-1, scores X B. Lambda is chosen on the
// validation part, the figures are those of a model of training and validation part on the test
// part. Source: Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019.
//
//   ciess_ease --data ml-1m.txt --lambda 300 1000 3000
//
// Takes 12 bytes for each pair of items, and a third of the third power of the items for each
// lambda: 3,706 items a quarter of a minute.
#include <ciess/core/threads.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/load_dataset.hpp>
#include <ciess/data/split.hpp>
#include <ciess/ranking/evaluate.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <Eigen/Cholesky>

namespace {

/// How many users two items have in common, with lambda on the diagonal: the rows of B.
ciess::matrix weights(const ciess::interactions& known, double lambda) {
  using square = Eigen::MatrixXf;
  const ciess::index_t n = known.items();
  square p = square::Zero(n, n);
  for (ciess::row_id u = 0; u < known.users(); ++u)
    for (const auto i : known.items_of(u))
      for (const auto j : known.items_of(u)) p(i, j) += 1.0F;
  p.diagonal().array() += static_cast<float>(lambda);
  const Eigen::LLT<Eigen::Ref<square>> factor(p);
  if (factor.info() != Eigen::Success)
    throw ciess::numeric_error("ease: lambda is too small for floats");
  ciess::matrix b = ciess::matrix::Identity(n, n);
  factor.solveInPlace(b);
  const Eigen::RowVectorXf diagonal = b.diagonal().transpose();
  for (ciess::index_t j = 0; j < n; ++j) b.col(j) /= -diagonal[j];
  b.diagonal().setZero();
  return b;
}

ciess::evaluation judged(const ciess::interactions& known, const ciess::interactions& held_out,
                         double lambda) {
  const ciess::matrix b = weights(known, lambda);
  return ciess::evaluate_scores(
      [&](ciess::index_t first, ciess::matrix_span out) {
        out.setZero();
        for (ciess::index_t r = 0; r < out.rows(); ++r)
          for (const auto i : known.items_of(static_cast<ciess::row_id>(first + r)))
            out.row(r) += b.row(i);
      },
      known, held_out);
}

}  // namespace

int main(int argc, char** argv) {
  std::string data;
  std::vector<double> lambdas{300, 1000, 3000};
  std::uint64_t seed = 1;
  int threads = 0;
  CLI::App app{"EASE on the split of search_sizes"};
  app.add_option("--data", data, "pairs: half is trained on, a quarter each to choose and to test")
      ->required();
  app.add_option("--lambda", lambdas, "penalties that are tried")->check(CLI::PositiveNumber);
  app.add_option("--seed", seed, "of the split")->capture_default_str();
  app.add_option("--threads", threads, "0 for all processors")->check(CLI::Range(0, 1024));
  CLI11_PARSE(app, argc, argv);
  try {
    const ciess::threads pool(threads);
    const auto parts = ciess::load_dataset(data, {}, {.seed = seed}).parts;
    if (parts.train.items() > 20'000)
      throw ciess::argument_error("ease: more than 20,000 items would take hours");
    double best = -1;
    double chosen = 0;
    for (const double lambda : lambdas) {
      const double quality = judged(parts.train, parts.validation, lambda).mean;
      std::printf("lambda %g: validation %.4f\n", lambda, quality);
      std::fflush(stdout);
      if (quality > best) {
        best = quality;
        chosen = lambda;
      }
    }
    const auto test = judged(ciess::merge(parts.train, parts.validation), parts.test, chosen);
    std::printf("lambda %g: test %.4f (Recall@5 %.4f, Recall@20 %.4f, NDCG@5 %.4f, NDCG@20 %.4f)\n",
                chosen, test.mean, test.recall.front(), test.recall.back(), test.ndcg.front(),
                test.ndcg.back());
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "ciess_ease: " << e.what() << '\n';
  }
  return 1;
}
