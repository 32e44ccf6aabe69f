// SPDX-License-Identifier: MIT
#include <ciess/backbone/recommender_state.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::size_range;
using state = ciess::recommender_state<float>;

const std::vector<ciess::table_shape> shapes{{4, {1, 3}}, {2, {1, 3}}};

state fitting() {
  state s;
  for (const auto& [rows, range] : shapes) {
    s.weights.tables.emplace_back(ciess::sizes(rows, range));
    for (auto* moments : {&s.first, &s.second})
      moments->tables.push_back(ciess::matrix::Zero(rows, range.max));
  }
  for (auto* all : {&s.weights.parameters, &s.first.parameters, &s.second.parameters})
    *all = ciess::basic_vector<float>::Zero(5);
  return s;
}

}  // namespace

TEST_CASE("a state fits the model of its shapes alone, and says what does not", "[backbone]") {
  CHECK_NOTHROW(fitting().check("restore", shapes, 5));
  const auto refused = [](auto change, const std::string& why) {
    state s = fitting();
    change(s);
    CHECK_THROWS_WITH(s.check("restore", shapes, 5), ContainsSubstring("restore: " + why));
    CHECK_THROWS_AS(s.check("restore", shapes, 5), ciess::argument_error);
  };
  refused([](state& s) { s.weights.tables.pop_back(); }, "expected 2 tables, got 1");
  refused([](state& s) { s.first.tables.pop_back(); }, "expected 2 tables, got 1");
  refused([](state& s) { s.second.tables.emplace_back(); }, "expected 2 tables, got 3");
  refused([](state& s) { s.weights.parameters.resize(4); }, "expected 5 parameters, got 4");
  refused([](state& s) { s.second.parameters.resize(6); }, "expected 5 parameters, got 6");
  refused([](state& s) { s.weights.tables[1] = ciess::masked_table(ciess::sizes(3, {1, 3})); },
          "table 1 has 3 rows with sizes in [1, 3], expected 2 in [1, 3]");
  refused([](state& s) { s.weights.tables[0] = ciess::masked_table(ciess::sizes(4, {2, 3})); },
          "table 0 has 4 rows with sizes in [2, 3], expected 4 in [1, 3]");
  refused([](state& s) { s.first.tables[1].resize(2, 4); },
          "moments of table 1 are [2, 4], expected [2, 3]");
  refused([](state& s) { s.second.tables[0].resize(3, 3); },
          "moments of table 0 are [3, 3], expected [4, 3]");
  refused([](state& s) { s.rate.factor = 2; }, "");
  refused([](state& s) { s.steps = -1; }, "steps must be >= 0, got -1");
}
