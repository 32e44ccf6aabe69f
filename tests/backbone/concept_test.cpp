// SPDX-License-Identifier: MIT
#include <ciess/backbone/concept.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::assignment;
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
  void score(ciess::index_t, matrix_span) {}
};
struct with_a_vector : archetype {
  std::vector<table_shape> shapes() const { return {}; }
};
static_assert(ciess::backbone<archetype>);
static_assert(ciess::backbone<with_a_vector>);
static_assert(!ciess::inner_product_backbone<archetype>);

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
  float score(ciess::index_t, ciess::index_t) { return 0; }
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

}  // namespace
