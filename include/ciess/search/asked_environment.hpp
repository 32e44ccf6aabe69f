// SPDX-License-Identifier: MIT
/// @file
/// An environment whose measurements come from elsewhere: it knows what it was told, and says what
/// it would have to be told.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/rules/column_energy.hpp>

namespace ciess {

/// Tables of a model that is elsewhere: what a search has to know of them.
struct asked_tables {
  std::vector<table_shape> shapes{};
  std::vector<std::vector<double>> frequency{};  ///< [tables][rows], how often in training, >= 0
  std::vector<std::string> names{};  ///< [tables], each once; empty: "table0", "table1", ...
  /// [tables], tables of one kind have the same rows; empty: each has rows of its own.
  std::vector<std::size_t> kind{};
  /// [tables], [rows, d_max], trained at full size, for methods that look at the numbers; empty:
  /// these refuse. A cut keeps the first columns as they stand here, so they should say the most:
  /// if a rotation of all tables that share axes leaves the scores as they are (a factorisation
  /// machine's does; of a network whose first layer is turned back, too), turn them onto their
  /// principal axes before (`turn_together` of backbone/axes.hpp, or numpy.linalg.eigh of the sum
  /// of E^T E), and cut the turned ones. If it does not, leave them.
  std::vector<matrix> full{};
  std::vector<std::size_t> axes{};  ///< [tables], see `energetic_environment`; empty: each its own
  number_format stored_as = number_format::float32;  ///< what budgets in bytes count
};

namespace detail {

/// A search needs a measurement that nobody has told yet. No `error`: nothing is wrong.
struct measurement_wanted : std::exception {
  measurement_wanted(int which, assignment what_of) : number{which}, sizes{std::move(what_of)} {}
  [[nodiscard]] const char* what() const noexcept override {
    return "a measurement is wanted that was not told";
  }
  int number;        ///< of the question
  assignment sizes;  ///< that it is about
};

}  // namespace detail

/// An `environment` that answers from what it was told, and otherwise files a question and throws
/// `detail::measurement_wanted`. Question 0 is the full-size model. The part of an `asked_search`
/// that a method sees; satisfies `energetic_environment`, and shows tables if it has some.
///
/// Where qualities of single rows are not told, each row is taken to have kept the same share of
/// its quality as the model: q / full, or 0 below it, if the full-size model's quality is above 0;
/// else e^(q - full), which for minus a log-loss is how much more probable the model makes what
/// happens. If those of the full-size model are not told either, each of its rows has its quality,
/// or 1.
class asked_environment {
 public:
  /// @throws argument_error naming the first table that does not fit; numeric_error if a number of
  ///         a table is not finite
  explicit asked_environment(asked_tables tables) : tables_{std::move(tables)} {
    const std::size_t n = tables_.shapes.size();
    if (n == 0) detail::throw_error<argument_error>("asked: expected a table or more, got none");
    const auto count = [&](const char* what, std::size_t got) {
      if (got != n && got != 0)
        detail::throw_error<argument_error>("asked: expected ", what, " of ", n, " tables, got ",
                                            got);
    };
    if (tables_.frequency.empty())
      detail::throw_error<argument_error>("asked: expected frequencies of ", n,
                                          " tables, got none");
    count("frequencies", tables_.frequency.size());
    count("names", tables_.names.size());
    count("kinds", tables_.kind.size());
    count("numbers", tables_.full.size());
    count("axes", tables_.axes.size());
    for (std::size_t t = 0; t < n; ++t) {
      const table_shape& s = tables_.shapes[t];
      detail::check_range("asked", s.range);
      detail::check_frequency(t, s, tables_.frequency[t]);
      if (tables_.names.size() == t) tables_.names.push_back("table" + std::to_string(t));
      if (std::ranges::count(tables_.names, tables_.names[t]) > 1)
        detail::throw_error<argument_error>("asked: there are two tables ",
                                            detail::shown(tables_.names[t]));
      if (tables_.kind.size() == t) tables_.kind.push_back(t);
      if (tables_.axes.size() == t) tables_.axes.push_back(t);
      if (!has_full_tables()) continue;
      detail::check_full_table("asked", t, s, tables_.full[t]);
      detail::check_finite("asked", t, tables_.full[t]);
    }
  }

  [[nodiscard]] std::span<const table_shape> shapes() const noexcept { return tables_.shapes; }
  [[nodiscard]] std::span<const double> frequency(std::size_t t) const noexcept {
    return tables_.frequency[t];
  }
  [[nodiscard]] std::size_t kind(std::size_t t) const noexcept { return tables_.kind[t]; }
  [[nodiscard]] const std::string& table_name(std::size_t t) const noexcept {
    return tables_.names[t];
  }
  [[nodiscard]] std::size_t axes_group(std::size_t t) const noexcept { return tables_.axes[t]; }
  [[nodiscard]] number_format stored_as() const noexcept { return tables_.stored_as; }
  [[nodiscard]] bool has_full_tables() const noexcept { return !tables_.full.empty(); }
  [[nodiscard]] matrix_view full_table(std::size_t t) const { return tables_.full[t]; }

  /// @throws measurement_wanted if it was not told
  measurement full() {
    want_full();
    return {.quality = questions_[0].quality, .rows = stand_in(questions_[0].quality)};
  }
  /// @throws measurement_wanted if it was not told, or with rows that are forgotten by now; for the
  ///         full-size model, if that was not
  measurement measure(const assignment& sizes) {
    want_full();
    const int known = known_with_rows(sizes);
    if (known < 0) throw detail::measurement_wanted(wanted(sizes, true), sizes);
    const question& q = at(known);
    return {.quality = q.quality, .rows = q.rows.empty() ? stand_in(q.quality) : q.rows};
  }
  /// What `measure` says of the whole; for those who need no rows.
  double quality(const assignment& sizes) {
    want_full();
    const key k(sizes);
    for (const question& q : questions_)
      if (q.told && q.of == k) return q.quality;
    throw detail::measurement_wanted(wanted(sizes, false), sizes);
  }

  // What was asked and told.

  /// Questions that were filed, from 0.
  [[nodiscard]] int questions() const noexcept { return static_cast<int>(questions_.size()); }
  [[nodiscard]] int told() const noexcept {
    return static_cast<int>(
        std::ranges::count_if(questions_, [](const question& q) { return q.told; }));
  }
  [[nodiscard]] bool knows_full() const noexcept {
    return !questions_.empty() && questions_[0].told;
  }
  /// @pre 0 <= number < questions(), for those below
  [[nodiscard]] bool told(int number) const noexcept { return at(number).told; }
  [[nodiscard]] double quality_told(int number) const noexcept { return at(number).quality; }
  /// Whether the full-size model's rows were told.
  [[nodiscard]] bool knows_full_rows() const noexcept { return !full_rows_.empty(); }
  /// Whether the method learns from rows.
  [[nodiscard]] bool wants_rows(int number) const noexcept { return at(number).wants_rows; }
  /// The last question about these sizes, one that is not told before those that are; -1 if none.
  [[nodiscard]] int number_of(const assignment& sizes) const {
    const key k(sizes);
    int found = -1;
    for (int i = 0; i < questions(); ++i)
      if (at(i).of == k && (found < 0 || !at(i).told || at(found).told)) found = i;
    return found;
  }

  /// Takes an answer. Rows are kept until `forget_rows`, or if it is the full-size model's for
  /// good.
  /// @param rows  [tables][rows], or none
  /// @pre quality is finite, rows fit, 0 <= number < questions()
  void tell(int number, double quality, std::vector<std::vector<double>> rows) {
    question& q = questions_[static_cast<std::size_t>(number)];
    q.quality = quality;
    q.told = true;
    q.had_rows = number != 0 && q.wants_rows && !rows.empty();
    if (number == 0)
      full_rows_ = std::move(rows);
    else
      q.rows = q.had_rows ? std::move(rows) : std::vector<std::vector<double>>{};
    if (!q.had_rows) q.keeps_rows = false;  // of an answer before
  }
  /// What a step has learnt from is not wanted again, and would be the most of a state.
  void forget_rows() noexcept {
    for (question& q : questions_)
      if (!q.keeps_rows) q.rows = {};
  }
  /// But what a method has measured before its first step is, whenever it is begun again.
  void keep_rows() noexcept {
    for (question& q : questions_) q.keeps_rows = !q.rows.empty();
  }

  /// What a saved search must agree with, see `trials::visit`.
  template <class F>
  void visit_conditions(F& f) const {
    f.same("stored_as", static_cast<std::int64_t>(stored_as()));
    for (std::size_t t = 0; t < shapes().size(); ++t) {
      const std::string table = "table" + std::to_string(t);
      f.same(table + ".name", std::string_view(table_name(t)));
      f.same(table + ".kind", static_cast<std::uint64_t>(kind(t)));
      f.same(table + ".axes", static_cast<std::uint64_t>(axes_group(t)));
      f.same(table + ".frequency", fingerprint(frequency(t)));
      visit_part(f, table, tables_.shapes[t]);
      const std::span<const float> numbers =
          has_full_tables()
              ? std::span<const float>(tables_.full[t].data(),
                                       static_cast<std::size_t>(tables_.full[t].size()))
              : std::span<const float>();
      f.same(table + ".numbers", fingerprint(numbers));
    }
  }

  /// See `field_visitor`: questions and answers.
  template <class F>
  void visit(F& f) {
    std::vector<std::uint64_t> of;
    std::vector<std::int64_t> totals;
    std::vector<double> qualities;
    std::vector<std::uint8_t> flags;
    std::vector<std::int32_t> with_rows;
    for (int i = 0; i < questions(); ++i) {
      const question& q = at(i);
      of.push_back(q.of.fingerprint);
      totals.push_back(q.of.total);
      qualities.push_back(q.quality);
      flags.push_back(static_cast<std::uint8_t>((q.told ? 1 : 0) + (q.wants_rows ? 2 : 0) +
                                                (q.had_rows ? 4 : 0) + (q.keeps_rows ? 8 : 0)));
      if (!q.rows.empty()) with_rows.push_back(i);
    }
    if (!full_rows_.empty()) with_rows.push_back(0);
    f("of", of);
    f("totals", totals);
    f("qualities", qualities);
    f("flags", flags);
    f("with_rows", with_rows);
    if constexpr (F::reads) {
      const std::size_t n = of.size();
      f.check("of",
              totals.size() == n && qualities.size() == n && flags.size() == n &&
                  std::cmp_less_equal(n, std::numeric_limits<int>::max()),
              "a number each of every question");
      f.check("qualities", detail::all_finite(std::span<const double>(qualities)),
              "finite qualities");
      f.check("with_rows",
              std::ranges::all_of(with_rows,
                                  [&](std::int32_t i) {
                                    return i >= 0 && std::cmp_less(i, n) &&
                                           (flags[static_cast<std::size_t>(i)] & 1) != 0;
                                  }),
              "questions that are told");
      questions_.assign(n, {});
      full_rows_.clear();
      for (std::size_t i = 0; i < n; ++i) {
        question& q = questions_[i];
        q.of = key(of[i], totals[i]);
        q.quality = qualities[i];
        q.told = (flags[i] & 1) != 0;
        q.wants_rows = (flags[i] & 2) != 0;
        q.had_rows = (flags[i] & 4) != 0;
        q.keeps_rows = (flags[i] & 8) != 0;
      }
    }
    for (const std::int32_t i : with_rows) {
      auto& rows = i == 0 ? full_rows_ : questions_[static_cast<std::size_t>(i)].rows;
      if constexpr (F::reads) rows.resize(shapes().size());
      for (std::size_t t = 0; t < rows.size(); ++t) {
        const std::string name = "rows" + std::to_string(i) + ".table" + std::to_string(t);
        f(name, rows[t]);
        f.check(
            name,
            std::cmp_equal(rows[t].size(), shapes()[t].rows) &&
                std::ranges::all_of(rows[t], [](double q) { return q >= 0 && std::isfinite(q); }),
            "a finite quality >= 0 for each row");
      }
    }
  }

 private:
  /// What stands for an assignment: two bytes a row are too many to keep of hundreds.
  struct key {
    std::uint64_t fingerprint = 0;
    std::int64_t total = 0;

    key() = default;
    key(std::uint64_t f, std::int64_t n) : fingerprint{f}, total{n} {}
    explicit key(const assignment& sizes) : fingerprint{0xCBF29CE484222325ULL} {
      for (const auto& t : sizes) fingerprint = ciess::fingerprint(t.values(), fingerprint);
      total = sizes.total();
    }
    friend bool operator==(const key&, const key&) = default;
  };
  struct question {
    key of{};
    double quality = 0;
    bool told = false;
    bool wants_rows = false;
    bool had_rows = false;                  ///< told with rows that the method wanted
    bool keeps_rows = false;                ///< these are not forgotten
    std::vector<std::vector<double>> rows;  ///< these, until they are forgotten
  };

  [[nodiscard]] const question& at(int number) const noexcept {
    return questions_[static_cast<std::size_t>(number)];
  }
  /// The full-size model comes first.
  void want_full() {
    if (knows_full()) return;
    if (questions_.empty()) file(assignment(shapes()), false);
    throw detail::measurement_wanted(0, assignment(shapes()));
  }
  int file(const assignment& sizes, bool rows) {
    question q;
    q.of = key(sizes);
    q.wants_rows = rows;
    questions_.push_back(std::move(q));
    return questions() - 1;
  }
  /// A question about these sizes that has no answer yet.
  int wanted(const assignment& sizes, bool rows) {
    const key k(sizes);
    for (int i = 1; i < questions(); ++i)
      if (!at(i).told && at(i).of == k) {
        questions_[static_cast<std::size_t>(i)].wants_rows |= rows;
        return i;
      }
    return file(sizes, rows);
  }
  /// An answer that can stand for a measurement: its rows are there, or there never were any.
  [[nodiscard]] int known_with_rows(const assignment& sizes) const {
    const key k(sizes);
    for (int i = questions() - 1; i >= 0; --i)
      if (at(i).told && at(i).of == k && !(at(i).had_rows && at(i).rows.empty())) return i;
    return -1;
  }
  [[nodiscard]] std::vector<std::vector<double>> stand_in(double quality) const {
    const double full = questions_[0].quality;
    const double kept = full > 0 ? std::clamp(quality / full, 0.0, 1e300)
                                 : std::exp(std::min(quality - full, 700.0));
    std::vector<std::vector<double>> rows = full_rows_;
    if (rows.empty())
      for (const table_shape& s : shapes())
        rows.emplace_back(static_cast<std::size_t>(s.rows), full > 0 ? full : 1.0);
    if (kept != 1)
      for (auto& table : rows)
        for (double& row : table) row = std::min(row * kept, std::numeric_limits<double>::max());
    return rows;
  }

  asked_tables tables_;
  std::vector<question> questions_;
  std::vector<std::vector<double>> full_rows_;  // if they were told
};
static_assert(energetic_environment<asked_environment>);

}  // namespace ciess
