// SPDX-License-Identifier: MIT
/// @file
/// The data, the models and the judge that all rows have in common.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/data/dataset.hpp>
#include <ciess/data/fingerprint.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/io/state_file.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/study/presets.hpp>
#include <ciess/study/ranking_task.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace ciess_bench {

/// Every model is trained on training and validation part together, from one seed, for as long as
/// validation has shown to be best, and judged on the test part: as `ranking_task` does, which
/// trains those with sizes.
template <class Model>
class trained {
 public:
  trained(ciess::dataset data, int dim, std::uint64_t seed)
      : seed_{seed},
        task_(std::move(data), {.dim = dim, .seed = seed}),
        known_{ciess::merge(train(), validation())} {}
  trained(const trained&) = delete;  // models refer to the data
  trained& operator=(const trained&) = delete;

  [[nodiscard]] const ciess::interactions& train() const { return task_.data().parts.train; }
  [[nodiscard]] const ciess::interactions& validation() const {
    return task_.data().parts.validation;
  }
  [[nodiscard]] const ciess::interactions& test() const { return task_.data().parts.test; }
  /// Training and validation part.
  [[nodiscard]] const ciess::interactions& known() const { return known_; }
  [[nodiscard]] const ciess::preset<Model>& settings() const { return task_.settings(); }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] std::span<const ciess::table_shape> shapes() {
    return task_.environment().shapes();
  }

  /// The full-size model in the axes that it was trained in.
  /// @param file  what an earlier run has trained is taken from there; else it is written there
  ///              once it is trained. Empty: neither
  /// @throws data_error if there is another model, io_error as `load_state` and `save_state`
  [[nodiscard]] Model full(const std::string& file) {
    Model model(known_, settings().model, seed_);
    kept_model kept{*this, model, model.snapshot()};
    if (!file.empty() && std::filesystem::exists(file)) {
      ciess::load_state(file, "full_model", kept);
      model.restore(kept.weights);
    } else {
      (void)task_.environment().full();
      kept.steps = task_.environment().full_steps();
      for (int left = kept.steps; left > 0;) {
        const int steps = std::min(left, settings().environment.full.every);
        model.train(steps);
        left -= steps;
      }
      kept.weights = model.snapshot();
      if (!file.empty()) ciess::save_state(file, "full_model", kept);
    }
    full_steps_ = kept.steps;
    full_ = judge(model);
    return model;
  }
  /// 0 before `full`.
  [[nodiscard]] int full_steps() const noexcept { return full_steps_; }

  /// A model with these sizes, trained to the end.
  /// @throws ciess::numeric_error if the full-size model that it is compared with was not the one
  /// of
  ///         `ranking_task`
  [[nodiscard]] Model sized(const ciess::assignment& sizes) {
    (void)task_.finish(sizes);
    if (const double expected = task_.full().mean; full_ && *full_ != expected)
      ciess::detail::throw_error<ciess::numeric_error>("the full-size model is judged ", *full_,
                                                       " and ", expected, ": expected the same");
    return task_.model();
  }

  /// Mean of Recall and NDCG at 5, 10, 20 on the test part.
  [[nodiscard]] double judge(Model& model) const {
    return ciess::evaluate(model, known_, test()).mean;
  }

 private:
  /// A full-size model as a file has it, with what it must agree with.
  struct kept_model {
    const trained& by;
    const Model& model;
    decltype(std::declval<const Model&>().snapshot()) weights;
    int steps = 0;

    template <class F>
    void visit(F& f) {
      f.same("data", ciess::fingerprint(by.known_));
      f.same("test", ciess::fingerprint(by.test()));
      f.same("seed", by.seed_);
      f.same("dim", std::int64_t{by.settings().model.range.max});
      ciess::field_group<F> options(f, "model");
      model.visit_options(options);
      f("steps", steps);
      f.check("steps", steps >= 0, "a number of steps");
      ciess::visit_part(f, "weights", weights);
    }
  };

  std::uint64_t seed_;
  ciess::ranking_task<Model> task_;
  ciess::interactions known_;
  std::optional<double> full_;  ///< quality of `full`
  int full_steps_ = 0;
};

}  // namespace ciess_bench
