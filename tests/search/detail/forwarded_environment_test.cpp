// SPDX-License-Identifier: MIT
#include <ciess/search/detail/forwarded_environment.hpp>
// its own header first
#include <ciess/embedding/number_format.hpp>
#include <ciess/search/environment.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/energetic_environment.hpp"
#include "support/memory_fields.hpp"

namespace {

template <class E>
using forwarded = ciess::detail::forwarded_environment<E>;

/// Tells all that there is to tell.
struct talkative : energetic_analytic_environment {
  using energetic_analytic_environment::energetic_analytic_environment;
  [[nodiscard]] std::size_t kind(std::size_t t) const { return t + 5; }
  [[nodiscard]] std::size_t axes_group(std::size_t t) const { return t + 7; }
  [[nodiscard]] bool has_full_tables() const { return true; }
  [[nodiscard]] int warm_copy() { return 4; }
  [[nodiscard]] std::uint64_t held_out_batches(std::uint64_t seed) const { return seed + 1; }
  [[nodiscard]] ciess::number_format stored_as() const { return ciess::number_format::four_bits; }
  [[nodiscard]] int measure_steps() const { return 11; }
  [[nodiscard]] ciess::budget byte_budget(double removed, int multiple) const {
    return {.numbers = static_cast<std::int64_t>(1000 * removed), .multiple = multiple};
  }
  template <class F>
  void visit_conditions(F& f) const {
    f.same("words", std::int64_t{3});
  }
};

template <class E>
concept tells_more =
    requires(E& e, std::size_t t) { e.kind(t); } ||
    requires(E& e, std::size_t t) { e.axes_group(t); } || requires(E& e) { e.has_full_tables(); } ||
    requires(E& e) { e.warm_copy(); } || requires(E& e) { e.held_out_batches(std::uint64_t{}); } ||
    requires(E& e) { e.stored_as(); } || requires(E& e) { e.measure_steps(); } ||
    requires(E& e) { e.byte_budget(double{}, int{}); } ||
    requires(E& e, std::size_t t) { e.full_table(t); };

/// Names of what must agree.
struct names {
  static constexpr bool reads = false;
  std::vector<std::string> seen{};
  template <class T>
  void operator()(std::string_view, T&&) {}
  template <class T>
  void same(std::string_view name, const T&) {
    seen.emplace_back(name);
  }
  void check(std::string_view, bool, std::string_view) {}
};
static_assert(!names::reads);

}  // namespace

TEST_CASE("an environment that stands before another tells what that tells, and no more",
          "[search]") {
  static_assert(!tells_more<forwarded<analytic_environment>>);
  talkative env(1, {6, 4}, {1, 8});
  forwarded<talkative> seen(env);
  CHECK(seen.shapes().data() == env.shapes().data());
  CHECK(seen.frequency(1).data() == env.frequency(1).data());
  CHECK(seen.kind(1) == 6);
  CHECK(seen.axes_group(1) == 8);
  CHECK(seen.has_full_tables());
  CHECK(seen.full_table(1).rows() == 4);
  CHECK(seen.warm_copy() == 4);
  CHECK(seen.held_out_batches(5) == 6);
  CHECK(seen.stored_as() == ciess::number_format::four_bits);
  CHECK(seen.measure_steps() == 11);
  CHECK(seen.byte_budget(0.5, 3).numbers == 500);
  names n;
  seen.visit_conditions(n);
  CHECK(n.seen == std::vector<std::string>{"words"});
  analytic_environment plain(1, {6, 4}, {1, 8});
  names none;
  forwarded<analytic_environment>(plain).visit_conditions(none);
  CHECK(none.seen.empty());
}
