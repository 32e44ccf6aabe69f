// SPDX-License-Identifier: MIT
#include <ciess/backbone/warm_start.hpp>

#include <cstddef>
#include <optional>
#include <vector>

#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>

#include "support/catch.hpp"

namespace {

/// The least that `backbone` asks for: from scratch only.
struct plain {
  [[nodiscard]] ciess::index_t users() const { return 0; }
  [[nodiscard]] ciess::index_t items() const { return 0; }
  [[nodiscard]] const std::vector<ciess::table_shape>& shapes() const { return shapes_; }
  void reset(std::uint64_t) {}
  void resize(const ciess::assignment&) {}
  double train(int) { return 0; }
  void score(ciess::index_t, ciess::matrix_span) {}
  std::vector<ciess::table_shape> shapes_{};
};
/// Can be put back and tuned, but its prefixes are worth nothing.
struct restorable : plain {
  [[nodiscard]] int snapshot() const { return 0; }
  void restore(int) {}
  void restart(const ciess::learning_rate&) {}
};
struct rotatable : restorable {
  void rotate_to_principal_axes() {}
};
struct nestable : restorable {
  template <class Draw>
  double train_nested(int, Draw&&) {
    return 0;
  }
};

static_assert(ciess::backbone<plain> && !ciess::warm_startable<plain>);
static_assert(!ciess::warm_startable<restorable>);
static_assert(ciess::warm_startable<rotatable> && !ciess::shows_tables<rotatable>);
static_assert(ciess::warm_startable<nestable>);
static_assert(ciess::shows_tables<ciess::mf> && ciess::shows_tables<ciess::lightgcn> &&
              ciess::shows_tables<ciess::ngcf> && ciess::shows_tables<ciess::neumf>);
/// All that a warm start asks of a foreign model.
struct open : plain {
  [[nodiscard]] const ciess::matrix& rows_of(std::size_t) const { return rows_; }
  void set_rows(std::size_t, const ciess::matrix_view&) {}
  ciess::matrix rows_{};
};
struct open_by_copies : plain {
  [[nodiscard]] ciess::matrix rows_of(std::size_t) const { return {}; }
  void set_rows(std::size_t, const ciess::matrix&) {}
};
static_assert(ciess::open_tables<open> && ciess::warm_startable<open>);
static_assert(ciess::open_tables<open_by_copies>);
struct shows_rows_when_mutable : open {
  [[nodiscard]] const ciess::matrix& rows_of(std::size_t) { return rows_; }
};
struct shows_doubles : open {
  [[nodiscard]] Eigen::MatrixXd rows_of(std::size_t) const { return {}; }
};
struct wants_doubles : open {
  void set_rows(std::size_t, const std::vector<double>&) {}
};
struct only_shows : plain {
  [[nodiscard]] ciess::matrix rows_of(std::size_t) const { return {}; }
};
static_assert(!ciess::open_tables<shows_rows_when_mutable>);
static_assert(!ciess::open_tables<shows_doubles>);
static_assert(!ciess::open_tables<wants_doubles>);
static_assert(!ciess::open_tables<only_shows> && !ciess::open_tables<plain>);

// Its rows are turned if their inner products are the score, or if it says so.
struct with_vectors : open {
  [[nodiscard]] ciess::matrix user_vectors() const { return {}; }
  [[nodiscard]] ciess::matrix item_vectors() const { return {}; }
};
struct vectors_of_something_else : with_vectors {
  static constexpr bool rotates = false;
};
struct says_so : open {
  static constexpr bool rotates = true;
};
struct has_nothing_to_turn : plain {
  static constexpr bool rotates = true;
};
static_assert(ciess::turnable_tables<with_vectors> && ciess::turnable_tables<says_so>);
static_assert(!ciess::turnable_tables<open> && !ciess::turnable_tables<has_nothing_to_turn>);
static_assert(!ciess::turnable_tables<vectors_of_something_else>);
static_assert(!ciess::turnable_tables<ciess::mf>);  // turns itself

// What a refusal looks at.
struct restarts_at_a_number : open {
  void restart(double) {}
};
struct restarts_by_itself : open {
  void restart() {}
  void restart(int, int) {}
};
struct restarts : open {
  void restart(const ciess::learning_rate&) {}
};
static_assert(ciess::detail::mentions_restart<restarts_at_a_number>);
static_assert(ciess::detail::mentions_restart<restarts_by_itself>);
static_assert(ciess::detail::mentions_restart<restarts> && !ciess::detail::mentions_restart<open>);
static_assert(ciess::detail::mentions_rows_of<shows_rows_when_mutable>);
static_assert(ciess::detail::mentions_set_rows<wants_doubles>);
static_assert(!ciess::detail::mentions_set_rows<only_shows>);
static_assert(!ciess::detail::mentions_rows_of<plain> && !ciess::detail::mentions_snapshot<plain>);
static_assert(ciess::detail::explain_warm_start<plain>::value);
static_assert(ciess::detail::explain_warm_start<restarts>::value);

static_assert(std::is_same_v<ciess::detail::snapshot_of<plain>::type, char>);
static_assert(std::is_same_v<ciess::detail::snapshot_of<restorable>::type, int>);

}  // namespace

TEST_CASE("recipes are equal if they begin and end alike", "[search]") {
  const ciess::training_recipe warm{ciess::start::warm, 100};
  CHECK(warm == ciess::training_recipe{ciess::start::warm, 100});
  CHECK(warm != ciess::training_recipe{ciess::start::scratch, 100});
  CHECK(warm != ciess::training_recipe{ciess::start::warm, 200});
}
