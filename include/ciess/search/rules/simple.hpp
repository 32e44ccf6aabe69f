// SPDX-License-Identifier: MIT
/// @file
/// What anybody tries first: the same size for every row, and any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ciess/core/random.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/rule.hpp>

namespace ciess {

/// The same size for every row.
[[nodiscard]] inline proposal equal_proposal(std::span<const table_shape> shapes) {
  proposal p;
  for (const auto& s : shapes) p.emplace_back(static_cast<std::size_t>(s.rows), 1.0F);
  return p;
}

/// Sizes drawn uniformly from each table's range, row by row: "mixed random" of the paper.
[[nodiscard]] inline proposal random_proposal(std::span<const table_shape> shapes,
                                              std::uint64_t seed) {
  const random_stream stream(seed, purpose::baseline);
  proposal p;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    const auto rows = stream.child(t);
    auto& table = p.emplace_back(static_cast<std::size_t>(shapes[t].rows));
    for (std::size_t r = 0; r < table.size(); ++r) {
      auto engine = rows.at(0, r);
      table[r] = uniform(engine, float(shapes[t].range.min), float(shapes[t].range.max) + 1);
    }
  }
  return p;
}

/// The rule "equal".
[[nodiscard]] inline rule equal_rule() {
  return formula("equal", [](const table_facts& facts, const budget& limit, std::uint64_t) {
    return project(facts.shapes, equal_proposal(facts.shapes), limit);
  });
}

/// The rule "random".
[[nodiscard]] inline rule random_rule() {
  return formula("random", [](const table_facts& facts, const budget& limit, std::uint64_t seed) {
    return project(facts.shapes, random_proposal(facts.shapes, seed), limit);
  });
}

}  // namespace ciess
