// SPDX-License-Identifier: MIT
#include <ciess/search/trained_environment.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/search/recommender_environment.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

using ciess::assignment;
using ciess::index_t;
using ciess::matrix;
using ciess::start;
using ciess::training_report;

const ciess::split& parts() {
  static const ciess::split made = ciess::split_interactions(
      ciess::make_synthetic(
          {.users = 90, .items = 60, .interactions = 1500, .factors = 6, .seed = 3})
          .data,
      {}, 1);
  return made;
}

/// Matrix factorisation as somebody else has written it: arrays of its own, gradient steps on
/// single pairs, no snapshot. Then what its sizes need.
class foreign_mf {
 public:
  explicit foreign_mf(const ciess::interactions& train)
      : train_{&train}, shapes_{{train.users(), {1, 8}}, {train.items(), {1, 8}}}, sizes_{shapes_} {
    for (std::size_t t = 0; t < 2; ++t) rows_[t].setZero(shapes_[t].rows, 8);
  }
  index_t users() const { return shapes_[0].rows; }
  index_t items() const { return shapes_[1].rows; }
  const std::vector<ciess::table_shape>& shapes() const { return shapes_; }
  void reset(std::uint64_t seed) {
    for (std::size_t t = 0; t < 2; ++t) {
      auto engine = ciess::random_stream(seed, ciess::purpose::user).at(t);
      for (index_t i = 0; i < rows_[t].size(); ++i)
        rows_[t].data()[i] = 0.5F * (ciess::uniform01(engine) - 0.5F);
    }
    taken_ = 0;
    cut();
  }
  void resize(const assignment& a) {
    ciess::check_shapes("foreign_mf", shapes_, a);
    sizes_ = a;
    cut();
  }
  double train(int steps) {
    const ciess::random_stream draws(1, ciess::purpose::user);
    for (; steps > 0; --steps, ++taken_) {
      auto engine = draws.at(static_cast<std::uint64_t>(taken_), 7);
      for (ciess::row_id u = 0; u < users(); ++u)
        for (const ciess::row_id i : train_->items_of(u)) {
          learn(u, i, 1);
          learn(u, static_cast<index_t>(ciess::bounded(engine, 60)), 0);
        }
    }
    return 0;
  }
  void score(index_t first, ciess::matrix_span out) const {
    out = rows_[0].middleRows(first, out.rows()) * rows_[1].transpose();
  }

  const matrix& rows_of(std::size_t t) const { return rows_[t]; }
  void set_rows(std::size_t t, const ciess::matrix_view& rows) {
    rows_[t] = rows;
    taken_ = 0;
  }

 private:
  void learn(index_t u, index_t i, float wanted) {
    const matrix before = rows_[0].row(u);
    const float slope = 0.05F * (wanted - before.row(0).dot(rows_[1].row(i)));
    for (index_t j = 0; j < sizes_[0][u]; ++j) rows_[0](u, j) += slope * rows_[1](i, j);
    for (index_t j = 0; j < sizes_[1][i]; ++j) rows_[1](i, j) += slope * before(0, j);
  }
  void cut() {
    for (std::size_t t = 0; t < 2; ++t)
      for (index_t r = 0; r < rows_[t].rows(); ++r)
        for (index_t j = sizes_[t][r]; j < 8; ++j) rows_[t](r, j) = 0;
  }

  const ciess::interactions* train_;
  std::vector<ciess::table_shape> shapes_;
  assignment sizes_;
  std::array<matrix, 2> rows_;
  std::int64_t taken_ = 0;
};
static_assert(ciess::backbone<foreign_mf> && ciess::open_tables<foreign_mf>);
static_assert(ciess::warm_startable<foreign_mf> && !ciess::turnable_tables<foreign_mf>);
static_assert(!ciess::restorable_backbone<foreign_mf>);

/// The same, whose rows may be turned.
struct turned_mf : foreign_mf {
  using foreign_mf::foreign_mf;
  static constexpr bool rotates = true;
};
/// Shows what it multiplies.
struct vector_mf : foreign_mf {
  using foreign_mf::foreign_mf;
  const matrix& user_vectors() const { return rows_of(0); }
  const matrix& item_vectors() const { return rows_of(1); }
};
static_assert(ciess::turnable_tables<turned_mf> && ciess::turnable_tables<vector_mf>);

/// Can be put aside, and has a weight beside its tables.
struct whole_mf : turned_mf {
  using turned_mf::turned_mf;
  int beside = 0;
  double train(int steps) {
    beside += steps;
    return turned_mf::train(steps);
  }
  void reset(std::uint64_t seed) {
    beside = 0;
    turned_mf::reset(seed);
  }
  whole_mf snapshot() const { return *this; }
  void restore(const whole_mf& other) { *this = other; }
};
static_assert(ciess::restorable_backbone<whole_mf> && !ciess::fine_tunable_backbone<whole_mf>);

/// Says that its rows can be turned, and its scores are their distances in the first column.
struct wrong_mf : turned_mf {
  using turned_mf::turned_mf;
  void score(index_t first, ciess::matrix_span out) const {
    for (index_t u = 0; u < out.rows(); ++u)
      for (index_t i = 0; i < out.cols(); ++i)
        out(u, i) = rows_of(0)(first + u, 0) * rows_of(1)(i, 0);
  }
};

template <class Model>
using environment = ciess::recommender_environment<Model>;

template <class Model>
environment<Model> make(start from = start::warm, int steps = 0) {
  typename environment<Model>::options o;
  o.from = from;
  o.steps = steps;
  o.full = {.every = 2, .patience = 2, .max_steps = 12};
  o.tune = {.every = 1, .patience = 1, .max_steps = 3};
  return {Model(parts().train), parts().train, parts().validation, o};
}

assignment equal_sizes(std::span<const ciess::table_shape> shapes, int size) {
  assignment a(shapes);
  for (std::size_t t = 0; t < a.size(); ++t) a[t] = ciess::sizes(a[t].rows(), a[t].range(), size);
  return a;
}

double quality_of(const matrix& users, const matrix& items) {
  return ciess::evaluate_vectors(users, items, parts().train, parts().validation).mean;
}

/// Three fields, no users, no items: a row is worth the more, the larger it is.
struct fields_model {
  std::vector<ciess::table_shape> tables{{2, {1, 4}}, {5, {1, 4}}, {2, {1, 4}}};
  assignment sizes{tables};
  int trained = 0;
  const std::vector<ciess::table_shape>& shapes() const { return tables; }
  void reset(std::uint64_t) { trained = 0; }
  void resize(const assignment& a) { sizes = a; }
  double train(int steps) {
    trained += steps;
    return 0;
  }
};
struct named_fields : fields_model {
  std::vector<std::string> names{"day", "city", "night"};
  const std::vector<std::string>& table_names() const { return names; }
};
struct fields_judge {
  struct figures {
    double all = 0;
    std::vector<std::vector<double>> rows;
  };
  std::vector<double> seen{1, 2, 3, 4, 5};
  template <class Model>
  void check(const Model& model) const {
    if (model.tables.size() != 3) throw ciess::argument_error("fields_judge: wants three fields");
  }
  std::size_t kinds() const { return 2; }
  std::size_t kind(std::size_t t) const { return t == 1 ? 1 : 0; }
  std::span<const double> frequency(std::size_t t) const {
    return std::span(seen).first(t == 1 ? 5 : 2);
  }
  std::string name(std::size_t t) const { return "field-" + std::to_string(t); }
  figures judge(fields_model& model) const {
    figures f;
    for (std::size_t t = 0; t < model.sizes.size(); ++t) {
      auto& rows = f.rows.emplace_back();
      for (const auto size : model.sizes[t].values()) rows.push_back(size);
    }
    f.all = static_cast<double>(model.sizes.total()) + std::min(model.trained, 30);
    return f;
  }
  double quality(const figures& f) const { return f.all; }
  const std::vector<double>& row_quality(const figures& f, std::size_t t) const {
    return f.rows[t];
  }
  template <class F>
  void visit_conditions(F&) const {}
};
static_assert(ciess::sized_model<fields_model> && !ciess::backbone<fields_model>);
static_assert(ciess::judge<fields_judge, fields_model>);
using fields_environment = ciess::trained_environment<fields_model, fields_judge>;
static_assert(ciess::retrainable_environment<fields_environment>);
static_assert(!ciess::energetic_environment<fields_environment>);
static_assert(ciess::energetic_environment<environment<foreign_mf>>);
static_assert(ciess::visitable<environment<foreign_mf>>);
static_assert(!ciess::visitable<environment<whole_mf>>);  // nor is its snapshot

}  // namespace

TEST_CASE("an environment needs no users and no items", "[search]") {
  fields_environment env(fields_model{}, fields_judge{},
                         {.steps = 10, .full = {.every = 10, .patience = 1, .max_steps = 100}});
  CHECK(env.full().quality == 36 + 30);
  CHECK(env.full_steps() == 30);
  CHECK(env.full_figures().all == 66);
  const auto a = equal_sizes(env.shapes(), 2);
  CHECK(env.measure(a).quality == 18 + 10);
  CHECK(env.measure(a).rows[1] == std::vector<double>(5, 2.0));
  CHECK(env.retrain(a).quality == 18 + 30);
  CHECK(env.last_recipe() == ciess::training_recipe{start::scratch, 30});
  CHECK(env.train_by({start::scratch, 5}, a).all == 18 + 5);
  CHECK(env.kinds() == 2);
  CHECK(env.kind(2) == 0);
  CHECK(env.frequency(1)[4] == 5);
  // Nobody says that tables have axes in common.
  CHECK(env.axes_group(2) == 2);
  CHECK_THROWS_WITH((fields_environment({}, {}, {.from = start::warm})),
                    ContainsSubstring("cannot start warm"));
  CHECK_THROWS_AS((fields_environment({}, {}, {.nested_steps = 3})), ciess::argument_error);
  fields_model small;
  small.tables.pop_back();
  CHECK_THROWS_WITH((fields_environment(small, {}, {})), ContainsSubstring("wants three fields"));
}

namespace {

/// Numbers the steps of each call of `train` anew, as a foreign program may.
struct counted_fields : fields_model {
  std::vector<int> calls;
  void reset(std::uint64_t seed) {
    fields_model::reset(seed);
    calls.clear();
  }
  double train(int steps) {
    calls.push_back(steps);
    return fields_model::train(steps);
  }
};

}  // namespace

TEST_CASE("a recipe is repeated by the calls that it was found by, and told", "[search]") {
  using calls = std::vector<int>;
  ciess::trained_environment<counted_fields, fields_judge> env(
      {}, {}, {.steps = 7, .full = {.every = 4, .patience = 1, .max_steps = 30}});
  std::vector<std::string> told;
  env.watch([&](const ciess::training_report& r) {
    told.push_back(r.what + ' ' + std::to_string(r.step) + '/' + std::to_string(r.most_steps) +
                   (r.last ? " last" : ""));
  });
  const auto a = equal_sizes(env.shapes(), 2);
  // It learns for 30 steps, which no multiple of 4 is: the best is the last judgement's.
  env.retrain(a);
  CHECK(env.last_recipe() == ciess::training_recipe{start::scratch, 30});
  CHECK(env.model().calls == calls{4, 4, 4, 4, 4, 4, 4, 2});
  told.clear();
  env.train_by({start::scratch, 10}, a);
  CHECK(env.model().calls == calls{4, 4, 2});
  CHECK(told == std::vector<std::string>{"last training 0/10", "last training 4/10",
                                         "last training 8/10", "last training 10/10 last"});
  told.clear();
  env.full_after(5);
  CHECK(env.model().calls == calls{4, 1});
  CHECK(told == std::vector<std::string>{"full-size model 0/5", "full-size model 4/5",
                                         "full-size model 5/5 last"});
  env.measure(a);  // nobody judges it on its way
  CHECK(env.model().calls == calls{7});
}

TEST_CASE("tables are called what the model calls them, else what the judge does", "[search]") {
  const fields_environment env({}, {}, {});
  CHECK(env.table_name(2) == "field-2");
  named_fields model;
  const ciess::trained_environment<named_fields, fields_judge> named(model, {}, {});
  CHECK(named.table_name(1) == "city");
  model.names.pop_back();
  CHECK_THROWS_WITH((ciess::trained_environment<named_fields, fields_judge>(model, {}, {})),
                    ContainsSubstring("3 tables and 2 names"));
  CHECK(make<foreign_mf>().table_name(1) == "items");
  const environment<ciess::neumf> towers(ciess::neumf(parts().train, {}, 1), parts().train,
                                         parts().validation, {});
  const std::array<std::string, 4> names{"users-mlp", "items-mlp", "users-gmf", "items-gmf"};
  for (std::size_t t = 0; t < 4; ++t) CHECK(towers.table_name(t) == names[t]);
}

TEMPLATE_TEST_CASE("rows out and in are all that a warm start asks of a foreign model", "[search]",
                   foreign_mf, turned_mf, vector_mf, whole_mf) {
  auto env = make<TestType>();
  const double full_quality = env.full().quality;
  CHECK(full_quality > 0.1);
  const assignment full(env.shapes());
  // A cut that takes nothing, whatever came in between.
  CHECK(env.measure(full).quality == Approx(full_quality).epsilon(1e-6));
  env.retrain(equal_sizes(env.shapes(), 2), std::array{start::scratch});
  CHECK(env.measure(full).quality == Approx(full_quality).epsilon(1e-6));

  // A cut is the rows' first numbers.
  const auto cut = equal_sizes(env.shapes(), 3);
  std::array<matrix, 2> rows;
  for (std::size_t t = 0; t < 2; ++t) {
    rows[t] = env.full_table(t);
    rows[t].rightCols(5).setZero();
  }
  const double quality = env.measure(cut).quality;
  CHECK(quality == Approx(quality_of(rows[0], rows[1])).epsilon(1e-9));
  CHECK(quality != full_quality);  // not always less: a cut can be worth it

  auto again = make<TestType>();
  CHECK(again.measure(cut).quality == quality);
  for (std::size_t t = 0; t < 2; ++t) CHECK(again.full_table(t) == env.full_table(t));
}

TEST_CASE("turned rows lose less by a cut", "[search]") {
  const auto after_a_cut = [](auto env) {
    double lost = 0;
    (void)env.full();
    for (std::size_t t = 0; t < 2; ++t)
      lost += static_cast<double>(env.full_table(t).rightCols(4).squaredNorm());
    return std::pair{env.measure(equal_sizes(env.shapes(), 4)).quality, lost};
  };
  const auto plain = after_a_cut(make<foreign_mf>());
  const auto turned = after_a_cut(make<turned_mf>());
  CHECK(turned.second < 0.5 * plain.second);
  CHECK(turned.first > plain.first);
  CHECK(after_a_cut(make<vector_mf>()) == turned);
}

TEST_CASE("rows that are said to be turnable and are not are refused, and nothing is half done",
          "[search]") {
  auto env = make<wrong_mf>();
  CHECK_THROWS_WITH(env.full(), ContainsSubstring("rotates = false"));
  CHECK(!env.has_full());
  CHECK_THROWS_AS(env.full_table(0), ciess::argument_error);
  CHECK(env.measure_steps() == 0);
}

TEMPLATE_TEST_CASE("a foreign model is tuned from its rows, the same every time", "[search]",
                   foreign_mf, whole_mf) {
  auto env = make<TestType>(start::warm, 2);
  const auto a = equal_sizes(env.shapes(), 3);
  const auto b = equal_sizes(env.shapes(), 1);
  const auto first = env.measure(a);
  CHECK(env.measure(b).quality != first.quality);
  CHECK(env.measure(a).rows == first.rows);
  const auto tuned = env.retrain(a);
  const auto recipe = env.last_recipe();
  CHECK(recipe.from == start::warm);
  CHECK(env.train_by(recipe, a).mean == tuned.quality);
  CHECK(tuned.quality >= make<TestType>().measure(a).quality);
  CHECK(make<TestType>(start::warm, 2).retrain(a).quality == tuned.quality);
  if constexpr (ciess::restorable_backbone<TestType>)
    CHECK(env.model().beside == env.full_steps() + recipe.steps);
}

TEST_CASE("the full-size figures of a foreign model are saved with its rows", "[search]") {
  auto env = make<turned_mf>(start::warm, 1);
  const auto saved = save_fields(env);
  auto loaded = make<turned_mf>(start::warm, 1);
  load_fields(saved, loaded);
  const auto a = equal_sizes(env.shapes(), 3);
  CHECK(loaded.full().rows == env.full().rows);
  CHECK(loaded.measure(a).rows == env.measure(a).rows);
  CHECK(loaded.full_table(1) == env.full_table(1));
}

TEST_CASE("rows of another shape than said are refused", "[search]") {
  struct short_rows : foreign_mf {
    using foreign_mf::foreign_mf;
    matrix rows_of(std::size_t t) const { return foreign_mf::rows_of(t).leftCols(7); }
  };
  auto env = make<short_rows>();
  CHECK_THROWS_WITH(env.full(), ContainsSubstring("table 0 is [90, 8], the model shows [90, 7]"));
}

TEST_CASE("tables of a group must have as many columns to be turned together", "[search]") {
  const std::vector<ciess::table_shape> shapes{{90, {1, 8}}, {60, {1, 8}}};
  turned_mf model(parts().train);
  model.reset(1);
  const matrix before = model.rows_of(0);
  // Each for itself is no inner product any more.
  CHECK_THROWS_AS(ciess::detail::turn_rows(model, shapes, [](std::size_t t) { return t; }),
                  ciess::argument_error);
  model.reset(1);
  ciess::detail::turn_rows(model, shapes, [](std::size_t) { return 0; });
  CHECK(model.rows_of(0) != before);
  CHECK(model.rows_of(0).squaredNorm() == Approx(before.squaredNorm()));
  matrix broken = before;
  broken(3, 2) = std::nanf("");
  model.set_rows(0, broken);
  CHECK_THROWS_AS(ciess::detail::turn_rows(model, shapes, [](std::size_t) { return 0; }),
                  ciess::numeric_error);
}

TEST_CASE("who watches is told what is trained, how far it is and how good", "[search]") {
  environment<ciess::lightgcn>::options o;
  o.from = start::warm;
  o.steps = 5;
  o.full = {.every = 20, .patience = 2, .max_steps = 60};
  o.tune = {.every = 10, .patience = 1, .max_steps = 20};
  o.nested_steps = 50;
  const auto make_env = [&] {
    ciess::lightgcn::options m;
    m.range = {1, 8};
    m.batch = 300;
    return environment<ciess::lightgcn>(ciess::lightgcn(parts().train, m, 1), parts().train,
                                        parts().validation, o);
  };
  auto env = make_env();
  std::vector<training_report> told;
  env.watch([&](const training_report& r) { told.push_back(r); });
  const auto full = env.full();
  const auto count = [&](const std::string& what) {
    return std::ranges::count(told, what, &training_report::what);
  };
  CHECK(count("full-size model") == 4);
  CHECK(count("prefixes") >= 20);
  CHECK(std::ssize(told) == count("full-size model") + count("prefixes"));
  CHECK(told[0].step == 0);
  CHECK(told[3].step == 60);
  CHECK(told[3].most_steps == 60);
  CHECK(told[3].best == full.quality);
  CHECK(told[3].best_step == env.full_steps());
  for (std::size_t i = 4; i < told.size(); ++i) {
    CHECK(std::isnan(told[i].quality));
    CHECK(told[i].most_steps == 50);
    CHECK(told[i].step - (i == 4 ? 0 : told[i - 1].step) <= 3);
  }
  CHECK(told[4].step == 0);
  CHECK(told.back().step == 50);

  told.clear();
  const auto a = equal_sizes(env.shapes(), 3);
  const auto measured = env.measure(a);
  CHECK(told.empty());  // a search tells its steps itself
  const auto tuned = env.retrain(a);
  CHECK(count("sizes") == std::ssize(told));
  CHECK(told.back().best == tuned.quality);
  told.clear();
  env.full_after(7);
  REQUIRE(count("full-size model") == 2);
  CHECK(told[1].step == 7);
  told.clear();
  env.watch({});
  env.retrain(a);
  CHECK(told.empty());

  // The same bytes if nobody watches.
  auto unseen = make_env();
  CHECK(unseen.full().rows == full.rows);
  CHECK(unseen.measure(a).rows == measured.rows);
  CHECK(unseen.retrain(a).rows == tuned.rows);

  // A watcher that gives up, wherever it does: what comes after is as if nothing had been.
  const auto gives_up = GENERATE(0, 2, 4, 14);
  auto broken = make_env();
  int heard = 0;
  broken.watch([&](const training_report&) {
    if (heard++ == gives_up) throw std::bad_alloc();
  });
  CHECK_THROWS_AS(broken.full(), std::bad_alloc);
  CHECK(!broken.has_full());
  CHECK(broken.full().rows == full.rows);
  CHECK(broken.measure(a).rows == measured.rows);
  heard = gives_up;
  CHECK_THROWS_AS(broken.retrain(a), std::bad_alloc);
  CHECK(broken.measure(a).rows == measured.rows);
  CHECK(broken.retrain(a).rows == tuned.rows);
}

TEST_CASE("the full-size model is the same whatever sizes the model had before", "[search]") {
  const auto fresh = make<foreign_mf>(start::scratch, 2).full().quality;
  const auto after_steps = make<foreign_mf>(start::scratch, 2).full_after(12).quality;
  auto env = make<foreign_mf>(start::scratch, 2);
  (void)env.measure(equal_sizes(env.shapes(), 2));
  CHECK(env.full().quality == fresh);
  (void)env.measure(equal_sizes(env.shapes(), 2));
  CHECK(env.full_after(12).quality == after_steps);
}

TEST_CASE("a start given twice is refused, and so are names that are no names of files",
          "[search]") {
  auto env = make<foreign_mf>();
  const std::vector<start> twice{start::scratch, start::scratch};
  CHECK_THROWS_WITH(env.retrain(assignment(env.shapes()), twice),
                    ContainsSubstring("a start is given twice"));
  struct of_one_name : foreign_mf {
    using foreign_mf::foreign_mf;
    std::array<const char*, 2> table_names() const { return {"rows", "rows"}; }
  };
  CHECK_THROWS_WITH(make<of_one_name>(), ContainsSubstring("tables 0 and 1 are both called"));
  struct of_a_folder : foreign_mf {
    using foreign_mf::foreign_mf;
    std::array<const char*, 2> table_names() const { return {"rows", "more/rows"}; }
  };
  CHECK_THROWS_WITH(make<of_a_folder>(), ContainsSubstring("the name of table 1"));
}
