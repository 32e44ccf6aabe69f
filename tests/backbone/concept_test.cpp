// SPDX-License-Identifier: MIT
#include <ciess/backbone/concept.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::assignment;
using ciess::learning_rate;
using ciess::matrix;
using ciess::matrix_span;
using ciess::table_shape;

/// The least that a search needs.
struct archetype {
  int users() const { return 1; }
  int items() const { return 1; }
  std::array<table_shape, 2> tables;
  std::span<const table_shape> shapes() const { return tables; }
  void reset(std::uint64_t) {}
  void resize(const assignment&) {}
  float train(int) { return 0; }
  void score(ciess::index, matrix_span) {}
};
struct with_a_vector : archetype {
  std::vector<table_shape> shapes() const { return {}; }
};
static_assert(ciess::backbone<archetype>);
static_assert(ciess::backbone<with_a_vector>);
static_assert(!ciess::inner_product_backbone<archetype>);
static_assert(!ciess::restorable_backbone<archetype>);
static_assert(!ciess::rotatable_backbone<archetype>);
static_assert(!ciess::fine_tunable_backbone<archetype>);

struct counts_users_when_mutable : archetype {
  int users() { return 1; }
};
struct has_no_items : archetype {
  void items() const {}
};
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
struct scores_one_pair : archetype {
  float score(ciess::index, ciess::index) { return 0; }
};
static_assert(!ciess::backbone<counts_users_when_mutable>);
static_assert(!ciess::backbone<has_no_items>);
static_assert(!ciess::backbone<shapes_of_something>);
static_assert(!ciess::backbone<needs_no_seed>);
static_assert(!ciess::backbone<sizes_one_table>);
static_assert(!ciess::backbone<changes_the_sizes>);
static_assert(!ciess::backbone<hides_its_loss>);
static_assert(!ciess::backbone<scores_one_pair>);

struct with_vectors : archetype {
  matrix user_vectors() { return {}; }
  const matrix& item_vectors() { return kept; }
  matrix kept;
};
struct only_users : archetype {
  matrix user_vectors() { return {}; }
};
struct columns_first : with_vectors {
  Eigen::MatrixXd item_vectors() { return {}; }
};
static_assert(ciess::inner_product_backbone<with_vectors>);
static_assert(!ciess::inner_product_backbone<only_users>);
static_assert(!ciess::inner_product_backbone<columns_first>);

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

struct tunable : archetype {
  void restart(learning_rate) {}
};
struct keeps_its_rate : archetype {
  void restart() {}
};
static_assert(ciess::fine_tunable_backbone<tunable>);
static_assert(!ciess::fine_tunable_backbone<keeps_its_rate>);

struct weighted : archetype {
  static constexpr bool uses_weights = true;
};
struct ignores_weights : archetype {
  static constexpr bool uses_weights = false;
};
struct decides_later : archetype {
  bool uses_weights = true;
};
struct says_a_number : archetype {
  static constexpr int uses_weights = 2;
};
struct is_asked : archetype {
  static constexpr bool uses_weights() { return true; }
};
struct only_says_so {
  [[maybe_unused]] static constexpr bool uses_weights = true;
};
static_assert(ciess::weighted_backbone<weighted>);
static_assert(!ciess::weighted_backbone<archetype>);
static_assert(!ciess::weighted_backbone<ignores_weights>);
static_assert(!ciess::weighted_backbone<decides_later>);
static_assert(!ciess::weighted_backbone<says_a_number>);
static_assert(!ciess::weighted_backbone<is_asked>);
static_assert(!ciess::weighted_backbone<only_says_so>);

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

}  // namespace
