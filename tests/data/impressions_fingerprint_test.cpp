// SPDX-License-Identifier: MIT
#include <ciess/data/impressions_fingerprint.hpp>
// its own header first
#include <ciess/core/threads.hpp>

#include <cstdint>
#include <utility>

#include "support/catch.hpp"
#include "support/small_click_model.hpp"

namespace {

ciess::impressions::parts some() {
  ciess::impressions::parts p;
  p.fields = {{"user", 3, false}, {"genres", 4, true}};
  p.single = {0, 2};
  p.pooled = {{{0, 1, 3}, {0, 1, 2}}};
  p.features = {"age"};
  p.numbers.setOnes(2, 1);
  p.labels = {1, 0};
  p.times = {5, 6};
  return p;
}

template <class Change>
std::uint64_t changed(Change&& change) {
  auto p = some();
  change(p);
  return fingerprint_without_times(ciess::impressions(std::move(p)));
}

}  // namespace

TEST_CASE("a fingerprint stands for all that is learnt from impressions", "[data]") {
  const auto usual = changed([](auto&) {});
  CHECK(usual == changed([](auto&) {}));
  CHECK(usual == changed([](auto& p) { p.times = {}; }));
  CHECK(usual == changed([](auto& p) { p.fields[0].name = "customer"; }));
  CHECK(usual != changed([](auto& p) { p.fields[0].rows = 4; }));
  CHECK(usual != changed([](auto& p) { p.single[0] = 1; }));
  CHECK(usual != changed([](auto& p) { p.pooled[0].values[2] = 3; }));
  CHECK(usual != changed([](auto& p) { p.pooled[0].offsets[1] = 2; }));
  CHECK(usual != changed([](auto& p) { p.numbers(1, 0) = 2; }));
  CHECK(usual != changed([](auto& p) { p.labels[0] = 0; }));
}

TEST_CASE("a fingerprint of many impressions does not depend on threads", "[data]") {
  const auto data = support::made_up_clicks(600'000, 1);  // more than a piece
  const auto one = fingerprint_without_times(data);
  const ciess::threads pool{3};
  CHECK(fingerprint_without_times(data) == one);
}
