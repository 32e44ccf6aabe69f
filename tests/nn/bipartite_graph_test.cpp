// SPDX-License-Identifier: MIT
#include <ciess/nn/bipartite_graph.hpp>
// its own header first
#include "support/catch.hpp"

TEST_CASE("a graph has both sides, degrees and scales, and cuts that cover every row once",
          "[nn]") {
  std::vector<ciess::interaction> pairs;
  for (ciess::row_id u = 0; u < 400; ++u)
    for (ciess::row_id i = 0; i <= u % 300; ++i) pairs.push_back({u, i});
  const ciess::interactions data(401, 301, pairs);
  const ciess::bipartite_graph graph(data);
  CHECK(graph[0].rows() == 401);
  CHECK(graph[1].rows() == 301);
  CHECK(graph[0].degree(8) == 9);
  CHECK(graph[0].scale<double>(8) == Approx(1.0 / 3));
  CHECK(graph[0].degree(400) == 0);
  CHECK(graph[1].degree(300) == 0);
  CHECK(graph[1].degree(0) == 400);
  for (std::size_t t = 0; t < 2; ++t) {
    REQUIRE(graph[t].chunks() >= 1);
    CHECK(graph[t].cuts.front() == 0);
    CHECK(graph[t].cuts.back() == graph[t].rows());
    CHECK(std::ranges::is_sorted(graph[t].cuts, std::less_equal<>{}));
  }
  CHECK(graph[0].chunks() > 1);
}

TEST_CASE("a graph without rows has no chunks", "[nn]") {
  const ciess::interactions none;
  const ciess::bipartite_graph graph(none);
  CHECK(graph[0].rows() == 0);
  CHECK(graph[0].chunks() == 0);
}
