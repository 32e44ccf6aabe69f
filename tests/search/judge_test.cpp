// SPDX-License-Identifier: MIT
#include <ciess/search/judge.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

/// The least that can be trained.
struct model {
  std::vector<ciess::table_shape> tables;
  [[nodiscard]] const std::vector<ciess::table_shape>& shapes() const { return tables; }
  void reset(std::uint64_t) {}
  void resize(const ciess::assignment&) {}
  double train(int) { return 0; }
};
static_assert(ciess::sized_model<model>);

/// The least that a judge must know.
struct archetype {
  using figures = double;
  void check(const model&) const {}
  [[nodiscard]] int kinds() const { return 1; }
  [[nodiscard]] int kind(std::size_t) const { return 0; }
  [[nodiscard]] const std::vector<double>& frequency(std::size_t) const { return rows; }
  [[nodiscard]] const char* name(std::size_t) const { return ""; }
  [[nodiscard]] float judge(model&) const { return 0; }
  [[nodiscard]] double quality(double all) const { return all; }
  [[nodiscard]] const std::vector<double>& row_quality(double, std::size_t) const { return rows; }
  template <class F>
  void visit_conditions(F&) const {}
  std::vector<double> rows{};
};
struct with_spans : archetype {
  [[nodiscard]] std::span<const double> frequency(std::size_t) const { return rows; }
  [[nodiscard]] std::span<const double> row_quality(const double&, std::size_t) const {
    return rows;
  }
};
static_assert(ciess::judge<archetype, model> && ciess::judge<with_spans, model>);
static_assert(ciess::detail::explain_judge<archetype, model>::value);
static_assert(ciess::detail::explain_judged_model<archetype, model>::value);

struct other {};
struct judges_others : archetype {
  [[nodiscard]] double judge(other&) const { return 0; }
};
struct checks_others : archetype {
  void check(const other&) const {}
};
struct checks_what_changes : archetype {
  void check(model&) const {}
};
struct keeps_figures : archetype {
  using figures = std::unique_ptr<double>;
  [[nodiscard]] figures judge(model&) const { return {}; }
  [[nodiscard]] double quality(const figures&) const { return 0; }
  [[nodiscard]] const std::vector<double>& row_quality(const figures&, std::size_t) const {
    return rows;
  }
};
struct counts_when_mutable : archetype {
  [[nodiscard]] int kinds() { return 1; }
};
struct has_one_kind : archetype {
  [[nodiscard]] int kind() const { return 0; }
};
struct copies_frequencies : archetype {
  [[nodiscard]] std::vector<double> frequency(std::size_t) const { return {}; }
};
struct numbers_tables : archetype {
  [[nodiscard]] int name(std::size_t) const { return 0; }
};
struct says_words : archetype {
  [[nodiscard]] std::string judge(model&) const { return {}; }
};
struct has_no_quality : archetype {
  [[nodiscard]] std::string quality(double) const { return {}; }
};
struct copies_rows : archetype {
  [[nodiscard]] std::vector<double> row_quality(double, std::size_t) const { return {}; }
};
struct one_row_at_a_time : archetype {
  [[nodiscard]] double row_quality(double, std::size_t) const { return 0; }
};
struct hides_conditions : archetype {
  void visit_conditions() const {}
};
static_assert(!ciess::judge<judges_others, model>);
static_assert(!ciess::judge<checks_others, model> && !ciess::judge<checks_what_changes, model>);
static_assert(!ciess::judge<keeps_figures, model> && !ciess::judge<counts_when_mutable, model>);
static_assert(!ciess::judge<has_one_kind, model> && !ciess::judge<copies_frequencies, model>);
static_assert(!ciess::judge<numbers_tables, model> && !ciess::judge<says_words, model>);
static_assert(!ciess::judge<has_no_quality, model> && !ciess::judge<copies_rows, model>);
static_assert(!ciess::judge<one_row_at_a_time, model> && !ciess::judge<hides_conditions, model>);
static_assert(!ciess::judge<other, model>);

TEST_CASE("a measurement is what a judge says of all tables", "[search]") {
  const auto says = [](auto judge) {
    judge.rows = {0.5, 0.25};
    const ciess::measurement m = ciess::measurement_of(judge, 0.75, 3);
    CHECK(m.quality == 0.75);
    CHECK(m.rows == std::vector<std::vector<double>>(3, judge.rows));
  };
  says(archetype{});
  says(with_spans{});
}

}  // namespace
