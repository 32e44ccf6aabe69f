// SPDX-License-Identifier: MIT
// What the library writes and reads, of every sort, is the same bytes in every locale. One test for
// all headers: who writes numbers by streams or by printf breaks it, whatever the header.
#include <ciess/ciess.hpp>

#include <cstdint>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#if __has_include(<nlohmann/json.hpp>)
#include <ciess/io/packed_file.hpp>
#include <ciess/io/state_file.hpp>
#include <ciess/search/ciess/policy_file.hpp>
#endif

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/locales.hpp"
#include "support/random_tables.hpp"
#include "support/temporary_directory.hpp"

namespace {

ciess::step_report step(int number) {
  return {.method = "ciess",
          .number = number,
          .total = 123456,
          .budget = 0.875,
          .sparsity = 0.25,
          .quality = 12345.0625,
          .best = 0.5,
          .origin = "policy",
          .notes = {{"episode", 1234}, {"price", 1234.5}, {"asked_sparsity", 0.5}, {"loss", 1e-7}},
          .seconds = number == 0 ? 2 : 4321.0625};  // lines of a log are some seconds apart
}

/// What observers write to a stream that has the global locale, and odd ideas of its own.
template <class Observer, class... More>
std::string observed(More... more) {
  std::ostringstream out;
  out.fill('*');
  out.width(30);
  out.setf(std::ios::showpos | std::ios::hex | std::ios::scientific);
  Observer observer(out, more...);
  observer(step(0));
  observer(step(12345));
  return out.str();
}

std::string message_of(const std::function<void()>& fails) {
  try {
    fails();
  } catch (const ciess::error& e) {
    return std::string(e.what()) + '\n';
  }
  return "no error\n";
}

ciess::study_result some_study() {
  ciess::method_result m;
  m.method = "ciess";
  m.test.mean = 0.4375;
  m.sizes = ciess::assignment({ciess::sizes(std::vector{1, 2, 1500}, {1, 2000}),
                               ciess::sizes(std::vector{3, 1999}, {1, 2000})});
  ciess::study_result r;
  r.full.mean = 0.53125;
  r.full.cutoffs = {5, 2000};
  r.budgets = {{0.875, {m}}};
  return r;
}

std::string text_of(const ciess::gnuplot_picture& p) { return p.script + p.data; }

/// What a rule offers; every step is told.
std::string history_of_a_search() {
  analytic_environment env(1, {1200, 50});
  std::ostringstream out;
  ciess::history history(out);
  const ciess::rule powers = ciess::frequency_rule({0, 0.25}, {0.5, 1234.5});
  const auto found = ciess::search(env, powers, {.budgets = {0.5, 0.875}, .keep = 1}, history);
  for (const auto& best : found.best)
    for (const auto& c : best) out.write((c.origin + '\n').c_str(), std::ssize(c.origin) + 1);
  const std::string text = out.str();
  // The last column is the time it took.
  std::string same;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    const auto line = text.substr(at, end - at);
    same += line.substr(0, line.rfind('\t')) + '\n';
    at = end + 1;
  }
  return same;
}

}  // namespace

TEST_CASE("observers write the same in every locale", "[search][locale]") {
  check_in_every_locale([] { return observed<ciess::history>(); });
  check_in_every_locale([] { return observed<ciess::progress>(false); });
  check_in_every_locale([] { return observed<ciess::progress>(true); });
  check_in_every_locale(history_of_a_search);
  const strange_global_locale strange;
  CHECK_THAT(
      observed<ciess::history>(),
      ContainsSubstring("\n12345\t0.875\t0.25\t12345.0625\t0.5\tpolicy\t1234\t1234.5\t0.5\t1e-07"
                        "\t4321.062\n"));
  CHECK_THAT(
      observed<ciess::progress>(false),
      ContainsSubstring("ciess 12346/123456  87.5% removed: quality 12345.0625 (best 0.5000)  "
                        "price 1.23e+03  10 h 48 min left\n"));
  CHECK_THAT(history_of_a_search(), ContainsSubstring("freq^(0.25, 0.25) x1234.5"));
}

TEST_CASE("pictures are the same in every locale", "[io][locale]") {
  check_in_every_locale([] {
    const std::vector<std::vector<double>> frequency{{0, 1234.5, 3e7}, {1, 2}};
    const std::vector<std::string> names{"users", "items"};
    const auto study = some_study();
    return text_of(ciess::quality_picture(study, "t")) +
           text_of(ciess::sizes_picture(study, frequency, names, "t")) +
           text_of(ciess::shares_picture(study, names, "t")) +
           text_of(ciess::history_picture(observed<ciess::history>(), "t")) +
           text_of({"x", ciess::gnuplot_nothing("x", "12345"), ciess::gnuplot_number(12345.5)});
  });
}

TEST_CASE("ids and data are read and written the same in every locale", "[data][locale]") {
  check_in_every_locale([] {
    const temporary_directory folder;
    const auto path = folder.path() / "d.csv";
    ciess::write_file(
        path, "user,item,rating,timestamp\n12345,Ab c,0.5,1234567\n12345,D,4.5,1\n7,D,1e0,2\n");
    const auto from_file = ciess::load_interactions(path, {.min_rating = 0.75});
    std::istringstream in("1234\t1.5\n1234567\t0,5\n");
    const auto from_stream = ciess::read_interactions(in, "s", {.user = 0, .item = 1});
    return ciess::ids_tsv(from_file.users) + ciess::ids_tsv(from_file.items) +
           ciess::ids_tsv(from_stream.users) + ciess::ids_tsv(from_stream.items) +
           ciess::joined(from_file.data.size(), ' ', from_file.users.find("12345").value_or(-1),
                         ' ', from_file.users.find("12.345").value_or(-1));
  });
}

TEST_CASE("arrays are the same in every locale", "[io][locale]") {
  check_in_every_locale([] {
    const temporary_directory folder;
    const auto sizes = folder.path() / "s.npy", table = folder.path() / "t.npy";
    ciess::save_npy(sizes, ciess::sizes(std::vector<int>(12345, 0x41), {1, 100}));
    ciess::save_npy(table, random_table(1234, {1, 3}));
    const auto text = file_text(sizes) + file_text(table);
    ciess::save_npy(sizes, ciess::load_npy_sizes(sizes, {1, 100}));
    const auto read = ciess::load_npy<float>(table);
    return text + file_text(sizes) +
           std::string(reinterpret_cast<const char*>(read.data()),
                       static_cast<std::size_t>(read.size()) * sizeof(float));
  });
}

TEST_CASE("messages are the same in every locale", "[core][locale]") {
  check_in_every_locale([] {
    std::istringstream bad("1,2\n3\n");
    return message_of([] { ciess::id_map(std::vector<std::int64_t>{12345, 12345}); }) +
           message_of([] { ciess::effort_limit({.steps = -12345}); }) +
           message_of([] { (void)ciess::budget::from_sparsity(1234.5, {}); }) +
           message_of([] { ciess::top_k(1234567, -12345); }) +
           message_of([&] { (void)ciess::read_interactions(bad, "12345"); });
  });
}

#if __has_include(<nlohmann/json.hpp>)
namespace {
struct numbers {
  double real = 1234.5;
  std::int64_t whole = 1234567;
  std::vector<float> several = std::vector<float>(1234, 0.5F);
  double option = 0.5;

  template <class F>
  void visit(F& f) {
    f.same("option", option);
    f("real", real);
    f("whole", whole);
    f("several", std::span<float>(several));
  }
};
}  // namespace

TEST_CASE("states, policies and packed tables are the same in every locale", "[io][locale]") {
  const temporary_directory folder;  // one, as messages name it
  check_in_every_locale([&] {
    const auto state = folder.path() / "s", policy = folder.path() / "p",
               tables = folder.path() / "t";
    numbers saved;
    saved.real = 54321.5;
    ciess::save_state(state, "numbers", saved, false, {{"about", "12345"}});
    numbers loaded;
    ciess::load_state(state, "numbers", loaded);
    numbers other;
    other.option = 12345.5;
    ciess::save_policy(
        policy, {ciess::actor_critic(3, {2, 40}, {.hidden = {8, 4}}, 7), {1.5, 12345.5}, true});
    const auto known = ciess::load_policy(policy).known;
    const auto packed = ciess::pack<float>(random_table(1234, {1, 3}));
    const auto ids = ciess::id_map::identity(1234);
    ciess::save_packed(tables, {.backbone = "mf", .budget = 0.1, .seed = 1234567},
                       ciess::named_table{"users", packed, &ids});
    const ciess::packed_file opened(tables);
    opened.check();
    return file_text(state) + file_text(policy) + file_text(tables) +
           ciess::joined(loaded.real, ' ', loaded.whole, ' ', known.least, ' ', known.most, ' ',
                         opened.info().budget, ' ', opened.info().seed, '\n') +
           message_of([&] { ciess::load_state(state, "numbers", other); });
  });
}

TEST_CASE("what is said of a number in a header is the same in every locale", "[io][locale]") {
  const auto said = [] {
    const std::string header = R"({"a":{"dtype":"F32","shape":[2.50],"data_offsets":[0,8]}})";
    std::string file{static_cast<char>(header.size()), 0, 0, 0, 0, 0, 0, 0};
    file += header + std::string(8, '\0');
    const ciess::aligned_vector<char> memory(file.begin(), file.end());
    return message_of(
        [&] { ciess::safetensors_view(std::as_bytes(std::span<const char>(memory)), "12345"); });
  };
  CHECK_THAT(said(), ContainsSubstring("2.50"));
  check_in_every_locale(said);
}
#endif
