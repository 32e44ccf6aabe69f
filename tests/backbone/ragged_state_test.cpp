// SPDX-License-Identifier: MIT
#include <ciess/backbone/ragged_state.hpp>

#include <cstdint>
#include <limits>
#include <vector>

#include <ciess/nn/ragged_updates.hpp>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

using ciess::row_update_kind;

const std::vector<ciess::table_shape> shapes{{5, {1, 3}}, {4, {1, 3}}};

ciess::assignment some_sizes() {
  ciess::assignment a(shapes);
  a[0].set(2, 1);
  a[1].set(3, 2);
  return a;
}

}  // namespace

TEST_CASE("a ragged state has what its kind of updates needs, in the bytes that it says",
          "[backbone]") {
  for (const auto kind : ciess::row_update_kinds) {
    CAPTURE(ciess::name_of(kind));
    ciess::ragged_state<float> s(some_sizes(), 2, kind);
    CHECK(s.tables.size() == 2);
    CHECK(s.tables[0].beside() == (kind == row_update_kind::lazy_adam ? 2 : 0));
    CHECK(s.squares.size() == (kind == row_update_kind::rowwise_adagrad ? 2 : 0));
    CHECK(s.table_bytes() == ciess::training_bytes(some_sizes(), kind));
    CHECK_NOTHROW(s.check("here", shapes, 2, kind));
    CHECK_THROWS_WITH(s.check("here", shapes, 3, kind),
                      ContainsSubstring("here: expected 3 parameters, got 2"));
    for (const auto other : ciess::row_update_kinds)
      if (other != kind) CHECK_THROWS_AS(s.check("here", shapes, 2, other), ciess::argument_error);
    CHECK_THROWS_WITH(
        s.check("here", std::vector<ciess::table_shape>{shapes[0], {4, {1, 4}}}, 2, kind),
        ContainsSubstring("table 1 has 4 rows"));
    // The optimiser forgets, the weights stay.
    s.tables[0][1][0] = 7;
    s.tables[0].stretch(1).back() = 5;
    s.first[1] = s.second[0] = 4;
    if (!s.squares.empty()) s.squares[1][2] = 9;
    const auto saved = save_fields(s);
    ciess::ragged_state<float> again(ciess::assignment(shapes), 2, kind);
    load_fields(saved, again);
    CHECK(save_fields(again) == saved);
    s.forget(0.25);
    CHECK(s.tables[0][1][0] == 7);
    CHECK(s.tables[0].stretch(1).back() == (kind == row_update_kind::lazy_adam ? 0.0F : 5.0F));
    CHECK((s.first.isZero(0) && s.second.isZero(0)));
    if (!s.squares.empty()) {
      CHECK(s.squares[1].isConstant(0.25F));
      s.squares[0][3] = -1;
      CHECK_THROWS_WITH(load_fields(save_fields(s), again), ContainsSubstring("no number < 0"));
    }
    s.steps = -2;
    CHECK_THROWS_AS(s.check("here", shapes, 2, kind), ciess::argument_error);
    CHECK_THROWS_AS(load_fields(save_fields(s), again), ciess::data_error);
  }
}

TEST_CASE("a dense state becomes a ragged one with its moments", "[backbone]") {
  ciess::recommender_state<float> dense(shapes, 1, row_update_kind::lazy_adam);
  dense.weights.tables[0].resize(some_sizes()[0]);
  dense.weights.tables[1].resize(some_sizes()[1]);
  dense.weights.tables[0][2][0] = 3;
  dense.first.tables[0].setConstant(4);
  dense.second.tables[1].setConstant(5);
  dense.weights.parameters[0] = 6;
  dense.steps = 12;
  dense.seed = 13;
  dense.rate.first = 0.5;
  const ciess::ragged_state<float> s(dense);
  CHECK_NOTHROW(s.check("here", shapes, 1, row_update_kind::lazy_adam));
  const auto row = s.tables[0].stretch(2);
  CHECK(std::vector(row.begin(), row.end()) == std::vector<float>{3, 4, 0});
  const auto other = s.tables[1].stretch(3);
  CHECK(std::vector(other.begin(), other.end()) == std::vector<float>{0, 0, 0, 0, 5, 5});
  CHECK(s.parameters[0] == 6);
  CHECK((s.steps == 12 && s.seed == 13 && s.rate.first == 0.5));
}

TEST_CASE("a dense state of Adam on all rows becomes one of lazy Adam", "[backbone]") {
  ciess::recommender_state<float> dense(shapes, 1, {});
  dense.first.tables[1].setConstant(4);
  dense.second.tables[0].setConstant(5);
  const ciess::ragged_state<float> s(dense);
  CHECK_NOTHROW(s.check("here", shapes, 1, row_update_kind::lazy_adam));
  const auto one = s.tables[0].stretch(4);
  CHECK(std::vector(one.begin(), one.end()) == std::vector<float>{0, 0, 0, 0, 0, 0, 5, 5, 5});
  const auto other = s.tables[1].stretch(0);
  CHECK(std::vector(other.begin(), other.end()) == std::vector<float>{0, 0, 0, 4, 4, 4, 0, 0, 0});
}

TEST_CASE("a dense state that does not agree with itself becomes no ragged one", "[backbone]") {
  using dense_state = ciess::recommender_state<float>;
  const auto refused = [](auto kind, auto&& damage, const char* why) {
    dense_state dense(shapes, 1, kind);
    CHECK_NOTHROW(ciess::ragged_state<float>(dense));
    damage(dense);
    CHECK_THROWS_AS(ciess::ragged_state<float>(dense), ciess::argument_error);
    CHECK_THROWS_WITH(ciess::ragged_state<float>(dense),
                      ContainsSubstring("ragged_state: ") && ContainsSubstring(why));
  };
  const auto adam = row_update_kind::lazy_adam;
  const auto adagrad = row_update_kind::rowwise_adagrad;
  refused(adam, [](dense_state& d) { d.first.tables.pop_back(); }, "expected 2 tables, got 1");
  refused(adam, [](dense_state& d) { d.first.tables.clear(); }, "expected 2 tables, got 0");
  refused(adam, [](dense_state& d) { d.second.tables.clear(); }, "expected 2 tables, got 0");
  refused(adam, [](dense_state& d) { d.squares.emplace_back(); }, "expected 0 tables, got 1");
  refused(
      adam, [](dense_state& d) { d.first.tables[1].setZero(3, 3); },
      "moments of table 1 are [3, 3], expected [4, 3]");
  refused(
      adam, [](dense_state& d) { d.second.tables[0].setZero(5, 2); },
      "moments of table 0 are [5, 2], expected [5, 3]");
  refused(adam, [](dense_state& d) { d.second.parameters.setZero(2); }, "expected 1 parameters");
  refused(adam, [](dense_state& d) { d.steps = -1; }, "steps must be >= 0");
  refused(adagrad, [](dense_state& d) { d.squares.pop_back(); }, "expected 2 tables, got 1");
  refused(
      adagrad, [](dense_state& d) { d.squares[1].setZero(5); },
      "table 1 has 5 sums of squares, expected 4");
}
