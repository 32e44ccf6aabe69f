// SPDX-License-Identifier: MIT
/// @file
/// What a server needs of an inner-product model: its final vectors, packed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <ciess/core/types.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/io/packed_writer.hpp>
#include <ciess/ranking/evaluate_packed.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/search/kept_lists.hpp>
#include <ciess/search/list_fit.hpp>
#include <ciess/search/vector_environment.hpp>
#include <ciess/search/vector_ways.hpp>

namespace ciess {

/// Final vectors as they were packed.
struct served_vectors {
  std::string way;         ///< of storing them, see `ways_to_store`
  std::int64_t bytes = 0;  ///< all but ids
  double same = 0;         ///< share of each user's best items that the whole vectors have as well
  evaluation figures;      ///< on held-out interactions, which did not choose the way
};

/// Packs the final vectors of a model into at most so many bytes and writes them with ids: on
/// balanced axes, in the way that keeps most of the lists that the whole vectors give to at most
/// `kept_lists::enough` users, 20 items each or half of them; of equals the smallest. Few bits are
/// also fitted to such lists, see `list_fit`. No held-out interactions choose anything.
/// @param users, items  [rows, d], whose inner products are scores
/// @param known     interactions that a user is not recommended again
/// @param held_out  those that figures are of
/// @param judged    figures that are wanted; known_only and candidates are not for packed tables
/// @returns nothing, and writes nothing, if so few bytes do not hold a number a row
/// @throws as `vector_environment` and `packed_writer`; io_error as `packed_writer::save`
[[nodiscard]] inline std::optional<served_vectors> save_serving(
    const std::filesystem::path& path, matrix users, matrix items, const interactions& known,
    const interactions& held_out, std::int64_t bytes, const id_map& user_ids,
    const id_map& item_ids, packed_info info = {}, const evaluation_options& judged = {}) {
  const vector_environment env(std::move(users), std::move(items), known, held_out,
                               {.evaluation = judged});
  if (bytes < least_stored_bytes(env, stored_sides::both)) return std::nullopt;
  const list_fit fit(env, known);
  const auto ways = ways_to_store(env, bytes, stored_sides::both, &fit);
  if (ways.empty()) return std::nullopt;
  const int k = static_cast<int>(std::clamp<index_t>(item_ids.size() / 2, 1, 20));
  const kept_lists lists(env, known, kept_lists::some_of(known.users()), k);
  served_vectors best;
  const vector_way* chosen = nullptr;
  for (const vector_way& w : ways) {
    const double same =
        with_stored(env, w, [&](const auto& u, const auto& i) { return lists.share(u, i); });
    const std::int64_t takes = stored_bytes(env, w, stored_sides::both);
    if (chosen && std::tuple(same, -takes) <= std::tuple(best.same, -best.bytes)) continue;
    chosen = &w;
    best.same = same;
    best.bytes = takes;
  }
  best.way = chosen->name;
  with_stored(env, *chosen, [&](const auto& u, const auto& i) {
    best.figures = evaluate_packed(u, i, known, held_out, judged);
    info.backbone = "vectors";
    packed_writer file(info);
    file.add("users", u, &user_ids);
    file.add("items", i, &item_ids);
    file.save(path);
    return 0;
  });
  return best;
}

}  // namespace ciess
