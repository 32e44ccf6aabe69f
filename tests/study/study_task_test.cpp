// SPDX-License-Identifier: MIT
#include <ciess/study/study_task.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

/// The least that a study can be of.
struct archetype {
  struct environment_type {
    using figures = double;
    [[nodiscard]] std::span<const ciess::table_shape> shapes() const { return tables; }
    [[nodiscard]] std::span<const double> frequency(std::size_t) const { return counts; }
    ciess::measurement full() { return {}; }
    ciess::measurement measure(const ciess::assignment&) { return {}; }
    std::vector<ciess::table_shape> tables;
    std::vector<double> counts;
  };
  void check() const {}
  environment_type to_choose() { return {}; }
  environment_type to_report() { return {}; }
  [[nodiscard]] ciess::environment_training training() const { return {}; }
  [[nodiscard]] static std::string baseline_name() { return "chance"; }
  [[nodiscard]] double baseline_to_choose() const { return 0; }
  [[nodiscard]] double baseline_to_report() const { return 0; }
};

struct without_report : archetype {
  environment_type to_report() = delete;
};
struct without_check : archetype {
  void check() const = delete;
};
struct other_figures : archetype {
  [[nodiscard]] int baseline_to_choose() const { return 0; }
};
struct without_training : archetype {
  [[nodiscard]] int training() const { return 0; }
};

}  // namespace

TEST_CASE("what a study is of says all that a study asks", "[study]") {
  STATIC_REQUIRE(ciess::study_task<archetype>);
  STATIC_REQUIRE_FALSE(ciess::study_task<without_report>);
  STATIC_REQUIRE_FALSE(ciess::study_task<without_check>);
  STATIC_REQUIRE_FALSE(ciess::study_task<other_figures>);
  STATIC_REQUIRE_FALSE(ciess::study_task<without_training>);
  STATIC_REQUIRE_FALSE(ciess::study_task<archetype::environment_type>);
}
