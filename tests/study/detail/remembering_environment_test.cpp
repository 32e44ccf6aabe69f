// SPDX-License-Identifier: MIT
#include <ciess/study/detail/remembering_environment.hpp>
// its own header first
#include <ciess/embedding/number_format.hpp>
#include <ciess/search/environment.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

namespace {

using ciess::detail::measured_qualities;
using ciess::detail::remembering_environment;

/// Counts what it is asked.
struct counting : analytic_environment {
  using analytic_environment::analytic_environment;
  int measured = 0;
  ciess::measurement measure(const ciess::assignment& sizes) {
    ++measured;
    return analytic_environment::measure(sizes);
  }
};

/// Tells more of itself.
struct talkative : counting {
  using counting::counting;
  [[nodiscard]] std::size_t kind(std::size_t t) const { return t + 5; }
  [[nodiscard]] std::size_t axes_group(std::size_t t) const { return t + 7; }
  [[nodiscard]] ciess::number_format stored_as() const { return ciess::number_format::four_bits; }
  [[nodiscard]] int measure_steps() const { return 11; }
  [[nodiscard]] ciess::budget byte_budget(double removed, int multiple) const {
    return {.numbers = static_cast<std::int64_t>(1000 * removed), .multiple = multiple};
  }
};

template <class E>
concept has_kinds = requires(const E& e) { e.kind(std::size_t{}); };
template <class E>
concept has_groups = requires(const E& e) { e.axes_group(std::size_t{}); };
template <class E>
concept has_format = requires(const E& e) { e.stored_as(); };
template <class E>
concept has_steps = requires(const E& e) { e.measure_steps(); };
template <class E>
concept has_bytes = requires(const E& e) { e.byte_budget(double{}, int{}); };
template <class E>
concept has_any = has_kinds<E> || has_groups<E> || has_format<E> || has_steps<E> || has_bytes<E>;

}  // namespace

TEST_CASE("what was measured is known, and not measured again", "[study]") {
  counting env(1, {6, 4}, {1, 8});
  measured_qualities known;
  remembering_environment seen(env, known);
  static_assert(ciess::environment<decltype(seen)>);
  const ciess::assignment full(env.shapes());
  auto cut = full;
  cut[0].set(2, 3);
  const double quality = seen.quality(full);
  CHECK(env.measured == 1);
  CHECK(seen.quality(full) == quality);
  CHECK(env.measured == 1);
  CHECK(seen.quality(cut) == env.analytic_environment::measure(cut).quality);
  CHECK(env.measured == 2);
  // Who wants rows has them measured, and another search knows the whole.
  CHECK(seen.measure(cut).rows.size() == 2);
  CHECK(env.measured == 3);
  remembering_environment other(env, known);
  CHECK(other.quality(cut) == seen.quality(cut));
  CHECK(env.measured == 3);
  CHECK(known.size() == 2);
}

TEST_CASE(
    "what an environment tells of itself is handed on, and what it does not tell is not there",
    "[study]") {
  talkative env(1, {6, 4}, {1, 8});
  measured_qualities known;
  const remembering_environment seen(env, known);
  static_assert(!has_any<remembering_environment<counting>>);
  CHECK(seen.kind(1) == 6);
  CHECK(seen.axes_group(1) == 8);
  CHECK(seen.stored_as() == ciess::number_format::four_bits);
  CHECK(seen.measure_steps() == 11);
  CHECK(seen.byte_budget(0.5, 3).multiple == 3);
  CHECK(seen.byte_budget(0.5, 3).numbers == 500);
  CHECK(seen.frequency(1).data() == env.frequency(1).data());
}
