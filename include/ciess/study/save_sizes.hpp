// SPDX-License-Identifier: MIT
/// @file
/// The sizes that a study found, and the ids of their rows, as files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include <ciess/core/error.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/id_text.hpp>
#include <ciess/io/npy.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/study/study_files.hpp>
#include <ciess/study/study_result.hpp>

namespace ciess {

/// Writes `sizes-BUDGET-TABLE.npy` for each budget and table: those of the best of all on
/// validation. Nothing for a budget that no method has met.
/// @throws argument_error if there is not a name a table; io_error as `save_npy`
template <class Figures>
void save_sizes(const std::filesystem::path& folder, const basic_study_result<Figures>& r,
                std::span<const std::string> tables) {
  for (const auto& row : r.budgets)
    if (!row.methods.empty() && row.best_of_all().sizes.size() != tables.size())
      detail::throw_error<argument_error>("save_sizes: ", tables.size(), " names for ",
                                          row.best_of_all().sizes.size(), " tables");
  for (const auto& row : r.budgets)
    for (std::size_t t = 0; !row.methods.empty() && t < tables.size(); ++t)
      save_npy(folder / sizes_file(row.budget, tables[t]), row.best_of_all().sizes[t]);
}

/// Writes `ids-users.tsv` and `ids-items.tsv`: row and id.
/// @throws io_error as `write_file`
inline void save_ids(const std::filesystem::path& folder, const id_map& users,
                     const id_map& items) {
  write_file(folder / ids_file("users"), ids_tsv(users));
  write_file(folder / ids_file("items"), ids_tsv(items));
}

}  // namespace ciess
