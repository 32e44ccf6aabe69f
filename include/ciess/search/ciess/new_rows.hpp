// SPDX-License-Identifier: MIT
/// @file
/// Sizes for rows that a search never saw, by what it has learnt.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/rl/agent.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/ciess/state.hpp>

namespace ciess {

/// How often the rows of a table occurred, from the rarest to the most frequent one: the scale of a
/// state.
struct frequency_range {
  double least = 0;
  double most = 0;

  /// @throws argument_error unless there is a row and all occur 0 or more times
  [[nodiscard]] static frequency_range of(std::span<const double> frequency) {
    if (frequency.empty())
      detail::throw_error<argument_error>("frequency_range: there are no rows");
    for (std::size_t r = 0; r < frequency.size(); ++r)
      if (!(frequency[r] >= 0 && std::isfinite(frequency[r])))
        detail::throw_error<argument_error>("frequency_range: row ", r, " occurs ", frequency[r],
                                            " times");
    const auto [least, most] = std::ranges::minmax(frequency);
    return {least, most};
  }
};

namespace detail {

/// @throws argument_error unless the smallest sizes of a table's rows fit
inline void check_room(const char* who, const table_shape& shape, const budget& limit) {
  const std::span<const table_shape> shapes(&shape, 1);
  limit.check(who, shapes);
  if (limit.numbers >= limit.least(shapes)) return;
  if (!limit.tables.empty())
    throw_error<argument_error>(who, ": the smallest sizes of ", shape.rows, " rows take ",
                                limit.least(shapes), " bytes of values, which do not fit into ",
                                limit.numbers);
  throw_error<argument_error>(who, ": ", shape.rows, " rows of at least ",
                              limit.least(shapes) / shape.rows / limit.parts,
                              " numbers do not fit into ", limit.whole_numbers(shapes));
}

}  // namespace detail

/// Sizes of new rows: those that rows of about the same frequency have, made to fit what is left of
/// a budget. What a search has found is mostly in the assignment, not in the policy that helped to
/// find it: this asks the assignment.
/// @param known      sizes of the rows that are there, such as the best found
/// @param known_frequency  of those rows
/// @param frequency  of the new rows, [n]; an estimate of what it will be does
/// @param limit      numbers that the new rows may keep together, a budget of their table alone
/// @param nearest    so many known rows, the nearest in the order of frequency, are averaged, >= 1
/// @throws argument_error if lengths differ, no row is known, a frequency is not finite and >= 0,
/// or
///         the smallest sizes alone are more than the limit
/// Cost: O((n + known) log known).
[[nodiscard]] inline sizes size_like_known(const sizes& known,
                                           std::span<const double> known_frequency,
                                           std::span<const double> frequency, budget limit,
                                           index_t nearest = 100) {
  const size_range range = known.range();
  const index_t m = known.rows();
  const auto n = static_cast<index_t>(frequency.size());
  if (std::ssize(known_frequency) != m || m == 0 || nearest < 1)
    detail::throw_error<argument_error>("size_like_known: ", m, " known rows with ",
                                        known_frequency.size(), " frequencies, ", nearest,
                                        " of them to average");
  (void)frequency_range::of(known_frequency);
  if (n == 0) return {0, range};
  (void)frequency_range::of(frequency);
  const table_shape shape{n, range};
  detail::check_room("size_like_known", shape, limit);
  std::vector<std::pair<double, index_t>> order;
  for (index_t r = 0; r < m; ++r)
    order.emplace_back(known_frequency[static_cast<std::size_t>(r)], r);
  std::ranges::sort(order);
  std::vector<std::int64_t> before{0};  // sums of the sizes in that order
  for (const auto& [f, r] : order) before.push_back(before.back() + known[r]);
  proposal asked(1);
  for (const double f : frequency) {
    // In the middle of those that occur as often.
    const auto same = std::ranges::equal_range(order, f, {}, &std::pair<double, index_t>::first);
    const index_t middle = (same.begin() - order.begin() + (same.end() - order.begin())) / 2;
    const index_t width = std::min(nearest, m);
    const index_t first = std::clamp<index_t>(middle - width / 2, 0, m - width);
    const auto sum =
        before[static_cast<std::size_t>(first + width)] - before[static_cast<std::size_t>(first)];
    asked[0].push_back(static_cast<float>(static_cast<double>(sum) / static_cast<double>(width)));
  }
  limit.one_size.clear();  // the rows join a table that has an index
  return std::move(project(std::span(&shape, 1), asked, limit)[0]);
}

/// Sizes of new rows: what a policy asks for in the state in which an episode begins (frequency,
/// full size, no quality yet), made to fit what is left of a budget. States are scaled as those of
/// the rows that the policy has learnt from; rarer or more frequent rows count as the ends of that
/// scale. Only the proportions of what the policy asks for matter.
/// @param known      frequencies of the rows that the policy has learnt from
/// @param frequency  of the new rows, [n]; an estimate of what it will be does
/// @param limit      numbers that the new rows may keep together
/// @throws argument_error if a frequency is not finite and >= 0, if the smallest sizes alone are
///         more than the limit, or if the policy wants states of another length
/// Cost: O(n), one pass of the actor; 4 bytes a row, and a few megabytes whatever n. A state may
/// look at the row itself and at the ends of the scale only: rows are described 65,536 at a time.
template <agent Policy, state_policy State>
[[nodiscard]] sizes size_new_rows(const Policy& policy, const State& state, frequency_range known,
                                  std::span<const double> frequency, size_range range,
                                  budget limit) {
  detail::check_range("size_new_rows", range);
  if (state.features() != policy.state_size())
    detail::throw_error<argument_error>("size_new_rows: the policy wants states of ",
                                        policy.state_size(), " numbers, got ", state.features());
  if (!(known.least >= 0 && known.least <= known.most && std::isfinite(known.most)))
    detail::throw_error<argument_error>("size_new_rows: known frequencies from ", known.least,
                                        " to ", known.most);
  const auto n = static_cast<index_t>(frequency.size());
  if (n == 0) return {0, range};
  (void)frequency_range::of(frequency);
  const table_shape shape{n, range};
  detail::check_room("size_new_rows", shape, limit);
  proposal asked(1);
  asked[0].resize(frequency.size());
  constexpr index_t run = 1 << 16;  // rows at a time
  std::vector<double> scaled;
  std::vector<float> wanted;
  for (index_t first = 0; first < n; first += run) {
    const index_t rows = std::min(run, n - first);
    const auto at = frequency.begin() + first;
    // Two rows more, of the known ends, give the state its scale.
    scaled.resize(static_cast<std::size_t>(rows));
    std::transform(at, at + rows, scaled.begin(),
                   [&](double f) { return std::clamp(f, known.least, known.most); });
    scaled.push_back(known.least);
    scaled.push_back(known.most);
    const std::vector<double> none(scaled.size(), 0.0);
    const std::vector<double> full_quality(scaled.size(), 1.0);
    const sizes largest(rows + 2, range);
    matrix states(rows + 2, policy.state_size());
    state.write(table_status{scaled, largest, none, full_quality}, states);
    wanted.resize(scaled.size());
    policy.propose(states, wanted);
    std::copy_n(wanted.begin(), rows, asked[0].begin() + first);
  }
  limit.one_size.clear();  // the rows join a table that has an index
  assignment found = project(std::span(&shape, 1), asked, limit);
  return std::move(found[0]);
}

}  // namespace ciess
