// SPDX-License-Identifier: MIT
/// @file
/// The k best items by NeuMF, from its four packed tables and its layers: what a server of it does.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ciess/backbone/detail/neumf_pairs.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/layer_view.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/any_packed_view.hpp>
#include <ciess/ranking/detail/rank_in_tasks.hpp>
#include <ciess/ranking/packed_choice.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/rank_packed.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess {

/// NeuMF (`neumf_network`) without what it is trained with. Users stay packed and are decoded when
/// somebody asks; of items all that does not depend on the user is worked out once, here. A score
/// is that of `neumf::score` on the same numbers, to the bit, whoever else is asked about and at
/// any number of threads.
///
/// Memory: 4 bytes * items * (d + columns that GMF rows keep), half as much more while it is made,
/// and 4 d^2. In a request a thread owns for each of up to 32 users 4 KB of scores, 12 d bytes, and
/// 2 k + 64 candidates of 8 bytes. Cost: d^2 multiplications for each item once and for each user,
/// as `neumf::score` for each pair.
class packed_neumf {
 public:
  /// @param tables  users' and items' rows of the MLP tower, users' and items' of the GMF tower, of
  ///                any numbers; what they refer to must live as long
  /// @param layers  `model.layers()`, in any order; they are copied
  /// @param among   the only items to choose from, in rising order; nothing: all
  /// @throws argument_error if there are other layers or shapes than NeuMF has, or `among` is out
  ///         of range or order; numeric_error if a number of a layer is not finite; data_error if
  ///         a view says that a row is not among its values, or that a row of the GMF tower has
  ///         more than d numbers
  packed_neumf(const std::array<any_packed_view, 4>& tables, std::span<const layer_view> layers,
               std::optional<std::span<const row_id>> among = {})
      : tables_{tables}, d_{columns(0)} {
    check_tables();
    for (std::size_t p = 0; p < layers_.size(); ++p) layers_[p] = taken(layers, p);
    if (layers.size() != layers_.size())
      detail::throw_error<argument_error>("packed_neumf: expected ", layers_.size(),
                                          " layers, got ", layers.size());
    detail::check_choice("packed_neumf", {.among = among}, items());
    if (among) among_.emplace(among->begin(), among->end());
    const auto& rows = layers_[first_users];
    users_layer_.pack(rows.data(), d_, d_, d_, 1);
    encode_mlp();
    encode_gmf();
    for (const std::size_t p : {first_users, first_items, first_bias, top_gmf})
      layers_[p] = std::vector<float>();  // `{}` would keep the memory
  }

  [[nodiscard]] index_t users() const { return rows(0); }
  [[nodiscard]] index_t items() const { return rows(1); }

  /// Hands over the k best items of some users.
  /// @param who       users in any order, also several times
  /// @param excluded  for each of them the items not to choose, in rising order; or none at all: {}
  /// @param take      `take(position, best)` is called once for each position in `who`, from
  ///                  several threads at once; `best`, a `std::span<const scored_item>`, dies with
  ///                  the call
  /// @throws argument_error before any call of `take` if k < 1, or `who` or `excluded` is out of
  ///         range or order; numeric_error if a score is NaN, naming user and item; data_error
  ///         if a view says that a row is not among its values
  template <class Take>
  void rank(std::span<const row_id> who, std::span<const std::span<const row_id>> excluded, int k,
            Take&& take) const {
    check_request(who, excluded);
    const detail::chosen_items chosen = choice();
    k = detail::list_length("packed_neumf", k, chosen.count());
    const detail::rank_plan plan{.users = std::ssize(who),
                                 .items = chosen.count(),
                                 .k = k,
                                 .block = pairs::users_at_once,
                                 .step = pairs::items_at_once};
    detail::rank_in_tasks(
        plan, [&] { return worker(std::min(plan.block, plan.users), d_, k); },
        [&](worker& mine, const detail::rank_task& task, auto&& put, auto&& bad) {
          const auto of_task = [&](auto all) {
            return all.subspan(at(task.first_user), at(task.users));
          };
          load(of_task(who), mine);
          score(mine, task.users, task.first_item, task.last_item, chosen,
                excluded.empty() ? excluded : of_task(excluded));
          for (index_t u = 0; u < task.users; ++u)
            if (mine.bad[at(u)] >= 0)
              bad(u, mine.bad[at(u)]);
            else
              put(u, mine.best.best(u));
        },
        [&](index_t u) { return who[at(u)]; }, take);
  }

 private:
  using pairs = detail::neumf_pairs<float>;
  /// Places in `detail::neumf_layers`.
  static constexpr std::size_t first_users = 0, first_items = 1, first_bias = 2, top_mlp = 3,
                               top_gmf = 4, top_bias = 5;

  /// What a thread needs for a block of users.
  struct worker {
    worker(index_t users, index_t d, int k) : best{k, users} {
      for (auto* m : {&rows, &hidden, &gmf}) m->resize(users, d);
      scores.resize(users, pairs::items_at_once);
    }
    matrix rows, hidden, gmf;  ///< [users, d]
    matrix scores;             ///< [users, items]
    top_k best;
    std::array<row_id, static_cast<std::size_t>(pairs::users_at_once)> bad{};  ///< or -1
    std::array<std::ptrdiff_t, static_cast<std::size_t>(pairs::users_at_once)> next{};
  };

  [[nodiscard]] static std::size_t at(index_t r) noexcept { return static_cast<std::size_t>(r); }

  [[nodiscard]] index_t rows(std::size_t t) const {
    return std::visit([](const auto& table) { return table.rows(); }, tables_[t]);
  }
  [[nodiscard]] index_t columns(std::size_t t) const {
    return std::visit([](const auto& table) { return table.columns(); }, tables_[t]);
  }
  /// Of the longest row, none of which may say that it has more than d numbers.
  [[nodiscard]] index_t longest(std::size_t t) const {
    return std::visit(
        [&](const auto& table) {
          index_t most = 0;
          for (index_t r = 0; r < table.rows(); ++r) {
            most = std::max(most, index_t{table.size(r)});
            if (most > d_)
              detail::throw_error<data_error>("packed_neumf: table ", t, ", row ", r, " has size ",
                                              most, ", expected at most ", d_);
          }
          return most;
        },
        tables_[t]);
  }
  [[nodiscard]] detail::chosen_items choice() const {
    packed_choice those;
    if (among_) those.among = *among_;
    return {those, items()};
  }

  void check_tables() const {
    for (std::size_t t = 1; t < tables_.size(); ++t) {
      if (columns(t) != d_)
        detail::throw_error<argument_error>("packed_neumf: table ", t, " has ", columns(t),
                                            " columns, table 0 ", d_);
      if (t >= 2 && rows(t) != rows(t - 2))
        detail::throw_error<argument_error>("packed_neumf: table ", t, " has ", rows(t),
                                            " rows, table ", t - 2, " ", rows(t - 2));
    }
  }

  [[nodiscard]] std::vector<float> taken(std::span<const layer_view> layers, std::size_t p) const {
    const auto name = detail::neumf_layers[p];
    const auto found = std::ranges::find(layers, name, &layer_view::name);
    if (found == layers.end())
      detail::throw_error<argument_error>("packed_neumf: expected a layer ", detail::shown(name),
                                          ", it is not among the ", layers.size(),
                                          " that there are");
    const auto shape = detail::neumf_shape(p, d_);
    index_t count = 1;
    for (const index_t n : shape) count *= n;
    if (found->shape != shape)
      detail::throw_error<argument_error>("packed_neumf: layer ", detail::shown(found->name),
                                          ": expected shape ", detail::shown_shape(shape), ", got ",
                                          detail::shown_shape(found->shape));
    if (std::ssize(found->numbers) != count)
      detail::throw_error<argument_error>("packed_neumf: layer ", detail::shown(found->name),
                                          ": expected ", count, " numbers, got ",
                                          found->numbers.size());
    for (std::size_t k = 0; k < found->numbers.size(); ++k)
      if (!std::isfinite(found->numbers[k]))
        detail::throw_error<numeric_error>("packed_neumf: layer ", detail::shown(found->name),
                                           ": number ", k, " is ", found->numbers[k]);
    return {found->numbers.begin(), found->numbers.end()};
  }
  void check_request(std::span<const row_id> who,
                     std::span<const std::span<const row_id>> excluded) const {
    for (const row_id u : who)
      if (u < 0 || u >= users())
        detail::throw_error<argument_error>("packed_neumf: user ", u, " is outside [0, ", users(),
                                            ")");
    detail::check_excluded("packed_neumf", std::ssize(who), excluded, items());
  }

  /// Calls `use(place, numbers)` with the rows of chosen items [first, last), a row at a time.
  template <class Use>
  void for_each_item(std::size_t t, index_t first, index_t last, Use&& use) const {
    std::vector<float> numbers(at(d_));
    std::visit(
        [&](const auto& table) {
          choice().for_each_row(table, first, last, [&, p = first](const auto& row) mutable {
            row.copy_to(numbers);
            use(p++, numbers);
          });
        },
        tables_[t]);
  }

  void encode_mlp() {
    const index_t count = choice().count();
    detail::packed_factor<float> layer;
    layer.pack(layers_[first_items].data(), d_, d_, d_, 1);
    matrix hidden(count, d_);
    parallel_for(count, 128, [&](index_t first, index_t last) {
      matrix rows(last - first, d_);
      for_each_item(1, first, last, [&](index_t p, const std::vector<float>& numbers) {
        std::ranges::copy(numbers, rows.row(p - first).data());
      });
      detail::neumf_hidden(layer, rows.data(), last - first, layers_[first_bias].data(),
                           hidden.row(first).data());
    });
    pairs_.assign_mlp(hidden);
  }

  void encode_gmf() {
    const index_t count = choice().count();
    const auto& h = layers_[top_gmf];
    const index_t of_users = longest(2), of_items = longest(3);
    matrix weighted(count, std::min(of_users, of_items));
    parallel_for(count, 128, [&](index_t first, index_t last) {
      for_each_item(3, first, last, [&](index_t p, const std::vector<float>& numbers) {
        for (index_t j = 0; j < weighted.cols(); ++j) weighted(p, j) = numbers[at(j)] * h[at(j)];
      });
    });
    pairs_.assign_gmf(weighted);
  }

  /// What users bring to both towers.
  void load(std::span<const row_id> who, worker& mine) const {
    const auto decode = [&](std::size_t t, matrix& to) {
      std::visit(
          [&](const auto& table) {
            for (index_t u = 0; u < std::ssize(who); ++u)
              table[who[at(u)]].copy_to(std::span(to.row(u).data(), at(d_)));
          },
          tables_[t]);
    };
    decode(0, mine.rows);
    decode(2, mine.gmf);
    detail::neumf_hidden<float>(users_layer_, mine.rows.data(), std::ssize(who), nullptr,
                                mine.hidden.data());
  }

  /// Scores and chooses among the places [first, last).
  void score(worker& mine, index_t users, index_t first, index_t last,
             const detail::chosen_items& chosen,
             std::span<const std::span<const row_id>> excluded) const {
    mine.best.clear();
    mine.bad.fill(-1);
    if (!excluded.empty())
      for (index_t u = 0; u < users; ++u)
        mine.next[at(u)] = std::ranges::lower_bound(excluded[at(u)], chosen.bound(first)) -
                           excluded[at(u)].begin();
    for (index_t from = first; from < last; from += pairs::items_at_once) {
      const index_t to = std::min(last, from + pairs::items_at_once);
      pairs_.score(mine.hidden.data(), mine.gmf.data(), users, d_, layers_[top_mlp].data(),
                   layers_[top_bias][0], from, to, mine.scores.data(), mine.scores.cols());
      for (index_t u = 0; u < users; ++u) {
        float* const scores = mine.scores.row(u).data();
        if (!excluded.empty()) {
          const auto& those = excluded[at(u)];
          for (auto& next = mine.next[at(u)];
               next < std::ssize(those) && those[at(next)] < chosen.bound(to); ++next)
            if (const index_t place = chosen.place(those[at(next)], from, to); place >= 0)
              scores[place - from] = -std::numeric_limits<float>::infinity();
        }
        if (mine.bad[at(u)] >= 0) continue;
        mine.bad[at(u)] = mine.best.offer(
            u, std::span<const float>(scores, at(to - from)),
            [&](std::size_t j) { return chosen.item(from + static_cast<index_t>(j)); });
      }
    }
  }

  std::array<any_packed_view, 4> tables_;
  index_t d_;
  std::array<std::vector<float>, 6>
      layers_;  ///< as `detail::neumf_layers`; what is packed is empty
  std::optional<std::vector<row_id>> among_;
  detail::packed_factor<float> users_layer_;
  pairs pairs_;  ///< of the chosen items, by place
};

}  // namespace ciess
