// SPDX-License-Identifier: MIT
#include <ciess/search/warm_start.hpp>

#include <optional>

#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>

#include "support/catch.hpp"

namespace {

/// The least that `backbone` asks for: from scratch only.
struct plain {
  [[nodiscard]] ciess::index users() const { return 0; }
  [[nodiscard]] ciess::index items() const { return 0; }
  [[nodiscard]] const std::vector<ciess::table_shape>& shapes() const { return shapes_; }
  void reset(std::uint64_t) {}
  void resize(const ciess::assignment&) {}
  double train(int) { return 0; }
  void score(ciess::index, ciess::matrix_span) {}
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
static_assert(std::is_same_v<ciess::detail::snapshot_of<plain>::type, char>);
static_assert(std::is_same_v<ciess::detail::snapshot_of<restorable>::type, int>);

}  // namespace

TEST_CASE("recipes are equal if they begin and end alike", "[search]") {
  const ciess::training_recipe warm{ciess::start::warm, 100};
  CHECK(warm == ciess::training_recipe{ciess::start::warm, 100});
  CHECK(warm != ciess::training_recipe{ciess::start::scratch, 100});
  CHECK(warm != ciess::training_recipe{ciess::start::warm, 200});
}
