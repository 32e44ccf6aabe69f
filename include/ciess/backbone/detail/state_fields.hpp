// SPDX-License-Identifier: MIT
/// @file
/// Fields that the states of all models have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/sizes.hpp>

namespace ciess::detail {

/// Shows finite numbers that lie in one piece. See `field_visitor`.
template <class F, class Numbers>
void visit_numbers(F& f, std::string_view name, Numbers& of) {
  const std::span all(of.data(), static_cast<std::size_t>(of.size()));
  f(name, all);
  f.check(name, all_finite(all), "finite numbers");
}

/// Shows sums of squares, which are finite and not less than 0.
template <class F, class Numbers>
void visit_squares(F& f, std::string_view name, Numbers& of) {
  visit_numbers(f, name, of);
  f.check(name, std::ranges::all_of(of, [](auto x) { return x >= 0; }), "no number < 0");
}

/// Shows how far a training is: rate, steps, seed.
template <class F, class State>
void visit_progress(F& f, State& of) {
  f("rate.first", of.rate.first);
  f("rate.factor", of.rate.factor);
  f("rate.every", of.rate.every);
  f("rate.least", of.rate.least);
  f.check("rate", of.rate.valid(), "a learning rate that can be");
  f("steps", of.steps);
  f.check("steps", of.steps >= 0 && of.steps < std::int64_t{1} << 62, "a number of steps");
  f("seed", of.seed);
}

/// @param who  what a message begins with
/// @throws argument_error if there is a learning rate or a number of steps that cannot be
template <class State>
void check_progress(const char* who, const State& of) {
  of.rate.check(who);
  if (of.steps < 0) throw_error<argument_error>(who, ": steps must be >= 0, got ", of.steps);
}

/// @param t  number of the table
/// @throws argument_error unless its sizes are of this shape
inline void check_table(const char* who, std::size_t t, const sizes& got,
                        const table_shape& expected) {
  if (got.rows() != expected.rows || got.range() != expected.range)
    throw_error<argument_error>(who, ": table ", t, " has ", got.rows(), " rows with sizes in [",
                                got.range().min, ", ", got.range().max, "], expected ",
                                expected.rows, " in [", expected.range.min, ", ",
                                expected.range.max, "]");
}

}  // namespace ciess::detail
