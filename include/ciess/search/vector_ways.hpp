// SPDX-License-Identifier: MIT
/// @file
/// The ways to store final vectors in so many bytes that are worth a trial.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/text.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/budget/value_curves.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/search/vector_environment.hpp>

namespace ciess {

/// Which tables of a `vector_environment` are stored.
enum class stored_sides : std::uint8_t { both, items };

/// One way to store vectors: see `vector_environment::with_packed`.
struct vector_way {
  std::string name;  ///< "first 24, mixed, 4 bits"
  number_format format{};
  bool spread = false;
  assignment sizes{};
};

/// The same size for all rows of both tables.
[[nodiscard]] inline assignment same_size(const vector_environment& env, int size) {
  std::vector<sizes> tables;
  for (const table_shape& s : env.shapes()) tables.emplace_back(s.rows, s.range, size);
  return assignment(std::move(tables));
}

/// What the stored tables take once they are packed, in all but ids. O(rows)
[[nodiscard]] inline std::int64_t stored_bytes(const assignment& a, number_format format,
                                               stored_sides sides) {
  return packed_memory_of(a[1], format).total() +
         (sides == stored_sides::both ? packed_memory_of(a[0], format).total() : 0);
}

/// The largest size that fits into so many bytes if all rows have it; 0 if none does.
[[nodiscard]] inline int largest_size(const vector_environment& env, number_format format,
                                      std::int64_t bytes, stored_sides sides) {
  int fits = 0, too_large = env.shapes()[0].range.max + 1;
  while (fits + 1 < too_large) {
    const int middle = fits + (too_large - fits) / 2;
    (stored_bytes(same_size(env, middle), format, sides) <= bytes ? fits : too_large) = middle;
  }
  return fits;
}

/// What is worth a trial for a budget: in each format the first columns of all rows, of few bits
/// also mixed, and, of both sides, sizes by tail energy. Each takes at most so many bytes; empty if
/// not even two bits a row fit.
[[nodiscard]] inline std::vector<vector_way> ways_to_store(const vector_environment& env,
                                                           std::int64_t bytes, stored_sides sides) {
  std::vector<vector_way> all;
  for (const number_format f :
       {number_format::float32, number_format::bfloat16, number_format::eight_bits,
        number_format::four_bits, number_format::two_bits})
    if (const int size = largest_size(env, f, bytes, sides); size > 0) {
      const std::string cut = joined("first ", size, ", ");
      all.push_back({cut + format_text(f), f, false, same_size(env, size)});
      if (f >= number_format::four_bits && size > 1)
        all.push_back({cut + "mixed, " + format_text(f), f, true, all.back().sizes});
    }
  if (sides == stored_sides::items) return all;  // rows by energy would be chosen by who asks
  const table_facts facts = full_facts_of(env);
  constexpr std::array<tail_energy_options, 3> exponents{{{0, 1}, {0, 2}, {0.25, 2}}};
  for (const tail_energy_options& e : exponents) {
    const value_curves curves =
        tail_energy_curves(facts.shapes, facts.full, facts.frequency, facts.axes, e);
    for (const number_format f :
         {number_format::bfloat16, number_format::eight_bits, number_format::four_bits}) {
      const int size = largest_size(env, f, bytes, sides);
      if (size == 0 || size == env.shapes()[0].range.max) continue;  // nothing to choose
      if (least_bytes(env.shapes(), f) > bytes) continue;
      all.push_back(
          {joined("tail energy (", e.p, ", ", e.q, "), ", format_text(f)), f, false,
           project_by_value(env.shapes(), curves, budget_in_bytes(env.shapes(), f, bytes))});
    }
  }
  return all;
}

}  // namespace ciess
