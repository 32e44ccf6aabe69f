// SPDX-License-Identifier: MIT
/// @file
/// Methods side by side: each searches sizes for a recommender, and what it found is measured on
/// data that no search saw.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include <ciess/core/state_store.hpp>
#include <ciess/data/split.hpp>
#include <ciess/search/sizing_request.hpp>
#include <ciess/study/detail/study_phases.hpp>
#include <ciess/study/events.hpp>
#include <ciess/study/ranking_study.hpp>
#include <ciess/study/study_method.hpp>
#include <ciess/study/study_options.hpp>
#include <ciess/study/study_result.hpp>
#include <ciess/study/study_task.hpp>

namespace ciess {

/// Has each method search, and reports for each budget and each method what it found: its best few
/// trained to the end (validation decides when to stop and which to take), then trained anew on
/// train + validation and measured on test.
///
/// Each row is its own method's. What is best on validation among all rows is `row::best`. An
/// assignment is trained and tested once, whoever finds it, and a rule measures none that is known.
///
/// Several processes share the measurements that a method knows ahead (`spread_environment`), and
/// the trainings of candidates and of tests, by `study_options::processes`. Each runs the same
/// study on a task of its own; the root's observers alone are told, and stop it; the root keeps the
/// states, in a `shared_store`. The same bytes for any number of them, also if another number goes
/// on after an interruption. The full-size models and what learns from rows each process computes
/// for itself. Call it within `process_group::run`.
///
/// @param task        data, model and judge
/// @param asked       budgets; how many each search keeps; seed
/// @param methods     see `study_methods`. They search from the last to the first
/// @param store       a `state_store`: the full-size model once it is trained, each search when it
///                    is due and at its end, each training after it. What is there already is not
///                    done again: the same bytes come out as without an interruption
/// @param observers   each a `study_observer`; one that asks to stop ends the study, see
///                    `study_options::leave_when_stopped`. These and the store are not kept, so
///                    they may be temporary
/// @throws argument_error before anything is trained if parts, options, methods or budgets do not
///         fit; data_error if what the store holds belongs to another study; `interrupted`, see
///         `study_options::leave_when_stopped`
template <study_task Task, class... Methods, state_store Store, class... Observers>
auto run_study(Task& task, const sizing_request& asked, const std::tuple<Methods...>& methods,
               const study_options& study, Store&& store, Observers&&... observers) {
  static_assert(sizeof...(Methods) > 0, "ciess: a study needs a method");
  detail::study_phases<Task, std::remove_reference_t<Store>, std::remove_reference_t<Observers>...>
  phases(task, asked, study, store, observers...);
  phases.check(methods);
  phases.train_full();
  phases.search(methods);
  phases.train_candidates();
  phases.test();
  return std::move(phases).take();
}

/// The same of a recommender: see `ranking_study`.
/// @param make_model  callable (const interactions& train) -> Model
/// @param parts       train, validation, test
/// @param environment_options  of `recommender_environment<Model>`
template <class MakeModel, class EnvironmentOptions, class... Methods, state_store Store,
          class... Observers>
study_result run_study(MakeModel make_model, const split& parts,
                       const EnvironmentOptions& environment_options, const sizing_request& asked,
                       const std::tuple<Methods...>& methods, const study_options& study,
                       Store&& store, Observers&&... observers) {
  ranking_study<MakeModel> task(make_model, parts, environment_options);
  return run_study(task, asked, methods, study, std::forward<Store>(store),
                   std::forward<Observers>(observers)...);
}

}  // namespace ciess
