// SPDX-License-Identifier: MIT
#include <ciess/study/events.hpp>
// its own header first
#include "support/catch.hpp"

namespace {

struct model {};
struct run {};

struct hears_steps {
  void operator()(const ciess::step_report&) {}
};
struct hears_trainings {
  bool operator()(const ciess::training_report&) { return true; }
};
struct hears_runs {
  template <class R>
  void operator()(const ciess::search_end<R>&) const {}
};
struct hears_models {
  template <class M>
  void operator()(const ciess::best_trained<M>&) const {}
};
struct hears_nothing {
  void operator()(const std::string&) {}
};
struct hears_other_models {
  void operator()(const ciess::best_trained<int>&) {}
};

static_assert(ciess::study_observer<hears_steps, model>);
static_assert(ciess::study_observer<hears_trainings, model>);
static_assert(ciess::study_observer<hears_runs, model, run>);
static_assert(ciess::study_observer<hears_models, model>);
static_assert(!ciess::study_observer<hears_nothing, model, run>);
static_assert(!ciess::study_observer<hears_other_models, model, run>);
static_assert(!ciess::study_observer<hears_runs, model>);  // there is no run

}  // namespace

TEST_CASE("an event is told to those who take it, and any of them may stop", "[study]") {
  std::string heard;
  auto phases = [&](const ciess::phase_report& p) { heard += p.text; };
  auto stops = [](const ciess::phase_report&) { return false; };
  hears_steps other;
  CHECK(ciess::detail::tell(ciess::phase_report{"one"}, phases, other));
  CHECK(!ciess::detail::tell(ciess::phase_report{"two"}, stops, phases));
  CHECK(ciess::detail::tell(ciess::step_report{}, stops, phases, other));
  CHECK(heard == "onetwo");
}
