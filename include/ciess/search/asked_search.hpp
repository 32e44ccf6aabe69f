// SPDX-License-Identifier: MIT
/// @file
/// A size search whose measurements are made elsewhere: it is asked what to measure, and told what
/// came of it.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/detail/kept_fields.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/search/asked_environment.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/search.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/sizing_request.hpp>

namespace ciess {

/// What has to be measured next.
struct asked_question {
  int number = 0;     ///< from 0; the first is the full-size model
  assignment sizes;   ///< to be measured; the same sizes, the same quality
  bool full = false;  ///< the full-size model, fully trained
  double budget = 0;  ///< the largest of the search's budgets that they meet; full: 0
  /// Qualities of rows are of use: the method learns from them; or it may, at the full-size model.
  bool wants_rows = false;
};

/// What became of an answer.
enum class told_as : std::uint8_t {
  taken,  ///< it counts
  known   ///< it was told before, and counts once
};

/// Any `sizer`, one measurement at a time, over tables of a model that is elsewhere:
///
///     asked_search search(tables, bet{.steps = 50}, {.budgets = {0.9}});
///     while (const auto q = search.ask()) search.tell(q->number,
///     measured_by_my_trainer(q->sizes)); search.best(0)...
///
/// What the method does is the same, step for step, as over an environment that measures at once:
/// a step that wants a measurement which nobody has told is undone and taken again when it is
/// there, everything else that it did being the same by the promise of `sizing`. Sizes that a
/// method has measured before are not asked for again, unless it learns from rows and rows were
/// told.
///
/// Everything is in `visit`: saved between any two calls and loaded into one that was made with the
/// same tables, method and request, it goes on to the same questions.
///
/// Cost: each step is computed twice, and the method's state is kept once more in memory.
template <class S>
class asked_search {
 public:
  using run = run_of<S, asked_environment>;

  /// @param most  steps, at most; what the method would do beyond is not asked
  /// @throws argument_error if something does not fit, as `asked_environment` and `how.check`;
  ///         numeric_error as `asked_environment`
  asked_search(asked_tables tables, S how, sizing_request asked,
               int most = std::numeric_limits<int>::max())
      : environment_{std::make_unique<asked_environment>(std::move(tables))},
        how_{std::move(how)},
        asked_{std::move(asked)},
        most_{most} {
    static_assert(detail::explain_sizer<S, asked_environment>::value);
    static_assert(detail::explain_sizing<run>::value);
    if (most < 1)
      detail::throw_error<argument_error>("asked: expected a step or more at most, got ", most);
    how_.check(*environment_, asked_);
    limits_ = limits_of(asked_, *environment_);
    go_on();
  }

  /// The next assignment that has to be measured; nothing if the search is done. The same until it
  /// is told. O(1)
  [[nodiscard]] const std::optional<asked_question>& ask() const noexcept { return open_; }
  [[nodiscard]] bool done() const noexcept { return !open_; }

  /// Takes an answer, and computes what has to be measured next.
  /// @param quality  larger is better
  /// @param rows     [tables][rows] >= 0, or none: see `asked_environment`. Those of a question
  ///                 that does not want them are left aside
  /// @param force    takes another quality than the one that was told: the search is begun anew
  ///                 with it and all that it knows, and asks for what it does not
  /// @throws argument_error, and nothing is changed, if there is no such question, a number is not
  ///         finite, rows do not fit, or another quality was told
  told_as tell(int number, double quality, std::vector<std::vector<double>> rows = {},
               bool force = false) {
    const auto& env = *environment_;
    if (number < 0 || number >= env.questions())
      detail::throw_error<argument_error>(
          "tell: question ", number, " was never asked; asked were ", "0 to ", env.questions() - 1);
    if (!std::isfinite(quality))
      detail::throw_error<argument_error>("tell: question ", number,
                                          ": expected a finite quality, got ", quality);
    check_rows(number, rows);
    const bool again = env.told(number);
    if (again && env.quality_told(number) == quality && !force) return told_as::known;
    if (again && !force)
      detail::throw_error<argument_error>("tell: question ", number, " was told with quality ",
                                          shortest_text(env.quality_told(number)), ", got ",
                                          shortest_text(quality),
                                          ": what was told stays, unless it is forced");
    environment_->tell(number, quality, std::move(rows));
    if (again) run_.reset();
    if (again || number == open_number()) go_on();
    return told_as::taken;
  }
  /// The same by sizes that were asked for.
  told_as tell(const assignment& sizes, double quality, std::vector<std::vector<double>> rows = {},
               bool force = false) {
    check_shapes("tell", environment_->shapes(), sizes);
    const int number = environment_->number_of(sizes);
    if (number < 0)
      detail::throw_error<argument_error>("tell: sizes of ", sizes.total(),
                                          " numbers in all were never asked");
    return tell(number, quality, std::move(rows), force);
  }

  /// Best first, what was found so far for budget b of the request, at most `keep`.
  /// @pre b < asked().budgets.size()
  [[nodiscard]] std::span<const candidate> best(std::size_t b) const {
    if (run_) return run_->best(b);
    return {};
  }
  /// All of that.
  /// @throws argument_error if the search has not begun: `best` is empty for every budget then
  [[nodiscard]] search_result result() const {
    if (!run_)
      detail::throw_error<argument_error>(
          "asked_search: there is no result before the method has begun: answer what it asks");
    search_result found = result_of(*run_, asked_);
    found.stopped = !done();
    return found;
  }
  /// Steps that the method will take, where it can say; 0: not known yet.
  [[nodiscard]] int total() const {
    if constexpr (requires(const run& r) {
                    { r.total() } -> std::convertible_to<int>;
                  })
      if (run_) return std::min(run_->total(), most_);
    return 0;
  }
  /// Steps that are complete.
  [[nodiscard]] std::span<const step_report> history() const {
    if (run_) return run_->history();
    return {};
  }

  /// What is asked and told; its tables.
  [[nodiscard]] const asked_environment& environment() const noexcept { return *environment_; }
  [[nodiscard]] bool knows_full() const noexcept { return environment_->knows_full(); }
  [[nodiscard]] const sizing_request& asked() const noexcept { return asked_; }
  /// [budgets] what may be kept of each: numbers, their parts, or bytes, see `budget`.
  [[nodiscard]] std::span<const budget> limits() const noexcept { return limits_; }
  [[nodiscard]] std::string method() const { return std::string(how_.name()); }

  /// See `field_visitor`. After a failure while it reads this is of no use.
  template <class F>
  void visit(F& f) {
    visit_conditions(f);
    field_group<F> answers(f, "asked");
    environment_->visit(answers);
    std::int64_t number = open_number();
    f("open", number);
    f.check("open", number >= -1 && number < environment_->questions(), "a question, or -1");
    if (number >= 0) {
      if constexpr (F::reads) {
        open_.emplace();
        open_->number = static_cast<int>(number);
        open_->sizes = assignment(environment_->shapes());
      }
      for (std::size_t t = 0; t < open_->sizes.size(); ++t)
        visit_part(f, "open.table" + std::to_string(t), open_->sizes[t]);
      if constexpr (F::reads) {
        f.check("open",
                !environment_->told(open_->number) &&
                    environment_->number_of(open_->sizes) == open_->number,
                "a question that is not told, with its sizes");
        describe(*open_);
      }
    } else if constexpr (F::reads) {
      open_.reset();
    }
    auto begun = static_cast<std::uint8_t>(run_ ? 1 : 0);
    f("begun", begun);
    f.check("begun", begun == 0 || environment_->knows_full(),
            "a search that began when the full-size model was told");
    if (begun != 0) {
      if constexpr (F::reads) run_ = begin();
      visit_part(f, "run", *run_);
    } else if constexpr (F::reads) {
      run_.reset();
    }
  }

 private:
  [[nodiscard]] int open_number() const noexcept { return open_ ? open_->number : -1; }
  [[nodiscard]] std::unique_ptr<run> begin() {
    return std::unique_ptr<run>(new run(how_.begin(*environment_, asked_)));
  }
  [[nodiscard]] bool finished() const {
    return run_->done() || std::cmp_greater_equal(run_->history().size(), most_);
  }

  /// Takes steps until one wants an answer that is not there.
  void go_on() {
    try {
      if (!run_) {
        run_ = begin();
        environment_->keep_rows();
      }
      while (!finished()) step();
      open_.reset();
    } catch (const detail::measurement_wanted& w) {
      open_.emplace();
      open_->number = w.number;
      open_->sizes = w.sizes;
      describe(*open_);
    }
  }

  /// One step, or none of it.
  void step() {
    const detail::kept_fields before(*run_);
    try {
      run_->step();
    } catch (...) {  // a run that threw is of no more use
      run_.reset();
      auto fresh = begin();
      before.put_into(*fresh);
      run_ = std::move(fresh);
      throw;
    }
    environment_->forget_rows();
  }

  void describe(asked_question& q) const {
    q.full = q.number == 0;
    q.wants_rows = q.full || environment_->wants_rows(q.number);
    q.budget = 0;
    for (std::size_t b = 0; !q.full && b < limits_.size(); ++b)
      if (limits_[b].met_by(q.sizes)) q.budget = std::max(q.budget, asked_.budgets[b]);
  }

  void check_rows(int number, const std::vector<std::vector<double>>& rows) const {
    if (rows.empty()) return;
    const auto shapes = environment_->shapes();
    const auto refuse = [&](const auto&... parts) {
      detail::throw_error<argument_error>("tell: question ", number, ": ", parts...);
    };
    if (rows.size() != shapes.size())
      refuse("expected qualities of the rows of ", shapes.size(), " tables, got ", rows.size());
    for (std::size_t t = 0; t < rows.size(); ++t) {
      const std::string& name = environment_->table_name(t);
      if (std::cmp_not_equal(rows[t].size(), shapes[t].rows))
        refuse("table ", name, " has ", shapes[t].rows, " rows, got qualities of ", rows[t].size());
      for (std::size_t r = 0; r < rows[t].size(); ++r)
        if (!(rows[t][r] >= 0 && std::isfinite(rows[t][r])))
          refuse("table ", name, ", row ", r, ": expected a finite quality >= 0, got ", rows[t][r]);
    }
    if (number > 0 && environment_->wants_rows(number) && !environment_->knows_full_rows())
      refuse("its rows say nothing without those of the full-size model, question 0, which were ",
             "not told");
  }

  template <class F>
  void visit_conditions(F& f) const {
    field_group<F> same(f, "conditions");
    const std::string name = method();
    same.same("method", std::string_view(name));
    same.same("seed", asked_.seed);
    same.same("budgets", std::span<const double>(asked_.budgets));
    same.same("of", static_cast<std::int64_t>(asked_.of));
    same.same("multiple", std::int64_t{asked_.multiple});
    same.same("most", std::int64_t{most_});
    std::as_const(*environment_).visit_conditions(same);
  }

  std::unique_ptr<asked_environment> environment_;  // stays where it is when this is moved
  S how_;
  sizing_request asked_;
  int most_;
  std::vector<budget> limits_;
  std::unique_ptr<run> run_;  // complete steps; none until the full-size model is told
  std::optional<asked_question> open_;
};

}  // namespace ciess
