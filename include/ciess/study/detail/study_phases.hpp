// SPDX-License-Identifier: MIT
/// @file
/// The phases of a study.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/process_group.hpp>
#include <ciess/core/state_store.hpp>
#include <ciess/core/text.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/environment_training.hpp>
#include <ciess/search/search.hpp>
#include <ciess/search/search_cost.hpp>
#include <ciess/search/spread_environment.hpp>
#include <ciess/study/detail/each_method.hpp>
#include <ciess/study/detail/remembering_environment.hpp>
#include <ciess/study/detail/row_choice.hpp>
#include <ciess/study/detail/shared_trainings.hpp>
#include <ciess/study/detail/study_memory.hpp>
#include <ciess/study/events.hpp>
#include <ciess/study/study_method.hpp>
#include <ciess/study/study_options.hpp>
#include <ciess/study/study_result.hpp>
#include <ciess/study/study_task.hpp>

namespace ciess::detail {

/// The phases of `run_study`.
template <study_task Task, class Store, class... Observers>
class study_phases {
  using environment_type = typename Task::environment_type;
  using model = std::remove_cvref_t<decltype(std::declval<environment_type&>().model())>;
  using figures = typename environment_type::figures;
  using method_result = basic_method_result<figures>;
  using result_type = basic_study_result<figures>;
  using memory_type = study_memory<figures>;
  using shared = spread_environment<environment_type>;
  using searched = remembering_environment<shared>;
  using clock = std::chrono::steady_clock;

 public:
  study_phases(Task& task, const sizing_request& asked, const study_options& study, Store& store,
               Observers&... observers)
      : task_{&task},
        options_{task.training()},
        asked_{asked},
        study_{study},
        store_{&store},
        processes_{study.processes ? study.processes : &alone_},
        observers_{observers...},
        env_(task.to_choose()),
        memory_(
            env_.shapes(),
            {options_.seed, options_.full, options_.tune, options_.tune_rate, options_.stored_as},
            asked.budgets.size()),
        shared_(env_, *processes_),
        searched_(shared_, memory_.measured) {
    if constexpr (!std::same_as<Store, no_store> && !requires { store.shared_by(); })
      if (processes_->size() > 1)
        throw_error<argument_error>("run_study: ", processes_->size(),
                                    " processes need one store: expected a shared_store");
  }

  /// @throws argument_error, before anything is trained
  template <class... Methods>
  void check(const std::tuple<Methods...>& methods) {
    static_assert(
        (hears_something<Observers, Methods...> && ...),
        "ciess: an observer of a study is callable with one or more of phase_report, "
        "step_report, training_report, search_end<Run>, best_trained<Model>; one of these "
        "takes none");
    std::set<std::string> names;
    for_each_method(methods, [&]<class S>(const study_method<S>& m) {
      static_assert(explain_sizer<S, searched>::value);
      if (!names.insert(std::string(m.how.name())).second)
        throw_error<argument_error>("run_study: two methods are called ", m.how.name());
      check_method_name(m.how.name());
      if (m.keep < 1)
        throw_error<argument_error>("run_study: ", m.how.name(), ": keep must be >= 1, got ",
                                    m.keep);
      for (std::size_t i = 0; i < m.starts.size(); ++i)
        if (std::ranges::count(m.starts, m.starts[i]) > 1)
          throw_error<argument_error>("run_study: ", m.how.name(), ": a start is given twice");
      if (!warm_startable<model> && std::ranges::count(m.starts, start::warm))
        throw_error<argument_error>(
            "run_study: ", m.how.name(),
            ": cannot start warm with a backbone that is not warm_startable");
      if (asked_.keep >= 1)
        asked_.keep = std::max(asked_.keep, m.keep);  // all that is to be trained
      m.how.check(searched_, asked_);
    });
    (void)effort_limit(study_.most);
    task_->check();
    (void)store_->load("trainings", memory_);
  }

  /// The full-size model.
  void train_full() {
    watch(env_);
    lap();
    if (!store_->load("full", env_)) {
      say("training the full-size model");
      env_.full();
      store_->save("full", env_);
      memory_.pretrain_seconds += lap();
      remember();
    }
    result_.of = asked_.of;
    result_.stored_as = options_.stored_as;
    result_.full_validation = env_.full().quality;
    result_.full_numbers = assignment(env_.shapes()).total();
    if constexpr (requires { env_.model().other_numbers(); })
      result_.other_numbers = env_.model().other_numbers();
    result_.baseline_name = task_->baseline_name();
    result_.baseline_validation = env_.judged_by().quality(task_->baseline_to_choose());
    result_.baseline = task_->baseline_to_report();
  }

  /// Each method's search, from the last method to the first: learners stand last in a table, and
  /// what they have measured is known when the rules' turn comes.
  template <class Methods>
  void search(const Methods& methods) {
    for_each_method_back(methods, [&](const auto& m) { search_by(m); });
    std::ranges::reverse(found_);
    std::ranges::reverse(result_.searches);
    (void)lap();
  }

  /// Each method's best few trained to the end, from each start; the best on validation is a row.
  void train_candidates() {
    if (processes_->size() > 1) spread_candidates();
    for (std::size_t b = 0; b < asked_.budgets.size(); ++b) {
      say(joined("training the candidates at ", 100 * asked_.budgets[b], '%'));
      auto& row = result_.budgets.emplace_back();
      row.budget = asked_.budgets[b];
      for (const found_by& f : found_) {
        if (f.best[b].empty()) continue;
        if (f.starts.empty()) {
          row.methods.push_back(finish(f, b, usual_starts()));
          continue;
        }
        // After a stop, the start that is quicker: the last one.
        if (stopped() && f.starts.size() > 1) left_out_ = true;
        for (const start& from : std::span(f.starts).last(stopped() ? 1 : f.starts.size()))
          row.methods.push_back(finish(f, b, std::span(&from, 1)));
      }
      row.best = best_of(row.methods);
    }
    for (auto& row : result_.budgets) take_smaller(row, result_.budgets);
  }

  /// Each row trained anew on train + validation, by the recipe that was best, and measured on
  /// test.
  void test() {
    say("last training on train + validation, measured on test");
    environment_type last(task_->to_report());
    watch(last);
    if (!store_->load("last-full", last)) {
      last.full_after(env_.full_steps());
      store_->save("last-full", last);
    }
    processes_->agree("the last full-size model's quality",
                      fingerprint(std::span<const double>(&last.full().quality, 1)));
    result_.full = last.full_figures();
    last_ = &last;
    if (processes_->size() > 1) spread_tests();
    // What is to be taken and the last method's own first: after a stop the others, if not measured
    // yet, are left out.
    for (std::size_t b = 0; b < result_.budgets.size(); ++b) {
      (void)stopped();
      auto& row = result_.budgets[b];
      if (row.methods.empty()) continue;
      method_result& best = row.smaller ? *row.smaller : row.methods[row.best];
      const std::int64_t tested = test(best);
      (void)stopped();
      hand_over(b, best, tested);
      (void)stopped();
      (void)test(row.methods.back());
    }
    for (auto& row : result_.budgets) {
      std::vector<method_result> measured;
      for (auto& m : row.methods) {
        if (!memory_.find(m.sizes, m.recipe) && stopped()) {
          left_out_ = true;
          continue;
        }
        (void)test(m);
        measured.push_back(std::move(m));
      }
      row.methods = std::move(measured);
      row.best = best_of(row.methods);
    }
    last_ = nullptr;
    memory_.retrain_seconds += lap();
  }

  [[nodiscard]] result_type take() && {
    auto& took = result_.seconds;
    took.pretrain = memory_.pretrain_seconds;
    took.retrain = memory_.retrain_seconds;
    took.total = took.pretrain + took.search + took.retrain;
    result_.stopped = left_out_;
    return std::move(result_);
  }

 private:
  template <class O, class... Methods>
  static constexpr bool hears_something =
      study_observer<O, model, run_of<typename sizer_of<Methods>::type, searched>...>;

  /// Of several processes the root's observers are told, and asked.
  template <class Event>
  void tell(const Event& event) {
    if (!processes_->is_root()) return;
    std::apply(
        [&](auto&... o) {
          if (!detail::tell(event, o...)) stopped_ = true;
        },
        observers_);
  }
  void say(std::string what) { tell(phase_report{std::move(what)}); }

  /// Whether it is to end: all processes ask at the same places.
  bool stopped() {
    stopped_ = processes_->root_says("whether to stop", stopped_);
    if (stopped_ && study_.leave_when_stopped) throw interrupted("the study was stopped");
    return stopped_;
  }

  /// Seconds since the last call.
  double lap() {
    const auto now = clock::now();
    const double s = std::chrono::duration<double>(now - lap_).count();
    lap_ = now;
    return s;
  }
  void remember() { store_->save("trainings", memory_); }

  template <class S>
  void search_by(const study_method<S>& m) {
    const std::string name(m.how.name());
    auto run = m.how.begin(searched_, asked_);
    const std::string state = "search-" + name;
    std::size_t known = memory_.measured.size();
    // First what was measured, then the steps: who goes on after a kill measures nothing twice.
    const auto save = [&] {
      if (memory_.measured.size() != known) remember();
      known = memory_.measured.size();
      store_->save(state, run);
    };
    if (store_->load(state, run) && processes_->is_root())
      std::apply([&](auto&... o) { tell_resumed(run.history(), o...); }, observers_);
    if (!run.done()) {
      if constexpr (requires { run.total(); })
        say(joined("searching, ", name, ": ", readable_cost({searched_, run.total()})));
      else
        say("searching, " + name);
      // After a stop a method may still take as many steps as there are budgets: a rule, whose
      // budgets take turns, then has something to show for each.
      const auto enough = [&] {
        const auto done = run.history();
        const bool limited = !done.empty() && !effort_limit(study_.most)(done.back());
        // Limits may be of seconds: those of the root count.
        return processes_->root_says(
            "whether the search ends",
            limited ||
                (stopped_ && (study_.leave_when_stopped || done.size() >= asked_.budgets.size())));
      };
      bool unsaved = false;
      while (!run.done() && !enough()) {
        tell(run.step());
        unsaved = !store_->due();
        if (!unsaved) save();
      }
      if (unsaved) save();
    }
    if (memory_.measured.size() != known) remember();
    if (stopped() && !run.done()) left_out_ = true;
    tell(search_end<decltype(run)>{name, run});
    count_effort(name, run);
    auto& f = found_.emplace_back(found_by{name, {}, m.starts});
    for (std::size_t b = 0; b < asked_.budgets.size(); ++b) {
      const std::span<const candidate> best = run.best(b);
      const auto n = std::min(best.size(), static_cast<std::size_t>(m.keep));
      f.best.emplace_back(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(n));
    }
  }

  template <class Run>
  void count_effort(const std::string& method, const Run& run) {
    const std::span<const step_report> steps = run.history();
    auto& effort = result_.searches.emplace_back();
    effort.method = method;
    effort.measurements = static_cast<int>(steps.size());
    if (!steps.empty()) effort.seconds = steps.back().seconds;
    effort.training_steps = search_cost(searched_, effort.measurements).all_steps();
    if constexpr (requires { run.trained_steps(); })
      if (effort.training_steps) *effort.training_steps += run.trained_steps();
    result_.seconds.search += effort.seconds;
  }

  [[nodiscard]] std::span<const start> usual_starts() {
    if (options_.retrain_from.empty()) options_.retrain_from = {options_.from};
    return options_.retrain_from;
  }

  /// Methods may agree: nothing is trained twice.
  std::pair<double, training_recipe> retrain(const assignment& sizes,
                                             std::span<const start> starts) {
    const std::vector<int> from = numbers_of(starts);
    if (const auto* known = memory_.find(sizes, from)) return {known->quality, known->recipe};
    const measurement m = env_.retrain(sizes, starts);
    memory_.trained.push_back({sizes, from, m.quality, env_.last_recipe()});
    done();
    return {m.quality, env_.last_recipe()};
  }

  /// What `train_candidates` will ask for, by all processes, unless it is stopped.
  void spread_candidates() {
    const auto jobs = open_candidates(found_, asked_.budgets.size(), usual_starts(), memory_);
    if (!jobs.empty())
      say(joined("training ", jobs.size(), " candidates, ", processes_->size(), " at a time"));
    train_shared(*processes_, jobs, env_, memory_, [&] { return stopped(); }, [&] { done(); });
  }

  method_result finish(const found_by& f, std::size_t b, std::span<const start> starts) {
    method_result best;
    for (const candidate& c : f.best[b]) {
      // What was stopped is brought to its end quickly: one candidate for each method.
      if (stopped() && !best.method.empty()) {
        left_out_ = true;
        break;
      }
      const auto [quality, recipe] = retrain(c.sizes, starts);
      if (best.method.empty() || quality > best.validation)
        best = {f.method, c.origin, c.sizes, quality, recipe, {}};
    }
    return best;
  }

  void done() {
    memory_.retrain_seconds += lap();
    remember();
  }

  void spread_tests() {
    constexpr bool hand = (hears<Observers, best_trained<model>> || ...);
    std::size_t b = 0;  // models are handed over in the order of budgets, as by one process
    const auto hand_over_known = [&] {
      for (; b < result_.budgets.size(); ++b) {
        if (result_.budgets[b].methods.empty()) continue;
        const method_result& best = result_.budgets[b].best_of_all();
        const auto* known = memory_.find(best.sizes, best.recipe);
        if (!known) return;
        hand_over(b, best, known - memory_.tested.data());
      }
    };
    hand_over_known();
    test_shared(
        *processes_, open_tests<figures>(result_.budgets, memory_, hand), *last_, memory_,
        [&] { return stopped(); },
        [&](std::int64_t first) {
          at_hand_ = first;
          done();
          hand_over_known();
        });
  }

  std::int64_t test(method_result& m) {
    const auto* before = memory_.find(m.sizes, m.recipe);
    if (!before) {
      memory_.tested.push_back({m.sizes, m.recipe, last_->train_by(m.recipe, m.sizes)});
      at_hand_ = std::ssize(memory_.tested) - 1;
      done();
      before = &memory_.tested.back();
    }
    m.test = before->figures;
    return static_cast<std::int64_t>(before - memory_.tested.data());
  }

  /// Shows the best model of a budget to whoever wants it. One training may win several budgets, or
  /// be known from before an interruption.
  void hand_over(std::size_t b, const method_result& m, std::int64_t tested) {
    if constexpr ((hears<Observers, best_trained<model>> || ...)) {
      if (!processes_->is_root()) return;
      auto& handed = memory_.handed[b];
      const auto& row = result_.budgets[b];
      // The same model may be told of again: of another budget, or beside another best of its own.
      const typename memory_type::handed_model now{
          tested, row.smaller ? row.smaller_budget : row.budget,
          packed_bytes(row.methods[row.best].sizes, options_.stored_as)};
      if (handed == now) return;
      if (handed.test != memory_type::none) {  // what is to be replaced no longer counts
        handed = {};
        done();
      }
      if (at_hand_ != tested) (void)last_->train_by(m.recipe, m.sizes);
      at_hand_ = tested;
      tell(best_trained<model>{row.budget, last_->model(), m.validation, now.of_budget, now.bytes});
      handed = now;
      done();
    }
  }

  void watch(environment_type& env) {
    if constexpr ((hears<Observers, training_report> || ...))
      env.watch([this](const training_report& r) { tell(r); });
  }

  Task* task_;
  environment_training options_;
  sizing_request asked_;
  study_options study_;
  Store* store_;
  alone alone_;
  process_group* processes_;
  std::tuple<Observers&...> observers_;
  environment_type env_;
  memory_type memory_;
  shared shared_;
  searched searched_;
  environment_type* last_ = nullptr;
  std::int64_t at_hand_ = memory_type::none;  ///< the test whose model `last_` has
  std::vector<found_by> found_;
  result_type result_;
  bool stopped_ = false;
  bool left_out_ = false;  ///< something that was asked for, after a stop
  clock::time_point lap_ = clock::now();
};

}  // namespace ciess::detail
