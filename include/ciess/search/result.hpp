// SPDX-License-Identifier: MIT
/// @file
/// What a size search returns, and the memory that keeps the best it has met.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/budget/one_size.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/sizing_request.hpp>

namespace ciess {

/// An assignment that a search has measured.
struct candidate {
  assignment sizes;
  double quality = 0;                   ///< as measured during the search
  std::optional<double> retrained;      ///< after full training, when that was done
  std::string origin;                   ///< what proposed it
  int step = 0;                         ///< number of the environment step that measured it, or
  static constexpr int elsewhere = -1;  ///< measured by another search, see `trials_run::learn_of`
};

/// Nothing that a search has measured meets a budget.
class nothing_found : public error {
 public:
  using error::error;
};

/// The best assignments of a search for each budget, best first. Every one meets its budget.
struct search_result {
  std::vector<double> budgets;               ///< shares of numbers to remove, as asked
  std::vector<std::vector<candidate>> best;  ///< [budgets][at most keep]; empty if none was met
  measurement full;                          ///< of the full-size model
  int steps = 0;                             ///< environment steps taken
  bool stopped = false;                      ///< an observer ended it early

  /// The best that was found for one of `budgets`, given exactly as the search was.
  /// @throws argument_error if it is none of them; nothing_found if no step met it
  [[nodiscard]] const candidate& best_of(double budget) const& {
    return best[number_of(budget)].front();
  }
  /// The same of a result that is gone after the call.
  [[nodiscard]] candidate best_of(double budget) && {
    return std::move(best[number_of(budget)].front());
  }
  /// The sizes of that.  @throws as `best_of`
  [[nodiscard]] const assignment& sizes(double budget) const& { return best_of(budget).sizes; }
  [[nodiscard]] assignment sizes(double budget) && {
    return std::move(*this).best_of(budget).sizes;
  }

 private:
  /// Which of `budgets` it is, if something was found for it.
  [[nodiscard]] std::size_t number_of(double budget) const {
    const auto at = std::ranges::find(budgets, budget);
    if (at == budgets.end()) {
      std::string all;
      for (const double b : budgets) all += (all.empty() ? "" : ", ") + shortest_text(b);
      detail::throw_error<argument_error>("search_result: there is no budget ",
                                          shortest_text(budget), ", there are ",
                                          all.empty() ? "none" : all);
    }
    const auto b = static_cast<std::size_t>(at - budgets.begin());
    if (b >= best.size() || best[b].empty())
      detail::throw_error<nothing_found>(
          "search_result: of ", steps, " assignments that were measured none removes ",
          shortest_text(budget),
          " of the numbers: take more steps, give shapes that do, or a "
          "controller that meets every budget, such as exact_budget");
    return b;
  }
};

/// Keeps the best few distinct assignments for several budgets at once: one search serves all of
/// them. Source: "selective retraining", section 4.4 of the paper.
class best_memory {
 public:
  /// @throws argument_error if keep < 1
  best_memory(std::vector<budget> limits, int keep)
      : limits_{std::move(limits)}, keep_{static_cast<std::size_t>(keep)}, best_(limits_.size()) {
    if (keep < 1) detail::throw_error<argument_error>("best_memory: keep must be >= 1, got ", keep);
  }

  /// Files a measured assignment under each budget that it meets. Equal quality: the earlier one
  /// stays ahead.
  void offer(const candidate& c) {
    for (std::size_t b = 0; b < limits_.size(); ++b) offer_to(b, c);
  }

  /// The same for budget b alone.
  void offer_to(std::size_t b, const candidate& c) {
    auto& list = best_[b];
    if (!limits_[b].met_by(c.sizes)) return;
    if (list.size() == keep_ && !(c.quality > list.back().quality)) return;
    if (std::ranges::any_of(list, [&](const candidate& k) { return k.sizes == c.sizes; })) return;
    const auto at =
        std::ranges::find_if(list, [&](const candidate& k) { return c.quality > k.quality; });
    list.insert(at, c);
    if (list.size() > keep_) list.pop_back();
  }

  /// See `field_visitor`.
  /// @param shapes  of the tables whose assignments were offered
  template <class F>
  void visit(F& f, std::span<const table_shape> shapes) {
    for (std::size_t b = 0; b < best_.size(); ++b) {
      auto& list = best_[b];
      field_group<F> group(f, "budget" + std::to_string(b));
      auto count = static_cast<std::uint64_t>(list.size());
      group("count", count);
      group.check("count", count <= keep_, "at most as many as are kept");
      if constexpr (F::reads) {
        candidate full;
        full.sizes = assignment(shapes);
        list.assign(count, full);
      }
      for (std::size_t i = 0; i < list.size(); ++i) {
        candidate& c = list[i];
        field_group<field_group<F>> one(group, std::to_string(i));
        for (std::size_t t = 0; t < shapes.size(); ++t)
          visit_part(one, "table" + std::to_string(t), c.sizes[t]);
        one("quality", c.quality);
        one("origin", c.origin);
        one("step", c.step);
        one.check("quality",
                  std::isfinite(c.quality) && (i == 0 || c.quality <= list[i - 1].quality),
                  "a finite quality, not above the one before");
        one.check("sizes", limits_[b].met_by(c.sizes), "sizes that meet the budget");
      }
    }
  }

  /// Best first.
  [[nodiscard]] std::span<const candidate> best(std::size_t b) const noexcept { return best_[b]; }
  [[nodiscard]] std::vector<std::vector<candidate>> take() && { return std::move(best_); }

 private:
  std::vector<budget> limits_;
  std::size_t keep_;
  std::vector<std::vector<candidate>> best_;
};

/// Budgets in numbers of the shares to remove.
/// @throws argument_error if there is none, or one cannot be met
[[nodiscard]] inline std::vector<budget> budgets_of(std::span<const double> sparsities,
                                                    std::span<const table_shape> shapes,
                                                    int multiple = 1) {
  if (sparsities.empty()) detail::throw_error<argument_error>("search: no budget is given");
  std::vector<budget> limits;
  for (const double c : sparsities) limits.push_back(budget::from_sparsity(c, shapes, multiple));
  return limits;
}

/// The formats in which an environment's tables will be stored, which it may say by `stored_as()`;
/// else floats.
template <class E>
[[nodiscard]] table_formats stored_formats_of(const E& env) {
  if constexpr (requires {
                  { env.stored_as() } -> std::convertible_to<table_formats>;
                })
    return env.stored_as();
  else
    return number_format::float32;
}

namespace detail {

/// Budgets of rows, as what was asked.
[[nodiscard]] inline std::vector<budget> of_what_is_sized(const sizing_request& asked,
                                                          std::span<const table_shape> shapes,
                                                          std::vector<budget> limits) {
  if (asked.per == sizes_per::table)
    for (budget& limit : limits) limit = per_table(limit, shapes);
  return limits;
}

}  // namespace detail

/// The budgets of what is asked, of tables that will be stored so: in numbers, their parts, or
/// bytes, see `budget`.
/// @throws argument_error if there is none, or one cannot be met, or one of bytes leaves nothing to
///         choose: all rows fit at full size
[[nodiscard]] inline std::vector<budget> limits_of(const sizing_request& asked,
                                                   std::span<const table_shape> shapes,
                                                   const table_formats& formats) {
  if (asked.of == budget_of::numbers)
    return detail::of_what_is_sized(asked, shapes,
                                    budgets_of(asked.budgets, shapes, asked.multiple));
  if (asked.budgets.empty()) detail::throw_error<argument_error>("search: no budget is given");
  std::vector<budget> limits;
  const std::int64_t all = packed_bytes(assignment(shapes), formats);
  for (const double c : asked.budgets) {
    const std::int64_t bytes = bytes_left(shapes, c);
    if (all <= bytes)
      detail::throw_error<argument_error>("search: removing ", c, " of the bytes leaves ", bytes,
                                          ", which hold every row at full size with ", all,
                                          ": there is nothing to choose");
    limits.push_back(budget_in_bytes(shapes, formats, bytes, asked.multiple));
  }
  return detail::of_what_is_sized(asked, shapes, std::move(limits));
}
/// The same for the tables of an environment. One whose sizes are no numbers of one format counts
/// bytes itself, by a `budget byte_budget(double removed, int multiple) const`.
/// @throws as above, and as that
template <class E>
[[nodiscard]] std::vector<budget> limits_of(const sizing_request& asked, const E& env) {
  if constexpr (requires {
                  { env.byte_budget(double{}, int{}) } -> std::same_as<budget>;
                })
    if (asked.of == budget_of::bytes) {
      if (asked.budgets.empty()) detail::throw_error<argument_error>("search: no budget is given");
      std::vector<budget> limits;
      for (const double c : asked.budgets) {
        limits.push_back(env.byte_budget(c, asked.multiple));
        if (limits.back().met_by(assignment(env.shapes())))
          detail::throw_error<argument_error>("search: removing ", c,
                                              " of the bytes leaves room for every row at full "
                                              "size: there is nothing to choose");
      }
      return detail::of_what_is_sized(asked, env.shapes(), std::move(limits));
    }
  return limits_of(asked, env.shapes(), stored_formats_of(env));
}

/// The share of numbers that budget b of a request removes.
/// @param limit  what `limits_of` makes of it
[[nodiscard]] inline double removed_share(const sizing_request& asked, std::size_t b,
                                          const budget& limit,
                                          std::span<const table_shape> shapes) {
  if (asked.of == budget_of::numbers) return asked.budgets[b];
  const auto dense = static_cast<double>(dense_numbers(shapes));
  // Bytes that hold no index hold the smallest sizes; portions that d_max does not fill may make
  // more numbers of all than there are.
  const auto kept = static_cast<double>(limit.kept_numbers(shapes));
  return std::max(1 - kept / dense, 0.5 / dense);
}

}  // namespace ciess
