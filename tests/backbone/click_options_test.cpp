// SPDX-License-Identifier: MIT
#include <ciess/backbone/click_options.hpp>
// its own header first
#include <limits>

#include <ciess/backbone/dcn.hpp>
#include <ciess/backbone/deep_fm.hpp>
#include <ciess/backbone/dlrm.hpp>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

template <class Options>
struct options_as_state {
  Options of;
  void visit(auto& f) { of.visit(f); }
};

/// What a model's options show.
template <class Options>
saved_fields shown_with(auto&& change) {
  options_as_state<Options> state;
  change(state.of);
  return save_fields(state);
}

template <class Options>
void every_change_shows(auto... changes) {
  const auto plain = shown_with<Options>([](auto&) {});
  const auto look = [&](auto& change) { CHECK(shown_with<Options>(change) != plain); };
  (look(changes), ...);
}

}  // namespace

TEST_CASE("options of a click model show what a training depends on", "[backbone]") {
  every_change_shows<ciess::deep_fm::options>(
      [](auto& o) { o.batch = 5; }, [](auto& o) { o.penalty = 1; },
      [](auto& o) { o.rate.first = 1; }, [](auto& o) { o.adam.beta2 = 0.5; },
      [](auto& o) { o.updates.kind = ciess::row_update_kind::sgd; },
      [](auto& o) { o.every_row = true; }, [](auto& o) { o.deviation = 1; },
      [](auto& o) { o.network.hidden = {400, 400}; }, [](auto& o) { o.network.dropout = 0.5; });
  every_change_shows<ciess::dcn::options>(
      [](auto& o) { o.network.structure = ciess::dcn_structure::stacked; },
      [](auto& o) { o.network.cross_layers = 2; }, [](auto& o) { o.network.rank = 2; },
      [](auto& o) { o.network.hidden = {1}; }, [](auto& o) { o.network.dropout = 0.5; });
  every_change_shows<ciess::dlrm::options>(
      [](auto& o) { o.network.bottom = {1}; }, [](auto& o) { o.network.bottom_relu = true; },
      [](auto& o) { o.network.hidden = {1}; }, [](auto& o) { o.network.dropout = 0.5; });
}

TEST_CASE("options of a click model that cannot be are refused", "[backbone]") {
  using options = ciess::click_options<int>;
  CHECK_NOTHROW(options{}.check("x"));
  const auto refused = [](auto change, const char* why) {
    options o;
    change(o);
    CHECK_THROWS_WITH(o.check("x"), ContainsSubstring(why));
  };
  refused([](auto& o) { o.batch = 0; }, "x: batch must be >= 1, got 0");
  refused([](auto& o) { o.penalty = std::numeric_limits<double>::quiet_NaN(); }, "penalty");
  refused([](auto& o) { o.deviation = -1; }, "deviation");
  refused([](auto& o) { o.adam.epsilon = 0; }, "epsilon");
  refused([](auto& o) { o.adam.beta1 = 1; }, "betas");
  refused([](auto& o) { o.rate.factor = 2; }, "factor");
  refused(
      [](auto& o) {
        o.updates.kind = ciess::row_update_kind::sgd;
        o.every_row = true;
      },
      "lazy-adam alone: sgd");
}
