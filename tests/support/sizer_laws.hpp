// SPDX-License-Identifier: MIT
/// @file
/// What every sizer promises: see `sizer` and `sizing`.
#pragma once

#include <ciess/core/threads.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/search.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/energetic_environment.hpp"
#include "support/memory_fields.hpp"

namespace sizer_laws {

/// A search of few steps, with all that it can do.
inline ciess::ciess_sizer<> small_ciess() {
  ciess::ciess_sizer<> o{.episodes = 2, .steps = 3, .seeds = {ciess::frequency_rule({0, 1}, {4})}};
  o.agent.hidden = {8};
  o.agent.batch = 16;
  o.guide = {.blend = 0.5, .tilt = 0.2};
  return o;
}

/// Counts what is asked of it, and says NaN at one of its measurements.
class watched : public energetic_analytic_environment {
 public:
  explicit watched(std::uint64_t seed = 1)
      : energetic_analytic_environment(seed, {14, 11}, {1, 16}) {}
  ciess::measurement full() {
    ++asked;
    return energetic_analytic_environment::full();
  }
  ciess::measurement measure(const ciess::assignment& a) {
    ++asked;
    auto m = energetic_analytic_environment::measure(a);
    if (++measured == bad_at) m.quality = std::numeric_limits<double>::quiet_NaN();
    return m;
  }
  int asked = 0;
  int measured = 0;
  int bad_at = 0;
};

/// Everything but the times.
template <class Run>
saved_fields state_of(Run& run) {
  auto saved = save_fields(run);
  for (auto& [name, bytes] : saved)
    if (name.ends_with("history.steps"))
      for (std::size_t at = 4 * sizeof(double); at < bytes.size(); at += 5 * sizeof(double))
        bytes.replace(at, sizeof(double), sizeof(double), '\0');
  return saved;
}

inline ciess::sizing_request request(std::uint64_t seed = 3) {
  return {.budgets = {0.7, 0.85}, .keep = 2, .seed = seed};
}

/// Refuses before it measures.
template <class Watched, class S>
void check_refusals(const S& how) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<ciess::sizing_request> bad{{.budgets = {}},
                                               {.budgets = {0}},
                                               {.budgets = {1}},
                                               {.budgets = {-0.5}},
                                               {.budgets = {nan}},
                                               {.budgets = {0.7, 0.999}},
                                               {.budgets = {0.7}, .keep = 0}};
  for (const auto& asked : bad) {
    Watched env;
    CHECK_THROWS_AS(how.check(env, asked), ciess::argument_error);
    CHECK_THROWS_AS(ciess::search(env, how, asked), ciess::argument_error);
    CHECK(env.asked == 0);
  }
}

/// What is filed for a budget meets it, is measured, best first, at most `keep`.
template <class Watched, class S>
void check_files(const S& how) {
  Watched env;
  std::vector<ciess::step_report> told;
  const auto found =
      ciess::search(env, how, request(), [&](const ciess::step_report& r) { told.push_back(r); });
  CHECK(found.steps == static_cast<int>(told.size()));
  CHECK(!found.stopped);
  CHECK(found.full.quality == env.full().quality);
  double before = 0;
  std::vector<double> best(2, -std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < told.size(); ++i) {
    // What is best so far only gets better.
    auto& so_far = best[told[i].budget == request().budgets[0] ? 0 : 1];
    CHECK(told[i].best >= so_far);
    so_far = told[i].best;
    CHECK(told[i].total == told.back().total);
    CHECK(told[i].number == static_cast<int>(i));
    CHECK(told[i].total >= told[i].number + 1);
    CHECK(!told[i].method.empty());
    CHECK(told[i].seconds >= before);
    before = told[i].seconds;
  }
  REQUIRE(found.best.size() == 2);
  for (std::size_t b = 0; b < 2; ++b) {
    const auto limit = ciess::budget::from_sparsity(request().budgets[b], env.shapes());
    const auto& list = found.best[b];
    CHECK(list.size() <= 2);
    for (std::size_t i = 0; i < list.size(); ++i) {
      CHECK_NOTHROW(ciess::check_shapes("laws", env.shapes(), list[i].sizes));
      CHECK(limit.met_by(list[i].sizes));
      CHECK(list[i].quality == env.measure(list[i].sizes).quality);
      CHECK(!list[i].origin.empty());
      if (i > 0) CHECK(list[i].quality <= list[i - 1].quality);
      // Its step is the one that reported it.
      REQUIRE(list[i].step < found.steps);
      const auto& report = told[static_cast<std::size_t>(list[i].step)];
      CHECK(report.origin == list[i].origin);
      CHECK(report.quality == list[i].quality);
    }
  }
}

/// So many rows that loops over them are shared out.
class many_rows : public energetic_analytic_environment {
 public:
  many_rows() : energetic_analytic_environment(1, {20'000, 18'000}, {1, 8}) {}
};

/// The same bytes at one thread and at two.
template <class ManyRows, class S>
void check_threads(const S& how) {
  ManyRows env;
  const auto at = [&](int threads) {
    const ciess::threads pool{threads};
    auto run = how.begin(env, request());
    ciess::take_steps(run);
    return state_of(run);
  };
  CHECK((at(1) == at(2)));
}

/// Stopped, saved and loaded before any step, it goes on to the same bytes; the state of another
/// request is refused.
template <class Watched, class S>
void check_resumes(const S& how) {
  Watched env;
  auto whole = how.begin(env, request());
  ciess::take_steps(whole);
  const auto expected = state_of(whole);
  const auto steps = whole.history().size();
  for (std::size_t stop = 0; stop <= steps; ++stop) {
    CAPTURE(stop);
    Watched first_env;
    auto first = how.begin(first_env, request());
    while (first.history().size() < stop) first.step();
    const auto saved = save_fields(first);
    Watched second_env;
    auto second = how.begin(second_env, request());
    load_fields(saved, second);
    REQUIRE(second.history().size() == stop);
    for (std::size_t i = 0; i < stop; ++i) {
      const auto &before = first.history()[i], &after = second.history()[i];
      CHECK(before.total == after.total);
      CHECK(before.best == after.best);
      CHECK(before.method == after.method);
      CHECK(before.within == after.within);
    }
    ciess::take_steps(second);
    CHECK((state_of(second) == expected));
  }
  const auto saved = save_fields(whole);
  const auto refused = [&](const ciess::sizing_request& asked, std::uint64_t seed = 1) {
    Watched other_env(seed);
    auto other = how.begin(other_env, asked);
    CHECK_THROWS_AS(load_fields(saved, other), ciess::data_error);
  };
  refused(request(4));
  refused({.budgets = {0.7, 0.8}, .keep = 2, .seed = 3});
  refused({.budgets = {0.7, 0.85}, .keep = 1, .seed = 3});
  refused(request(), 2);
}

/// An environment whose quality is no number is named by the step.
template <class Watched, class S>
void check_nan(const S& how) {
  Watched env;
  env.bad_at = 2;
  CHECK_THROWS_WITH(ciess::search(env, how, request()),
                    ContainsSubstring("search: step 1") && ContainsSubstring("quality is") &&
                        !ContainsSubstring("search: step 1: search:"));
}

/// Tables of different formats: see `check_formats`.
template <class Watched>
class stored_apart : public Watched {
 public:
  explicit stored_apart(ciess::table_formats formats) : formats_{std::move(formats)} {}
  [[nodiscard]] const ciess::table_formats& stored_as() const noexcept { return formats_; }

 private:
  ciess::table_formats formats_;
};

/// Budgets of bytes of tables in different formats are met by what is filed, with room for indices
/// and without, for rows and for whole tables; the same bytes after an interruption.
template <class Watched, class S>
void check_formats(const S& how) {
  using ciess::number_format;
  for (const ciess::table_formats& formats :
       {ciess::table_formats{number_format::three_bits, number_format::bfloat16},
        ciess::table_formats{number_format::two_bits, number_format::float32}})
    for (const auto per : {ciess::sizes_per::row, ciess::sizes_per::table}) {
      using environment = stored_apart<Watched>;
      environment env(formats);
      const auto shapes = env.shapes();
      const auto dense = static_cast<double>(4 * ciess::dense_numbers(shapes));
      const auto unequal = static_cast<double>(ciess::least_unequal_bytes(shapes, formats));
      const auto all = static_cast<double>(ciess::packed_bytes(ciess::assignment(shapes), formats));
      const auto least = static_cast<double>(ciess::least_bytes(shapes, formats));
      ciess::sizing_request asked{.budgets = {1 - (0.5 * unequal + 0.5 * all) / dense,
                                              1 - (0.7 * least + 0.3 * unequal) / dense},
                                  .keep = 2,
                                  .seed = 3,
                                  .of = ciess::budget_of::bytes,
                                  .per = per};
      CAPTURE(ciess::name_of(formats), per == ciess::sizes_per::row);
      const auto found = ciess::search(env, how, asked);
      for (std::size_t b = 0; b < 2; ++b) {
        CHECK(!found.best[b].empty());
        for (const auto& c : found.best[b]) {
          CHECK(ciess::packed_bytes(c.sizes, formats) <=
                ciess::bytes_left(shapes, asked.budgets[b]));
          if (per == ciess::sizes_per::table || b == 1)
            for (const auto& table : c.sizes) CHECK(ciess::only_size(table) != 0);
        }
      }
      environment first_env(formats), second_env(formats);
      auto first = how.begin(first_env, asked);
      while (std::ssize(first.history()) < found.steps / 2) first.step();
      const auto saved = save_fields(first);
      auto second = how.begin(second_env, asked);
      load_fields(saved, second);
      ciess::take_steps(second);
      for (std::size_t b = 0; b < 2; ++b)
        CHECK(second.best(b).front().sizes == found.best[b].front().sizes);
    }
}

/// All of them.
/// @tparam Watched   an environment like `watched`
/// @tparam ManyRows  one like `many_rows`
template <class Watched = watched, class ManyRows = many_rows, class S>
void check(const S& how) {
  static_assert(ciess::sizer<S, Watched>);
  static_assert(ciess::sizing<ciess::run_of<S, Watched>>);
  CAPTURE(std::string(how.name()));
  CHECK(!std::string(how.name()).empty());
  check_refusals<Watched>(how);
  check_files<Watched>(how);
  check_threads<ManyRows>(how);
  check_resumes<Watched>(how);
  check_nan<Watched>(how);
  check_formats<Watched>(how);
}

}  // namespace sizer_laws
