// SPDX-License-Identifier: MIT
#include <ciess/study/run_study.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_store.hpp"

namespace {

using environment_options = ciess::recommender_environment<ciess::lightgcn>::options;

ciess::split parts() {
  return ciess::split_interactions(
      ciess::make_synthetic({.users = 90, .items = 60, .interactions = 1500, .factors = 6}).data,
      {}, 1);
}

/// What a test changes of a small study.
struct changes {
  bool stop = false;  ///< after three steps of the search
  std::vector<ciess::start> starts = {};
  std::vector<ciess::tail_energy_options> tail = {{0, 1}, {0, 2}};
  std::vector<double> exponents = {0, 0.5};
  std::vector<double> budgets = {0.6, 0.8};
  int keep = 3;
  ciess::split data = parts();
  std::string stop_at = {};                   ///< what is said when somebody asks to stop
  std::string stop_in{};                      ///< asks to stop in trainings of this
  int said = 0;                               ///< how often something was
  std::vector<std::string>* heard = nullptr;  ///< what was said
  bool leave = false;                         ///< when stopped
  double tune_rate = 0.01;                    ///< of what is trained after a cut
  int d_max = 12;
  ciess::effort most = {};                         ///< of each search
  std::vector<std::string>* trained = nullptr;     ///< what trainings were told of
  std::map<std::string, int>* steps_of = nullptr;  ///< of each method's search
  ciess::evaluation_options evaluation = {};
};

template <class Store = ciess::no_store>
ciess::study_result run(changes&& c, Store* store = nullptr) {
  const auto make = [&](const ciess::interactions& train) {
    ciess::lightgcn::options o;
    o.range = {1, c.d_max};
    o.batch = 300;
    return ciess::lightgcn(train, o, 1);
  };
  environment_options e;
  e.full = {.every = 20, .patience = 2, .max_steps = 80};
  e.tune = {.every = 10, .patience = 1, .max_steps = 20};
  e.from = ciess::start::warm;
  e.tune_rate.first = c.tune_rate;
  e.steps = 5;
  e.evaluation = c.evaluation;
  const ciess::sizing_request asked{.budgets = c.budgets, .keep = c.keep};
  ciess::ciess_sizer<> o{
      .episodes = 2, .steps = 2, .seeds = {ciess::frequency_rule(c.exponents, {4})}};
  o.agent.hidden = {16};
  o.agent.batch = 64;
  std::vector<ciess::study_method<ciess::rule>> rules;
  const auto add = [&](ciess::rule r, int keep = 1) {
    rules.push_back({std::move(r), keep, c.starts});
  };
  add(ciess::equal_rule());
  add(ciess::random_rule());
  add(ciess::frequency_rule(c.exponents), 2);
  add(ciess::frequency_rule(c.exponents, {4}), 2);
  add(ciess::tail_energy_rule(c.tail));
  const auto methods = ciess::study_methods(rules, ciess::study_method{o, 3, {}});
  int steps = 0;
  const auto observer = [&] {  // one that is gone after the call
    return [&](const ciess::step_report& r) {
      if (c.steps_of) ++(*c.steps_of)[r.method];
      return !(c.stop && r.method == "ciess" && ++steps == 3);
    };
  };
  const auto say = [&](const ciess::phase_report& phase) {
    ++c.said;
    if (c.heard) c.heard->push_back(phase.text);
    return c.stop_at.empty() || !phase.text.starts_with(c.stop_at);
  };
  const auto training = [&](const ciess::training_report& r) {
    if (c.trained && r.step == 0) c.trained->push_back(r.what);
    return c.stop_in.empty() || r.what != c.stop_in;
  };
  const ciess::study_options s{.most = c.most, .leave_when_stopped = c.leave};
  if constexpr (requires(const ciess::lightgcn& m) { store->trained(0.5, m); }) {
    const auto keep = [&](const ciess::best_trained<ciess::lightgcn>& best) {
      store->trained(best.budget, best.model);
    };
    return ciess::run_study(make, c.data, e, asked, methods, s, *store, observer(), say, keep);
  } else {
    if (store)
      return ciess::run_study(make, c.data, e, asked, methods, s, *store, observer(), say,
                              training);
    return ciess::run_study(make, c.data, e, asked, methods, s, ciess::no_store{}, observer(), say,
                            training);
  }
}

}  // namespace

TEST_CASE("a study measures every method under every budget", "[study]") {
  const auto r = run({});
  CHECK(!r.stopped);
  CHECK(r.full_numbers == 150 * 12);
  CHECK(r.full.mean > 0);
  REQUIRE(r.budgets.size() == 2);
  for (const auto& row : r.budgets) {
    REQUIRE(row.methods.size() == 6);
    const auto limit = static_cast<std::int64_t>((1 - row.budget) * 1800 + 1e-9);
    for (const auto& m : row.methods) {
      CAPTURE(row.budget, m.method, m.origin);
      CHECK(m.sizes.total() <= limit);
      CHECK(m.test.mean > 0);
      CHECK(row.best_of_all().validation >= m.validation);
    }
    CHECK(row.methods[0].method == "equal");
    CHECK(row.methods[1].method == "random");
    CHECK(row.methods[2].method == "frequency");
    CHECK(row.methods[3].method == "weighted-frequency");
    CHECK(row.methods[4].method == "tail-energy");
    CHECK(row.methods[5].method == "ciess");
    for (const auto& m : row.methods) CHECK(ciess::label(row, m) == m.method);
    // Nobody's row has another one's sizes under its name.
    CHECK(row.methods[0].origin == "equal");
    CHECK(row.methods[2].origin.starts_with("freq^("));
    CHECK(row.methods[3].origin.starts_with("freq^("));
    CHECK(row.methods[4].origin.starts_with("tail energy"));
    for (const char* other : {"equal", "random", "tail energy"})
      CHECK(!row.methods[5].origin.starts_with(other));
  }
  CHECK(r.seconds.total >= r.seconds.pretrain + r.seconds.search);
}

TEST_CASE("a study says what popularity alone is worth, at the cutoffs asked for", "[study]") {
  changes c;
  c.budgets = {0.6};
  c.evaluation.cutoffs = {3, 7};
  c.evaluation.known_only = true;
  // An item and a user of the test that nothing else knows.
  const auto pairs_of = [](const ciess::interactions& part, bool with_last) {
    std::vector<ciess::interaction> pairs;
    for (ciess::row_id u = 0; u < part.users(); ++u)
      for (const ciess::row_id i : part.items_of(u))
        if (with_last || (u != part.users() - 1 && i != part.items() - 1)) pairs.push_back({u, i});
    if (with_last) {
      pairs.push_back({0, static_cast<ciess::row_id>(part.items() - 1)});
      pairs.push_back({static_cast<ciess::row_id>(part.users() - 1), 0});
    }
    return ciess::interactions(part.users(), part.items(), pairs);
  };
  c.data.train = pairs_of(c.data.train, false);
  c.data.validation = pairs_of(c.data.validation, false);
  c.data.test = pairs_of(c.data.test, true);
  const auto data = c.data;
  const auto evaluation = c.evaluation;
  const auto r = run(std::move(c));
  const auto known = ciess::merge(data.train, data.validation);
  const auto expected = ciess::evaluate_popularity(known, data.test, evaluation);
  CHECK(r.baseline.cutoffs == std::vector<int>{3, 7});
  CHECK(r.baseline.recall == expected.recall);
  CHECK(r.baseline.coverage == expected.coverage);
  CHECK(r.baseline.user_quality == expected.user_quality);
  CHECK(r.baseline.mean > 0);
  CHECK(r.baseline_validation ==
        ciess::evaluate_popularity(data.train, data.validation, evaluation).mean);
  CHECK(r.baseline_validation > 0);
  // Models and popularity are measured on the same pairs.
  CHECK(r.baseline.left_out_pairs >= 2);
  REQUIRE(r.budgets.size() == 1);
  auto figures = std::vector{r.full};
  for (const auto& m : r.budgets[0].methods) figures.push_back(m.test);
  for (const auto& f : figures) {
    CHECK(f.cutoffs == std::vector<int>{3, 7});
    CHECK(f.evaluated_users == r.baseline.evaluated_users);
    CHECK(f.left_out_pairs == r.baseline.left_out_pairs);
    CHECK(f.left_out_items == r.baseline.left_out_items);
    CHECK(f.map_at(7) > 0);
    CHECK(f.user_quality.back() == 0);
  }
}

TEST_CASE("a study that nobody could judge is refused before it trains", "[study]") {
  // A user in each part who is not in training.
  changes c;
  c.data.train = ciess::interactions(4, 3, {{0, 0}, {1, 0}, {1, 1}});
  c.data.validation = ciess::interactions(4, 3, {{2, 0}, {0, 2}});
  c.data.test = ciess::interactions(4, 3, {{3, 0}, {0, 1}});
  c.evaluation.known_only = true;
  const auto study = [](changes d) { (void)run(std::move(d)); };
  CHECK_THROWS_WITH(study(c), Catch::Contains("has a pair that counts in validation"));
  c.data.validation = ciess::interactions(4, 3, {{2, 0}, {0, 1}});
  c.data.test = ciess::interactions(4, 3, {{3, 0}});
  CHECK_THROWS_WITH(study(c), Catch::Contains("has a pair that counts in test"));
}

TEST_CASE("simple rules are trained from every start that is asked for", "[study]") {
  const auto r = run({.starts = {ciess::start::scratch, ciess::start::warm}});
  for (const auto& row : r.budgets) {
    REQUIRE(row.methods.size() == 11);
    for (std::size_t k = 0; k < 10; ++k) {
      const auto& m = row.methods[k];
      CHECK(m.method == row.methods[k ^ 1].method);
      CHECK(m.recipe.from == (k % 2 == 0 ? ciess::start::scratch : ciess::start::warm));
      CHECK(ciess::label(row, m) == m.method + (k % 2 == 0 ? ", scratch" : ", warm"));
      CHECK(row.best_of_all().validation >= m.validation);
    }
    CHECK(ciess::label(row, row.methods.back()) == "ciess");
  }
}

TEST_CASE("a study says what its search will take", "[study]") {
  changes c;
  std::vector<std::string> heard;
  c.heard = &heard;
  c.stop = true;
  (void)run(std::move(c));
  // Four pairs of exponents, without and with a weight, for two budgets; two episodes of two steps.
  REQUIRE(heard.size() > 1);
  CHECK(heard[0] == "training the full-size model");
  CHECK(heard[1] == "searching, ciess: 20 measurements of 5 training steps each, 100 in all");
}

TEST_CASE("every method's search is told and limited alike", "[study]") {
  changes c;
  c.budgets = {0.6};
  c.most.steps = 3;
  std::map<std::string, int> steps;
  c.steps_of = &steps;
  const auto r = run(std::move(c));
  CHECK(!r.stopped);
  CHECK(steps == std::map<std::string, int>{{"equal", 1},
                                            {"random", 1},
                                            {"frequency", 3},
                                            {"weighted-frequency", 3},
                                            {"tail-energy", 2},
                                            {"ciess", 3}});
  REQUIRE(r.budgets.size() == 1);
  CHECK(r.budgets[0].methods.size() == 6);
}

TEST_CASE("long trainings of a study are told by what they train", "[study]") {
  changes c;
  c.budgets = {0.6};
  std::vector<std::string> trained;
  c.trained = &trained;
  (void)run(std::move(c));
  REQUIRE(trained.size() >= 4);
  CHECK(trained.front() == "full-size model");
  CHECK(std::ranges::count(trained, "full-size model") == 2);  // and on train + validation
  CHECK(std::ranges::count(trained, "sizes") >= 2);
  CHECK(std::ranges::count(trained, "last training") >= 2);
}

TEST_CASE("a study that is stopped reports what there is", "[study]") {
  const auto r = run({.stop = true});
  CHECK(r.stopped);
  REQUIRE(r.budgets.size() == 2);
  // One measurement was taken, for the first budget: for the other the search has found nothing,
  // and nothing else takes its name.
  const auto own = [&](std::size_t b) {
    return std::ranges::count(r.budgets[b].methods, "ciess", &ciess::method_result::method);
  };
  CHECK(own(0) == 1);
  CHECK(own(1) == 0);
  for (const auto& row : r.budgets) CHECK(row.best_of_all().test.mean > 0);
}

TEST_CASE("a study can be stopped after its search", "[study]") {
  const auto training = run({.starts = {ciess::start::scratch, ciess::start::warm},
                             .stop_at = "training the candidates at 80%"});
  CHECK(training.stopped);
  REQUIRE(training.budgets.size() == 2);
  CHECK(training.budgets[0].methods.back().method == "ciess");
  CHECK(training.budgets[0].methods.back().test.mean > 0);
  const auto measuring = run({.stop_at = "last training"});
  CHECK(measuring.stopped);
  for (const auto& row : measuring.budgets) {
    CHECK(row.methods.back().method == "ciess");
    for (const auto& m : row.methods) CHECK(m.test.mean > 0);  // what is not measured is left out
  }
}

TEST_CASE("a study can be stopped within its last trainings", "[study]") {
  const auto whole = run({});
  const auto r = run({.stop_in = "last training"});
  CHECK(r.stopped);
  REQUIRE(r.budgets.size() == whole.budgets.size());
  for (std::size_t b = 0; b < r.budgets.size(); ++b) {
    const auto& row = r.budgets[b];
    CHECK(row.methods.size() < whole.budgets[b].methods.size());
    CHECK(row.methods.back().method == "ciess");
    CHECK(row.best_of_all().sizes == whole.budgets[b].best_of_all().sizes);
    for (const auto& m : row.methods) CHECK(m.test.mean > 0);
  }
}

TEST_CASE("a study that leaves within a last training begins no other", "[study]") {
  changes c;
  c.stop_in = "last training";
  c.leave = true;
  std::vector<std::string> trained;
  c.trained = &trained;
  CHECK_THROWS_AS(run(std::move(c)), ciess::interrupted);
  CHECK(std::ranges::count(trained, "last training") == 1);
}

TEST_CASE("a study tells what each search took", "[study]") {
  const auto r = run({});
  std::vector<std::string> methods;
  double seconds = 0;
  for (const auto& e : r.searches) {
    methods.push_back(e.method);
    CAPTURE(e.method);
    CHECK(e.training_steps == 5 * e.measurements);
    CHECK(e.seconds >= 0);
    seconds += e.seconds;
  }
  CHECK(methods == std::vector<std::string>{"equal", "random", "frequency", "weighted-frequency",
                                            "tail-energy", "ciess"});
  CHECK(r.searches.front().measurements == 2);  // one for each budget
  CHECK(r.searches.back().measurements == 20);
  CHECK(r.seconds.search == Approx(seconds));
}

TEST_CASE("after a stop rules are trained from the last start only", "[study]") {
  const auto stopped = run({.stop = true, .starts = {ciess::start::scratch, ciess::start::warm}});
  for (const auto& row : stopped.budgets)
    for (const auto& m : row.methods) CHECK(m.recipe.from == ciess::start::warm);
}

TEST_CASE("a study refuses before it trains", "[study]") {
  const auto refused = [](changes c) {
    try {
      (void)run(std::move(c));
    } catch (const ciess::argument_error&) {
      return c.said == 0;
    }
    return false;
  };
  using ciess::start;
  CHECK(refused({.starts = {start::warm, start::warm}}));
  CHECK(refused({.starts = {start::scratch, start::scratch, start::warm}}));
  CHECK(refused({.tail = {{-1, 1}}}));
  CHECK(refused({.exponents = {std::numeric_limits<double>::infinity()}}));
  CHECK(refused({.budgets = {1.5}}));
  CHECK(refused({.keep = 0}));
  auto data = parts();
  data.validation = ciess::interactions(data.train.users(), data.train.items(), {});
  CHECK(refused({.data = data}));
  data = parts();
  data.test = ciess::interactions(data.train.users() + 1, data.train.items(), {{0, 0}});
  CHECK(refused({.data = data}));
}

TEST_CASE("a study says what it refuses", "[study]") {
  using ciess::start;
  const auto refused = [](changes c, const std::string& words) {
    CHECK_THROWS_WITH(run(std::move(c)), ContainsSubstring(words));
  };
  refused({.starts = {start::warm, start::warm}}, "equal: a start is given twice");
  const double infinite = std::numeric_limits<double>::infinity();
  refused({.tail = {{infinite, 1}}}, "must be finite and >= 0, got inf and 1");
  refused({.tail = {{0, 1}, {0, -2}}}, "must be finite and >= 0, got 0 and -2");
  refused({.tail = {{0, std::nan("")}}}, "must be finite and >= 0, got 0 and nan");
}

namespace {

/// The least that is a backbone: it cannot start warm.
struct plain_backbone {
  std::array<ciess::table_shape, 2> tables{
      {{.rows = 90, .range = {1, 12}}, {.rows = 60, .range = {1, 12}}}};
  ciess::index_t users() const { return 90; }
  ciess::index_t items() const { return 60; }
  std::span<const ciess::table_shape> shapes() const { return tables; }
  void reset(std::uint64_t) {}
  void resize(const ciess::assignment&) {}
  double train(int) { return 0; }
  void score(ciess::index_t, ciess::matrix_span out) { out.setZero(); }
};

}  // namespace

namespace {

/// Whose lists are the items in rising or in falling order, the ones with few numbers, the others
/// with many: which of both is better is the data's.
struct ordering_backbone : plain_backbone {
  bool rises_if_small = false, small = false;
  void resize(const ciess::assignment& sizes) { small = sizes.total() < 810; }  // of 1,800
  void score(ciess::index_t, ciess::matrix_span out) {
    for (ciess::index_t u = 0; u < out.rows(); ++u)
      for (ciess::index_t i = 0; i < out.cols(); ++i)
        out(u, i) = static_cast<float>(small == rises_if_small ? i : -i);
  }
};

}  // namespace

TEST_CASE("a smaller table that is better is taken under a larger budget, too", "[study]") {
  using environment = ciess::recommender_environment<ordering_backbone>::options;
  std::vector<std::tuple<double, double, std::int64_t, bool>> handed;
  const auto study = [&](bool rises_if_small) {
    const auto make = [&](const ciess::interactions&) {
      ordering_backbone model;
      model.rises_if_small = rises_if_small;
      return model;
    };
    std::vector<ciess::study_method<ciess::rule>> rules;
    for (auto rule : {ciess::equal_rule(), ciess::random_rule()})
      rules.push_back({std::move(rule), 1, {ciess::start::scratch}});
    handed.clear();
    const auto keep = [&](const ciess::best_trained<ordering_backbone>& best) {
      handed.emplace_back(best.budget, best.of_budget, best.bytes, best.model.small);
    };
    return ciess::run_study(make, parts(), environment{}, {.budgets = {0.5, 0.8, 0.6}},
                            ciess::study_methods(rules), {}, ciess::no_store{}, keep);
  };
  int taken = 0;
  for (const bool rises_if_small : {false, true}) {
    CAPTURE(rises_if_small);
    const auto r = study(rises_if_small);
    const auto &large = r.budgets[0], &small = r.budgets[1], &as_good = r.budgets[2];
    const bool better = small.best_of_all().validation > large.methods[large.best].validation;
    CHECK(small.best_of_all().validation == as_good.best_of_all().validation);
    CHECK_FALSE(small.smaller);    // nothing removes more
    CHECK_FALSE(as_good.smaller);  // as good is not better
    CHECK(large.smaller.has_value() == better);
    CHECK(large.methods.size() == 2);
    // Whose model is handed over, and the bytes of what is best of the budget itself.
    REQUIRE(handed.size() == 3);
    const auto bytes = [](const auto& row) {
      return ciess::packed_bytes(row.methods[row.best].sizes, ciess::number_format::float32);
    };
    CHECK(handed[0] == std::tuple(0.5, better ? 0.8 : 0.5, bytes(large), better));
    CHECK(handed[1] == std::tuple(0.8, 0.8, bytes(small), true));
    CHECK(handed[2] == std::tuple(0.6, 0.6, bytes(as_good), true));
    if (!better) continue;
    ++taken;
    CHECK(large.smaller_budget == 0.8);  // the first of those that are as good
    CHECK(large.best_of_all().sizes == small.best_of_all().sizes);
    CHECK(large.best_of_all().test.mean == small.best_of_all().test.mean);
    CHECK(ciess::label(large, large.best_of_all()) == "equal, of 80%");
  }
  CHECK(taken == 1);
}

TEST_CASE("rules cannot start warm with a backbone that cannot", "[study]") {
  using environment = ciess::recommender_environment<plain_backbone>::options;
  const auto study = [](ciess::start from) {
    int said = 0;
    const auto data = parts();
    const auto methods = ciess::study_methods(ciess::study_method{ciess::equal_rule(), 1, {from}});
    try {
      return ciess::run_study([](const ciess::interactions&) { return plain_backbone(); }, data,
                              environment{.steps = 1, .full = {.every = 1, .max_steps = 2}},
                              {.budgets = {0.5}, .keep = 1}, methods, {}, ciess::no_store{},
                              [&](const ciess::phase_report&) { ++said; });
    } catch (const ciess::error&) {
      CHECK(said == 0);
      throw;
    }
  };
  CHECK_THROWS_WITH(study(ciess::start::warm),
                    ContainsSubstring("equal: cannot start warm with a backbone that is not"));
  CHECK(study(ciess::start::scratch).budgets.size() == 1);
}

TEST_CASE("two methods of one name, and one that keeps nothing, are refused", "[study]") {
  const auto data = parts();
  const auto study = [&](const auto& methods) {
    return ciess::run_study([](const ciess::interactions&) { return plain_backbone(); }, data,
                            ciess::recommender_environment<plain_backbone>::options{.steps = 1},
                            {.budgets = {0.5}}, methods, {}, ciess::no_store{});
  };
  CHECK_THROWS_WITH(study(ciess::study_methods(ciess::equal_rule(), ciess::equal_rule())),
                    ContainsSubstring("two methods are called equal"));
  CHECK_THROWS_WITH(study(ciess::study_methods(ciess::study_method{ciess::equal_rule(), 0})),
                    ContainsSubstring("equal: keep must be >= 1, got 0"));
  const ciess::rule bad_name = ciess::formula(
      "a/b", [](const ciess::table_facts& facts, ciess::budget limit, std::uint64_t) {
        return ciess::project(facts.shapes, ciess::equal_proposal(facts.shapes), limit);
      });
  CHECK_THROWS_WITH(study(ciess::study_methods(bad_name)),
                    ContainsSubstring("a method's name must not be empty and have no slashes") &&
                        ContainsSubstring("'a/b'"));
  CHECK_THROWS_WITH(study(ciess::study_methods(ciess::rule(ciess::tail_energy_rule()))),
                    ContainsSubstring("does not show its full-size tables"));
}

namespace {

/// Keeps what it is handed for each budget as well, through all lives: files of tables.
class publishing_store : public memory_store {
 public:
  struct tables {
    std::vector<ciess::sizes> sizes;
    std::vector<float> numbers;
    friend bool operator==(const tables&, const tables&) = default;
  };
  using memory_store::memory_store;
  void trained(double budget, const ciess::lightgcn& model) {
    auto& kept = published[budget] = {};
    for (std::size_t t = 0; t < 2; ++t) {
      const auto values = model.table(t).values();
      kept.sizes.push_back(model.table(t).row_sizes());
      for (ciess::index_t r = 0; r < values.rows(); ++r)
        for (ciess::index_t c = 0; c < values.cols(); ++c) kept.numbers.push_back(values(r, c));
    }
    ++handed;
  }
  std::map<double, tables> published;
  int handed = 0;
};

/// Whether every budget has the tables of what won it.
void check_published(const publishing_store& store, const ciess::study_result& r) {
  REQUIRE(store.published.size() == r.budgets.size());
  for (const auto& row : r.budgets) {
    CAPTURE(row.budget);
    REQUIRE(store.published.contains(row.budget));
    CHECK(ciess::assignment(store.published.at(row.budget).sizes) == row.best_of_all().sizes);
  }
}

/// Two budgets of the same number of numbers: what wins one wins the other.
changes twins() {
  changes c;
  c.budgets = {0.6, 0.5999999};
  return c;
}

void check_same(const ciess::study_result& a, const ciess::study_result& b) {
  CHECK(a.full.recall == b.full.recall);
  CHECK(a.full_validation == b.full_validation);
  CHECK(a.baseline_validation == b.baseline_validation);
  CHECK(a.baseline.user_quality == b.baseline.user_quality);
  REQUIRE(a.budgets.size() == b.budgets.size());
  for (std::size_t i = 0; i < a.budgets.size(); ++i) {
    REQUIRE(a.budgets[i].methods.size() == b.budgets[i].methods.size());
    CHECK(a.budgets[i].best_of_all().sizes == b.budgets[i].best_of_all().sizes);
    for (std::size_t m = 0; m < a.budgets[i].methods.size(); ++m) {
      const auto& x = a.budgets[i].methods[m];
      const auto& y = b.budgets[i].methods[m];
      CAPTURE(x.method);
      CHECK(x.method == y.method);
      CHECK(x.origin == y.origin);
      CHECK(x.sizes == y.sizes);
      CHECK(x.recipe == y.recipe);
      CHECK(x.validation == y.validation);
      CHECK(x.test.ndcg == y.test.ndcg);
      CHECK(x.test.user_quality == y.test.user_quality);
    }
  }
}

}  // namespace

TEST_CASE("a study killed at any time goes on to the same bytes", "[study][resume]") {
  const auto whole = run({});
  memory_store counting(-1);
  check_same(run({}, &counting), whole);
  REQUIRE(counting.saves > 20);
  // Each life gets two saves further than the last one; the states survive.
  memory_store store(0);
  int lives = 1;
  for (;; ++lives) {
    try {
      check_same(run({}, &store), whole);
      break;
    } catch (const killed&) {
      store.revive(2);
    }
  }
  CHECK(lives >= counting.saves / 2);
  // All is there: nothing is saved any more, because nothing is trained any more.
  const int before = store.saves;
  store.revive(0);
  check_same(run({}, &store), whole);
  CHECK(store.saves == before);
}

TEST_CASE("a study that is to leave when stopped throws and goes on later", "[study][resume]") {
  const auto whole = run({});
  memory_store store(-1);
  for (const char* at : {"training the full", "searching", "training the candidates at 60",
                         "training the candidates at 80", "last training"}) {
    CAPTURE(at);
    changes c;
    c.stop_at = at;
    c.leave = true;
    CHECK_THROWS_AS(run(std::move(c), &store), ciess::interrupted);
  }
  check_same(run({}, &store), whole);
  changes c;
  c.stop = true;
  c.leave = true;
  memory_store other(-1);
  CHECK_THROWS_AS(run(std::move(c), &other), ciess::interrupted);
  check_same(run({}, &other), whole);
}

namespace {

/// Gives some users what they are held to, and the others nothing: with few numbers all users, with
/// many as many as their sizes say. Fewer after a few steps are more in the end, so that a search
/// has its candidates in the wrong order.
struct graded_backbone : plain_backbone {
  const ciess::split* data = nullptr;
  int steps = 0, good = 0;
  bool small = false;
  void reset(std::uint64_t) { steps = 0; }
  double train(int n) {
    steps += n;
    return 0;
  }
  void resize(const ciess::assignment& sizes) {
    small = sizes.total() < 810;  // of 1,800
    int sum = 0;
    for (int r = 0; r < 20; ++r) sum += (r + 1) * sizes[0][r];
    good = ciess::only_size(sizes[0]) != 0 ? 54 : 5 + sum % 60;
  }
  void score(ciess::index_t first, ciess::matrix_span out) {
    const int users = small ? 90 : steps > 5 ? good : 70 - good;
    out.setZero();
    for (ciess::index_t u = 0; u < out.rows() && first + u < users; ++u)
      for (const auto* part : {&data->validation, &data->test})
        for (const ciess::row_id item : part->items_of(static_cast<ciess::row_id>(first + u)))
          out(u, item) = 1;
  }
};

/// What was handed over for a budget: whose it is, its bytes, and whether the model is the small
/// one.
using handed_over = std::map<double, std::tuple<double, std::int64_t, bool>>;

/// A study of two rules in which the best of 80 % is better than all of 50 %.
/// @param stop_after  saves after which it is asked to stop; -1: never
ciess::study_result study_with_smaller(memory_store& store, handed_over& handed,
                                       int stop_after = -1) {
  const ciess::split data = parts();
  const auto make = [&](const ciess::interactions&) {
    graded_backbone model;
    model.data = &data;
    return model;
  };
  ciess::recommender_environment<graded_backbone>::options e;
  e.steps = 5;
  e.full = {.every = 10, .patience = 1, .max_steps = 20};
  std::vector<ciess::study_method<ciess::rule>> rules;
  for (auto rule : {ciess::equal_rule(), ciess::rule(ciess::frequency_rule({0.5, 1, 1.5}))})
    rules.push_back({std::move(rule), 6, {ciess::start::scratch}});
  const auto keep = [&](const ciess::best_trained<graded_backbone>& best) {
    handed[best.budget] = {best.of_budget, best.bytes, best.model.small};
  };
  const auto go_on = [&] { return stop_after < 0 || store.saves < stop_after; };
  const auto watch = [&](const ciess::training_report&) { return go_on(); };
  const auto say = [&](const ciess::phase_report&) { return go_on(); };
  return ciess::run_study(make, data, e, {.budgets = {0.5, 0.8, 0.6}}, ciess::study_methods(rules),
                          {}, store, keep, watch, say);
}

void check_same_smaller(const ciess::study_result& a, const ciess::study_result& b) {
  check_same(a, b);
  for (std::size_t i = 0; i < a.budgets.size(); ++i) {
    const auto &x = a.budgets[i], &y = b.budgets[i];
    CAPTURE(x.budget);
    CHECK(x.best == y.best);
    CHECK(x.smaller_budget == y.smaller_budget);
    CHECK(ciess::label(x, x.best_of_all()) == ciess::label(y, y.best_of_all()));
    REQUIRE(x.smaller.has_value() == y.smaller.has_value());
    if (!x.smaller) continue;
    CHECK(x.smaller->method == y.smaller->method);
    CHECK(x.smaller->origin == y.smaller->origin);
    CHECK(x.smaller->sizes == y.smaller->sizes);
    CHECK(x.smaller->recipe == y.smaller->recipe);
    CHECK(x.smaller->validation == y.smaller->validation);
    CHECK(x.smaller->test.user_quality == y.smaller->test.user_quality);
  }
}

}  // namespace

TEST_CASE("what is best of a smaller budget is so after a study was killed or stopped, too",
          "[study][resume]") {
  memory_store counting(-1);
  handed_over handed;
  const auto whole = study_with_smaller(counting, handed);
  REQUIRE(whole.budgets[0].smaller);
  REQUIRE(handed.size() == 3);
  CHECK(std::get<0>(handed[0.5]) == 0.8);
  REQUIRE(counting.saves > 12);
  SECTION("killed after each save") {
    memory_store store(0);
    handed_over kept;
    for (;;) try {
        check_same_smaller(study_with_smaller(store, kept), whole);
        break;
      } catch (const killed&) {
        store.revive(1);
      }
    CHECK(kept == handed);
    // All is there: nothing is trained or handed over any more.
    store.revive(0);
    kept.clear();
    check_same_smaller(study_with_smaller(store, kept), whole);
    CHECK(kept.empty());
  }
  SECTION("stopped for a report after any save") {
    int shorter = 0, other_bytes = 0;
    for (int stop = 0; stop <= counting.saves; ++stop) {
      CAPTURE(stop);
      memory_store store(-1);
      handed_over kept;
      const auto report = study_with_smaller(store, kept, stop);
      shorter += report.stopped;
      for (const auto& row : report.budgets) {
        if (row.methods.empty()) continue;
        // What is handed over is what the report names.
        REQUIRE(kept.contains(row.budget));
        CHECK(std::get<0>(kept[row.budget]) == (row.smaller ? row.smaller_budget : row.budget));
        if (row.budget == 0.5) other_bytes += kept[0.5] != handed[0.5];
      }
      check_same_smaller(study_with_smaller(store, kept), whole);
      CHECK(kept == handed);
    }
    CHECK(shorter > 3);
    CHECK(other_bytes > 0);  // the best of the budget itself was another one then
  }
}

TEST_CASE("a store of another study is refused", "[study][resume]") {
  memory_store store(4);
  CHECK_THROWS_AS(run({}, &store), killed);
  store.revive(-1);
  changes c;
  c.budgets = {0.6, 0.7};
  CHECK_THROWS_WITH(run(std::move(c), &store), "search.budgets: another value");
  changes d;
  d.data.validation = d.data.test;
  CHECK_THROWS_WITH(run(std::move(d), &store), "held_out.fingerprint: another value");
  changes e;
  e.evaluation.known_only = true;
  CHECK_THROWS_WITH(run(std::move(e), &store), "known_only: another value");
}

TEST_CASE("the trained model of every budget is handed over, though one assignment wins several",
          "[study][resume]") {
  publishing_store whole(-1);
  const auto r = run(twins(), &whole);
  REQUIRE(r.budgets.size() == 2);
  REQUIRE(r.budgets[0].best_of_all().sizes == r.budgets[1].best_of_all().sizes);
  check_published(whole, r);
  CHECK(whole.published.at(0.6) == whole.published.at(0.5999999));
  CHECK(whole.handed == 2);
  // Killed at any time, also between two budgets; what is there is not handed over again.
  publishing_store store(0);
  for (;;) try {
      check_same(run(twins(), &store), r);
      break;
    } catch (const killed&) {
      store.revive(2);
    }
  CHECK(store.published == whole.published);
  const int handed = store.handed;
  check_same(run(twins(), &store), r);
  CHECK(store.handed == handed);
}

TEST_CASE("what is handed over is what a report names, and what the whole names after it",
          "[study][resume]") {
  publishing_store whole(-1);
  const auto r = run({}, &whole);
  check_published(whole, r);
  for (const int more : {0, 1, 2, 3}) {
    CAPTURE(more);
    // Killed in the last training, then stopped for a report, then gone on with.
    publishing_store store(-1);
    changes c;
    c.stop_at = "last training";
    c.leave = true;
    CHECK_THROWS_AS(run(std::move(c), &store), ciess::interrupted);
    store.revive(more);
    try {
      (void)run({}, &store);
    } catch (const killed&) {
    }
    store.revive(-1);
    changes d;
    d.stop_at = "training the candidates at 60";
    check_published(store, run(std::move(d), &store));
    check_same(run({}, &store), r);
    CHECK(store.published == whole.published);
  }
}

TEST_CASE("users without items and items without users take part in a study", "[study]") {
  // Of 30 users every fifth, and the last, has nothing; of 20 items every fourth, and the last.
  const auto part = [](std::uint64_t seed, std::uint32_t one_in) {
    std::vector<ciess::interaction> pairs;
    const ciess::random_stream stream(seed, ciess::purpose::user);
    for (ciess::row_id u = 0; u < 29; ++u)
      for (ciess::row_id i = 0; i < 19; ++i) {
        auto engine = stream.at(static_cast<std::uint64_t>(u), static_cast<std::uint64_t>(i));
        if (u % 5 != 0 && i % 4 != 0 && ciess::bounded(engine, one_in) == 0)
          pairs.push_back({u, i});
      }
    return ciess::interactions(30, 20, pairs);
  };
  changes c;
  c.budgets = {0.5};
  SECTION("as they come from a split") {
    c.data = ciess::split_interactions(part(1, 2), {}, 1);
    CHECK(c.data.train.user_frequency(0) == 0);
    CHECK(c.data.train.item_frequency(19) == 0);
  }
  SECTION("with nothing to train on for those who are to be recommended to") {
    c.data = {part(1, 4), part(2, 8), ciess::interactions(30, 20, {{0, 0}, {29, 19}, {5, 4}})};
  }
  SECTION("in tables of two columns") {
    c.d_max = 2;
    c.data = ciess::split_interactions(part(1, 2), {}, 1);
  }
  const int d_max = c.d_max;
  const auto r = run(std::move(c));
  REQUIRE(r.budgets.size() == 1);
  for (const auto& m : r.budgets[0].methods) {
    CAPTURE(m.method);
    CHECK(m.sizes.total() <= 50 * d_max / 2);
    CHECK(std::isfinite(m.validation));
    CHECK(std::isfinite(m.test.mean));
  }
}

TEST_CASE("a study of tables of one column is refused before it trains", "[study]") {
  changes c;
  c.d_max = 1;
  CHECK_THROWS_WITH(run(std::move(c)), Catch::Contains("the smallest sizes alone need 150"));
}

TEST_CASE("a loss that is no number ends a study by its step, and what it kept stays",
          "[study][resume]") {
  memory_store store(-1);
  const auto diverge = [&] {
    changes c;
    c.tune_rate = 1e30;
    return run(std::move(c), &store);
  };
  CHECK_THROWS_WITH(diverge(), Catch::Contains("search: step 0: train: loss is"));
  const int saves = store.saves;
  CHECK(saves > 0);  // the full-size model
  // It is there: trained no more, and the same comes of it. Other options do not get it.
  CHECK_THROWS_WITH(diverge(), Catch::Contains("search: step 0: train: loss is"));
  CHECK(store.saves == saves);
  CHECK_THROWS_WITH(run({}, &store), "trainings.tune_rate.first: another value");
}
