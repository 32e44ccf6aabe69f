// SPDX-License-Identifier: MIT
#include <ciess/backbone/click_model_concept.hpp>
// its own header first
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/backbone/dcn.hpp>
#include <ciess/backbone/deep_fm.hpp>
#include <ciess/backbone/dlrm.hpp>
#include <ciess/backbone/fm.hpp>
#include <ciess/backbone/mf.hpp>

#include "support/catch.hpp"

namespace {

using ciess::impressions;

/// The least that a search on impressions needs.
struct archetype {
  std::vector<ciess::table_shape> shapes() const { return {}; }
  void reset(std::uint64_t) {}
  void resize(const ciess::assignment&) {}
  float train(int) { return 0; }
  void predict(const impressions&, std::span<float>) {}
};
static_assert(ciess::click_model<archetype>);
static_assert(ciess::detail::explain_click_model<archetype>::value);

struct predicts_when_const : archetype {
  void predict(const impressions&, std::span<float>) const {}
};
static_assert(ciess::click_model<predicts_when_const>);

struct predicts_nothing {
  std::vector<ciess::table_shape> shapes() const { return {}; }
  void reset(std::uint64_t) {}
  void resize(const ciess::assignment&) {}
  float train(int) { return 0; }
};
struct changes_what_is_shown : archetype {
  void predict(impressions&, std::span<float>) {}
};
struct predicts_doubles : archetype {
  void predict(const impressions&, std::span<double>) {}
};
struct returns_them : archetype {
  std::vector<float> predict(const impressions&, std::span<float>) { return {}; }
};
struct cannot_be_resized : archetype {
  void resize(const ciess::sizes&) {}
};
static_assert(!ciess::click_model<predicts_nothing>);
static_assert(!ciess::click_model<changes_what_is_shown>);
static_assert(!ciess::click_model<predicts_doubles>);
static_assert(!ciess::click_model<returns_them>);
static_assert(!ciess::click_model<cannot_be_resized>);
static_assert(!ciess::click_model<ciess::mf>);

static_assert(ciess::click_model<ciess::fm> && ciess::click_model<ciess::deep_fm>);
static_assert(ciess::click_model<ciess::dcn> && ciess::click_model<ciess::dlrm>);
static_assert(!ciess::click_model<ciess::basic_fm<double>>);  // for gradients

}  // namespace
