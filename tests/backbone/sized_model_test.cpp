// SPDX-License-Identifier: MIT
#include <ciess/backbone/sized_model.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::assignment;
using ciess::learning_rate;
using ciess::table_shape;

/// The least that can be trained at sizes of one's own: no users, no items, no score.
struct archetype {
  std::array<table_shape, 3> tables;
  std::span<const table_shape> shapes() const { return tables; }
  void reset(std::uint64_t) {}
  void resize(const assignment&) {}
  float train(int) { return 0; }
};
struct with_a_vector : archetype {
  std::vector<table_shape> shapes() const { return {}; }
};
static_assert(ciess::sized_model<archetype>);
static_assert(ciess::sized_model<with_a_vector>);
static_assert(ciess::detail::explain_sized_model<archetype>::value);
static_assert(!ciess::restorable_backbone<archetype>);
static_assert(!ciess::rotatable_backbone<archetype>);
static_assert(!ciess::fine_tunable_backbone<archetype>);

struct shapes_of_something : archetype {
  std::vector<int> shapes() const { return {}; }
};
struct needs_no_seed : archetype {
  void reset() {}
};
struct sizes_one_table : archetype {
  void resize(const ciess::sizes&) {}
};
struct changes_the_sizes : archetype {
  void resize(assignment&) {}
};
struct hides_its_loss : archetype {
  void train(int) {}
};
static_assert(!ciess::sized_model<shapes_of_something>);
static_assert(!ciess::sized_model<needs_no_seed>);
static_assert(!ciess::sized_model<sizes_one_table>);
static_assert(!ciess::sized_model<changes_the_sizes>);
static_assert(!ciess::sized_model<hides_its_loss>);

struct restorable : archetype {
  int snapshot() const { return 0; }
  void restore(const int&) {}
};
struct changes_in_a_snapshot : restorable {
  int snapshot() { return 0; }
};
struct snapshot_of_its_own {
  snapshot_of_its_own(const snapshot_of_its_own&) = delete;
};
struct cannot_keep_it : archetype {
  snapshot_of_its_own snapshot() const;
  void restore(const snapshot_of_its_own&) {}
};
struct takes_another : restorable {
  void restore(const std::vector<int>&) {}
};
static_assert(ciess::restorable_backbone<restorable>);
static_assert(!ciess::restorable_backbone<changes_in_a_snapshot>);
static_assert(!ciess::restorable_backbone<cannot_keep_it>);
static_assert(!ciess::restorable_backbone<takes_another>);

struct rotatable : archetype {
  void rotate_to_principal_axes() {}
};
struct wants_an_angle : archetype {
  void rotate_to_principal_axes(double) {}
};
static_assert(ciess::rotatable_backbone<rotatable>);
static_assert(!ciess::rotatable_backbone<wants_an_angle>);

struct spreadable : archetype {
  void spread_columns(int) {}
};
struct spreads_them_all : archetype {
  void spread_columns() {}
};
static_assert(ciess::spreadable_backbone<spreadable>);
static_assert(!ciess::spreadable_backbone<spreads_them_all>);

struct tunable : archetype {
  void restart(learning_rate) {}
};
struct keeps_its_rate : archetype {
  void restart() {}
};
static_assert(ciess::fine_tunable_backbone<tunable>);
static_assert(!ciess::fine_tunable_backbone<keeps_its_rate>);

using drawn = const ciess::assignment& (*)(std::int64_t);
struct nestable : archetype {
  double train_nested(int, drawn) { return 0; }
};
struct nestable_with_any_draw : archetype {
  template <class Draw>
  double train_nested(int steps, Draw&& draw) {
    return draw(steps).sparsity();
  }
};
struct draws_by_itself : archetype {
  double train_nested(int) { return 0; }
};
struct hides_its_nested_loss : archetype {
  void train_nested(int, drawn) {}
};
struct wants_the_sizes : archetype {
  double train_nested(int, const ciess::assignment&) { return 0; }
};
struct draws_without_a_step : archetype {
  double train_nested(int, const ciess::assignment& (*)()) { return 0; }
};
struct only_nests {
  double train_nested(int, drawn) { return 0; }
};
static_assert(ciess::nestable_backbone<nestable>);
static_assert(ciess::nestable_backbone<nestable_with_any_draw>);
static_assert(!ciess::nestable_backbone<archetype>);
static_assert(!ciess::nestable_backbone<draws_by_itself>);
static_assert(!ciess::nestable_backbone<hides_its_nested_loss>);
static_assert(!ciess::nestable_backbone<wants_the_sizes>);
static_assert(!ciess::nestable_backbone<draws_without_a_step>);
static_assert(!ciess::nestable_backbone<only_nests>);

struct named : archetype {
  std::vector<std::string> table_names() const { return {"a", "b", "c"}; }
};
struct named_by_views : archetype {
  static std::array<std::string_view, 3> table_names() { return {"a", "b", "c"}; }
};
struct numbered : archetype {
  std::vector<int> table_names() const { return {1, 2, 3}; }
};
struct names_one : archetype {
  std::string table_names() const { return "a"; }
};
static_assert(ciess::named_tables<named> && ciess::named_tables<named_by_views>);
static_assert(!ciess::named_tables<archetype> && !ciess::named_tables<numbered>);
static_assert(!ciess::named_tables<names_one>);

}  // namespace
