// SPDX-License-Identifier: MIT
#include <ciess/study/figures.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

ciess::evaluation figures(std::vector<int> cutoffs, std::vector<double> recall,
                          std::vector<double> ndcg, double mean) {
  ciess::evaluation e;
  e.cutoffs = std::move(cutoffs);
  e.recall = std::move(recall);
  e.ndcg = std::move(ndcg);
  e.mean = mean;
  return e;
}

}  // namespace

TEST_CASE("a table shows the shortest and the longest list of the full-size model", "[study]") {
  const auto full = figures({5, 10, 20}, {0.1, 0.2, 0.3}, {0.4, 0.5, 0.6}, 0.35);
  CHECK(ciess::figure_names(full) ==
        std::vector<std::string>{"Recall@5", "Recall@20", "NDCG@5", "NDCG@20"});
  using shown = std::vector<std::optional<double>>;
  CHECK(ciess::shown_figures(full, full) == shown{0.1, 0.3, 0.4, 0.6});
  const auto other = figures({20}, {0.25}, {0.5}, 0.3);
  CHECK(ciess::shown_figures(other, full) == shown{std::nullopt, 0.25, std::nullopt, 0.5});
  const auto one = figures({10}, {0.25}, {0.5}, 0.3);
  CHECK(ciess::figure_names(one) == std::vector<std::string>{"Recall@10", "NDCG@10"});
  CHECK(ciess::figure_names(ciess::evaluation{}).empty());
}

TEST_CASE("models are compared by the mean of their lists, in percent", "[study]") {
  const auto full = figures({5, 10, 20}, {}, {}, 0.5);
  CHECK(ciess::main_figure(full) == 0.5);
  CHECK(ciess::main_figure_name(full) == "mean of Recall and NDCG at 5, 10 and 20");
  CHECK(ciess::main_figure_name(full, ", ") == "mean of Recall and NDCG at 5, 10, 20");
  CHECK(ciess::against_full(figures({}, {}, {}, 0.55), full) == "+10.0%");
  CHECK(ciess::against_full(figures({}, {}, {}, 0.45), full) == "-10.0%");
  CHECK(ciess::against_full(full, figures({}, {}, {}, 0)) == "-");
}

TEST_CASE("predicted clicks are compared by the difference of AUC", "[study]") {
  ciess::click_evaluation full, small;
  full.auc = 0.9;
  full.log_loss = 0.25;
  full.impressions = 10;
  small = full;
  small.auc = 0.8875;
  CHECK(ciess::main_figure(small) == 0.8875);
  CHECK(ciess::main_figure_name(small) == "AUC");
  CHECK(ciess::against_full(small, full) == "-0.0125");
  CHECK(ciess::against_full(full, small) == "+0.0125");
  CHECK(ciess::against_full(ciess::click_evaluation{}, full) == "-");
  CHECK(ciess::figure_names(full) == std::vector<std::string>{"AUC", "log-loss"});
  CHECK(ciess::shown_figures(small, full) == std::vector<std::optional<double>>{0.8875, 0.25});
  CHECK_FALSE(ciess::shown_figures(ciess::click_evaluation{}, full)[0]);
}
