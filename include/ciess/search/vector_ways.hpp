// SPDX-License-Identifier: MIT
/// @file
/// The ways to store final vectors in so many bytes that are worth a trial.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/size_range.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/bit_allocation.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/budget/value_curves.hpp>
#include <ciess/search/list_fit.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/search/vector_environment.hpp>

namespace ciess {

/// Which tables of a `vector_environment` are stored.
enum class stored_sides : std::uint8_t { both, items };

/// How a way stores columns.
enum class stored_columns : std::uint8_t {
  first,    ///< the first ones in one number format
  mixed,    ///< the same, their energy spread, see `spread_axes`
  own_bits  ///< each with bits of its own, see `vector_environment::with_own_bits`
};

/// One way to store vectors.
struct vector_way {
  std::string name;        ///< "first 24, mixed, 4 bits"
  number_format format{};  ///< of no meaning for `own_bits`
  stored_columns columns{};
  assignment sizes{};  ///< numbers of rows, or their bytes for `own_bits`
  std::shared_ptr<const coded_vectors> fitted{};  ///< for `own_bits`: other rows than a cut has
  scaled_tables scales{};  ///< for `own_bits`: whose rows have a scale beside these bytes
};

/// Packs vectors in one way and calls `use(users, items)` with both packed views; returns what that
/// does.
/// @throws as `vector_environment::with_packed` and `with_own_bits`
template <class Use>
decltype(auto) with_stored(const vector_environment& env, const vector_way& way, Use&& use) {
  if (way.fitted) return use(way.fitted->users.view(), way.fitted->items.view());
  if (way.columns == stored_columns::own_bits) return env.with_own_bits(way.sizes, way.scales, use);
  return env.with_packed(way.sizes, way.format, way.columns == stored_columns::mixed, use);
}

/// All figures of vectors that are stored in one way.
/// @throws as `with_stored`
[[nodiscard]] inline evaluation judge_stored(const vector_environment& env, const vector_way& way) {
  return with_stored(env, way, [&](const auto& users, const auto& items) {
    return env.judge_packed(users, items);
  });
}

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

/// Columns that have bits in rows of so many bytes.
/// @throws argument_error if no columns suit both tables
[[nodiscard]] inline index_t columns_of(const vector_environment& env, const vector_way& way) {
  return std::ssize(env.own_bits(way.sizes, way.scales)[0]);
}

/// What a way takes, likewise.
[[nodiscard]] inline std::int64_t stored_bytes(const vector_environment& env, const vector_way& way,
                                               stored_sides sides) {
  if (way.columns != stored_columns::own_bits) return stored_bytes(way.sizes, way.format, sides);
  const index_t columns = columns_of(env, way);
  const auto bytes = [&](std::size_t t) {
    return packed_memory_of_bytes(way.sizes[t], columns, way.scales[t]).total();
  };
  return bytes(1) + (sides == stored_sides::both ? bytes(0) : 0);
}

/// Rows of so many bytes, columns having bits of their own; and a scale for each row beside, where
/// tables have them.
[[nodiscard]] inline vector_way own_bits(const vector_environment& env, int users, int items,
                                         const scaled_tables& scales = {}) {
  const auto shapes = env.shapes();
  std::vector<sizes> tables;
  tables.emplace_back(shapes[0].rows, size_range{1, users}, users);
  tables.emplace_back(shapes[1].rows, size_range{1, items}, items);
  std::string name = users == items ? joined("own bits, ", users, " bytes a row")
                                    : joined("own bits, ", users, " and ", items, " bytes a row");
  if (scales[1] == scaled_rows::yes)
    name += scales[0] == scaled_rows::yes ? " and scales" : " and scales of items";
  else if (scales[0] == scaled_rows::yes)
    name += " and scales of users";
  return {std::move(name), {}, stored_columns::own_bits, assignment(std::move(tables)), {}, scales};
}

/// Among all bytes of user rows and of item rows that together fit those with which scores lose
/// least by the energy of columns; none if a byte a row does not fit.
[[nodiscard]] inline std::optional<vector_way> best_own_bits(const vector_environment& env,
                                                             std::int64_t bytes, stored_sides sides,
                                                             const scaled_tables& scales = {}) {
  const auto shapes = env.shapes();
  const auto most =
      std::min({shapes[0].range.max, 256, static_cast<int>(std::min<std::int64_t>(bytes, 256))});
  if (most < 1) return std::nullopt;
  const bit_allocation bits(env.worth(scales), most);
  const std::int64_t users = sides == stored_sides::both ? shapes[0].rows : 0;
  const std::int64_t books = sides == stored_sides::both ? 6 : 3;  // a column
  const auto of_scales = [&](std::size_t t) {
    return scales[t] == scaled_rows::yes ? std::int64_t{shapes[t].rows} : 0;
  };
  bytes -= of_scales(1) + (sides == stored_sides::both ? of_scales(0) : 0);
  double least = std::numeric_limits<double>::infinity();
  std::array<int, 2> best{};
  const auto look = [&](int of_users, int of_items) {
    const index_t columns = bits.best_columns(of_users, of_items);
    const std::int64_t takes =
        of_users * users + of_items * std::int64_t{shapes[1].rows} + books * columns;
    const double lost = bits.lost(of_users, columns) + bits.lost(of_items, columns);
    if (takes > bytes || !(lost < least)) return;
    least = lost;
    best = {of_users, of_items};
  };
  for (int u = 1; u <= bits.bytes(); ++u) {
    if (users == 0) {  // those who ask are not stored, and have what items have
      look(u, u);
      continue;
    }
    for (int i = 1; i <= bits.bytes() && u * users + i * std::int64_t{shapes[1].rows} <= bytes; ++i)
      look(u, i);
  }
  if (best[0] == 0) return std::nullopt;
  return own_bits(env, best[0], best[1], scales);
}

/// What the smallest way takes: a byte a row, and its scale or a book.
[[nodiscard]] inline std::int64_t least_stored_bytes(const vector_environment& env,
                                                     stored_sides sides) {
  return std::min(stored_bytes(same_size(env, 1), number_format::two_bits, sides),
                  stored_bytes(env, own_bits(env, 1, 1), sides));
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

/// What is worth a trial for a budget: columns with bits of their own, also fitted to lists if
/// `fit` is given, in each format the first
/// columns of all rows, of few bits also mixed, and, of both sides, sizes by tail energy. Each
/// takes at most so many bytes; empty if not even a byte a row fits.
[[nodiscard]] inline std::vector<vector_way> ways_to_store(const vector_environment& env,
                                                           std::int64_t bytes, stored_sides sides,
                                                           const list_fit* fit = nullptr) {
  std::vector<vector_way> all;
  constexpr auto no = scaled_rows::no, yes = scaled_rows::yes;
  for (const scaled_tables& scales : {scaled_tables{no, no}, {no, yes}, {yes, yes}}) {
    if (sides == stored_sides::items && scales[0] == yes) continue;  // who asks is not stored
    const auto way = best_own_bits(env, bytes, sides, scales);
    if (!way) continue;
    all.push_back(*way);
    constexpr index_t most_fitted =
        128;  // columns; with more there is little to gain, at a high price
    if (fit && sides == stored_sides::both && columns_of(env, *way) <= most_fitted)
      for (const double weight : {10.0, 100.0}) {
        all.push_back(*way);
        all.back().name += joined(", fitted x", weight);
        all.back().fitted =
            std::make_shared<const coded_vectors>(fit->fit(way->sizes, weight, scales));
      }
  }
  for (const number_format f :
       {number_format::float32, number_format::bfloat16, number_format::eight_bits,
        number_format::four_bits, number_format::two_bits})
    if (const int size = largest_size(env, f, bytes, sides); size > 0) {
      const std::string cut = joined("first ", size, ", ");
      all.push_back({cut + format_text(f), f, stored_columns::first, same_size(env, size)});
      if (f >= number_format::four_bits && size > 1)
        all.push_back(
            {cut + "mixed, " + format_text(f), f, stored_columns::mixed, all.back().sizes});
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
      if (least_unequal_bytes(env.shapes(), f) > bytes) continue;
      all.push_back(
          {joined("tail energy (", e.p, ", ", e.q, "), ", format_text(f)), f, stored_columns::first,
           project_by_value(env.shapes(), curves, budget_in_bytes(env.shapes(), f, bytes))});
    }
  }
  return all;
}

}  // namespace ciess
