// SPDX-License-Identifier: MIT
// Tables that are stored in different formats: every method within a budget of bytes, which it uses
// up.
#include <ciess/embedding/table_formats.hpp>
#include <ciess/search/bet/bet.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/dnis/dnis.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/pep/pep.hpp>
#include <ciess/search/portfolio.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/level.hpp>
#include <ciess/search/rules/magnitude.hpp>
#include <ciess/search/rules/mixed_dimensions.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/search/search.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/energetic_environment.hpp"
#include "support/small_lens_environment.hpp"

namespace {

using ciess::number_format;
using ciess::table_formats;

/// Tables with formats of their own.
template <class Environment>
class stored_so : public Environment {
 public:
  stored_so(Environment env, table_formats formats)
      : Environment(std::move(env)), formats_{std::move(formats)} {}
  [[nodiscard]] const table_formats& stored_as() const noexcept { return formats_; }

 private:
  table_formats formats_;
};

/// What is found meets its bytes, and some of it leaves less than a portion of any row that could
/// grow (what was found for a smaller budget may leave more).
template <class E>
void check_found(E& env, const ciess::search_result& found, const ciess::sizing_request& asked) {
  const auto limits = ciess::limits_of(asked, env);
  for (std::size_t b = 0; b < limits.size(); ++b) {
    bool some_full = false;
    REQUIRE(!found.best[b].empty());
    for (const auto& c : found.best[b]) {
      CHECK(ciess::packed_bytes(c.sizes, env.stored_as()) <=
            ciess::bytes_left(env.shapes(), asked.budgets[b]));
      std::int64_t taken = 0, portion = std::numeric_limits<std::int64_t>::max();
      bool one_size = false;  // of a table, which then has room where its index was
      for (std::size_t t = 0; t < c.sizes.size(); ++t) {
        const auto of = limits[b].of(t);
        one_size = one_size || ciess::only_size(c.sizes[t]) != 0;
        for (const int size : c.sizes[t].values()) {
          taken += of.cost(size);
          if (size < env.shapes()[t].range.max) portion = std::min(portion, of.each);
        }
      }
      some_full = some_full || one_size ||
                  (taken <= limits[b].numbers && taken + portion > limits[b].numbers);
    }
    CHECK(some_full);
  }
}

}  // namespace

TEST_CASE("every method spends the bytes of tables in different formats", "[search]") {
  const auto check = [](std::vector<ciess::index_t> rows, const table_formats& formats,
                        int multiple) {
    stored_so env(energetic_analytic_environment(1, std::move(rows), {1, 48}), formats);
    const auto dense = static_cast<double>(4 * ciess::dense_numbers(env.shapes()));
    const auto least =
        static_cast<double>(ciess::least_unequal_bytes(env.shapes(), formats, multiple));
    const auto all =
        static_cast<double>(ciess::packed_bytes(ciess::assignment(env.shapes()), formats));
    const ciess::sizing_request asked{
        .budgets = {1 - (0.7 * least + 0.3 * all) / dense, 1 - (0.9 * least + 0.1 * all) / dense},
        .keep = 2,
        .of = ciess::budget_of::bytes,
        .multiple = multiple};
    const auto finds = [&](const auto& how) {
      CAPTURE(std::string(how.name()), ciess::name_of(formats), multiple);
      check_found(env, ciess::search(env, how, asked), asked);
    };
    finds(ciess::equal_rule());
    finds(ciess::random_rule());
    finds(ciess::rule(ciess::frequency_rule()));
    finds(ciess::rule(ciess::tail_energy_rule()));
    finds(ciess::rule(ciess::magnitude_rule()));
    if (env.shapes().size() == 2) finds(ciess::rule(ciess::level_rule()));  // of two kinds
    finds(ciess::bet{.steps = 5, .candidates = 10});
    finds(ciess::bet{.steps = 5, .predictor = false});
    finds(ciess::evolution{.steps = 6, .drawn = 3, .parents = 2, .bent = 0.3});
    finds(sizer_laws::small_ciess());
    finds(ciess::portfolio(ciess::rule(ciess::frequency_rule()),
                           ciess::evolution{.steps = 4, .drawn = 2, .parents = 2},
                           sizer_laws::small_ciess()));
  };
  for (const int multiple : {1, 4}) {
    check({140, 60}, {number_format::three_bits, number_format::two_bits}, multiple);
    check({140, 60}, {number_format::two_bits, number_format::float32}, multiple);
    check({140, 60, 31, 90, 17},
          {number_format::four_bits, number_format::three_bits, number_format::bfloat16,
           number_format::two_bits, number_format::eight_bits},
          multiple);
  }
}

TEST_CASE("methods that learn by slopes spend the bytes of tables in different formats",
          "[search]") {
  auto env = stored_so(support::lens_environment<ciess::mf>(support::small_parts(), 16, 20),
                       table_formats{number_format::three_bits, number_format::bfloat16});
  const ciess::sizing_request asked{
      .budgets = {0.75, 0.85}, .keep = 2, .of = ciess::budget_of::bytes};
  ciess::dnis by_gates;
  by_gates.steps = 2;
  by_gates.pairs = 3;
  by_gates.batch = 32;
  check_found(env, ciess::search(env, by_gates, asked), asked);
  ciess::pep by_thresholds;
  by_thresholds.steps = 4;
  by_thresholds.stretch = 30;
  auto run = by_thresholds.begin(env, asked);
  ciess::take_steps(run);
  const auto limits = ciess::limits_of(asked, env);
  for (std::size_t b = 0; b < 2; ++b) {
    for (const auto& c : run.best(b))
      CHECK(ciess::packed_bytes(c.sizes, env.stored_as()) <=
            ciess::bytes_left(env.shapes(), asked.budgets[b]));
    REQUIRE(run.mask(b).met());  // thresholds come down to bytes, whichever table they are of
    std::int64_t taken = 0;
    for (std::size_t t = 0; t < 2; ++t)
      for (ciess::index_t r = 0; r < env.shapes()[t].rows; ++r)
        taken += limits[b].of(t).cost(std::max(run.mask(b).tables[t].count(r), 1));
    CHECK(taken <= limits[b].in_all());
  }
}

TEST_CASE("bytes go where a number is cheap as well as where it is worth much", "[search]") {
  // The same rows, twice: what 4 bytes buy of one table is worth 16 numbers of the other.
  energetic_analytic_environment same(1, {200, 200}, {1, 64});
  const auto shapes = same.shapes();
  const auto kept = [&](const table_formats& formats) {
    std::vector<ciess::matrix> values;
    for (std::size_t t = 0; t < 2; ++t) {  // of both the same
      ciess::matrix falling(200, 64);
      for (ciess::index_t r = 0; r < 200; ++r)
        for (ciess::index_t d = 0; d < 64; ++d)
          falling(r, d) = static_cast<float>(1.0 / (1 + static_cast<double>(d + r % 7)));
      values.push_back(std::move(falling));
    }
    const auto a = ciess::project_by_value(
        shapes, ciess::value_curves(std::move(values)),
        ciess::budget_in_bytes(shapes, formats,
                               ciess::least_unequal_bytes(shapes, formats) + std::int64_t{6000}));
    return std::pair(a[0].total(), a[1].total());
  };
  const auto [dear, cheap] = kept({number_format::float32, number_format::two_bits});
  CHECK(cheap > 3 * dear);
  const auto [left, right] = kept(number_format::four_bits);
  CHECK(left == Approx(static_cast<double>(right)).epsilon(0.02));
}
