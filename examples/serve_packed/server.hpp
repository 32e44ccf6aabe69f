// SPDX-License-Identifier: MIT
// Ranks for those who ask, from the tables of one file.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/id_view.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/io/packed_file.hpp>
#include <ciess/ranking/packed_neumf.hpp>

#include "settings.hpp"

namespace serving {

/// Somebody who asks, and items not to give beside those which nobody gets and which are known.
struct query {
  ciess::row_id who = 0;
  std::vector<ciess::row_id> not_these{};  ///< in any order
};

class server {
 public:
  /// Looks at all that is in the tables and in the files beside them.
  /// @param file  `s.file`, open
  /// @throws ciess::error if nothing can be served
  server(const settings& s, ciess::packed_file file);

  /// What those who ask are called: users, or with --similar items.
  [[nodiscard]] const ciess::id_view& askers() const { return *file_.ids(asking_); }
  [[nodiscard]] const ciess::id_view& items() const { return *file_.ids(items_); }
  /// "user" or "item".
  [[nodiscard]] const char* kind() const noexcept { return settings_->similar ? "item" : "user"; }
  /// What was left out of the files, and what answers are not, a sentence each.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

  /// Puts `<TAB>item<TAB>score...` behind what is in the lines of all queries, ranked together. A
  /// line does not depend on the other queries.
  /// @returns places of queries of which a score is NaN; their lines are as they were
  std::vector<std::size_t> rank(std::span<const query> queries, std::span<std::string> lines);

 private:
  void open();
  void check_products() const;
  void look_at_axes();
  void check_towers() const;
  void make_network();
  void leave_out_seen();
  void choose();
  void load(std::span<const query> queries);
  void load_vectors(std::span<const query> queries);
  void rank_loaded(std::span<std::string> lines, std::size_t first, std::size_t count);

  const settings* settings_;
  ciess::packed_file file_;
  bool neumf_ = false;  ///< layers judge pairs of rows, not products
  std::string items_;   ///< table
  std::string asking_;  ///< table
  std::vector<std::string> notes_;
  std::optional<ciess::interactions> seen_;
  std::optional<std::vector<ciess::row_id>> among_;  ///< items in rising order, the only ones
  std::vector<float> factors_;                       ///< [items] for cosines, else empty
  std::optional<ciess::packed_neumf> network_;       ///< of neumf_

  ciess::matrix vectors_;                                    ///< [queries, columns], of products
  std::vector<ciess::row_id> rows_;                          ///< [queries], of neumf_
  std::vector<std::vector<ciess::row_id>> excluded_;         ///< [queries] in rising order
  std::vector<std::span<const ciess::row_id>> not_to_give_;  ///< [queries] of excluded_
};

}  // namespace serving
