// SPDX-License-Identifier: MIT
#include "../bench/methods/methods_json.hpp"
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/run_summaries.hpp"

TEST_CASE("a comparison has the figures of every seed for programs", "[bench]") {
  auto first = run_of(1, 0.5), second = run_of(2, 0.25);
  add_budget(first, 0.9, {{"equal", 0.25}, {"ciess", 0.5}, {"pep", 0.75}});
  add_budget(second, 0.9, {{"equal", 0.125}, {"ciess", 0.25}});
  second.interrupted = true;
  const std::vector runs{first, second};
  const auto json =
      ciess_bench::methods_json(ciess_bench::compare_methods(runs), runs, {{"x", {{0.9, 0.5}}}});
  CHECK(json["experiment"]["dim"] == 8);
  CHECK(json["experiment"]["data"]["parts"]["test"] == 2);
  CHECK(json["runs"].dump() == R"([{"folder":"run1","seed":1,"interrupted":false},)"
                               R"({"folder":"run2","seed":2,"interrupted":true}])");
  CHECK(json["full"].dump() == R"({"seeds":2,"mean":0.375,"range":[0.25,0.5],"each":[0.5,0.25],)"
                               R"("numbers":1000,"bytes":4000})");
  CHECK(json["popularity"]["change"]["mean"] == -0.625);
  REQUIRE(json["methods"].size() == 3);
  const auto& pep = json["methods"][2];
  CHECK(pep["name"] == "pep");
  CHECK(pep["seeds"] == 1);
  CHECK(pep["search"]["measurements"].dump() ==
        R"({"seeds":1,"mean":10.0,"range":[10.0,10.0],"each":[10.0,null]})");
  CHECK(pep["budgets"].dump() ==
        R"([{"budget":0.9,"quality":{"seeds":1,"mean":0.75,"range":[0.75,0.75],)"
        R"("each":[0.75,null]},"change":{"seeds":1,"mean":0.5,"range":[0.5,0.5],)"
        R"("each":[0.5,null]},"numbers":101,"bytes":999}])");
  auto standing = json["budgets"][0];
  CHECK_THAT(standing["sentence"].get<std::string>(), ContainsSubstring("ciess is best"));
  standing.erase("sentence");
  CHECK(standing.dump() ==
        R"({"budget":0.9,"seeds":2,"best":["ciess"],"next":"equal","gap":0.1875,"seeds_ahead":2,)"
        R"("range_of_best":0.25,"range_of_next":0.125,"not_compared":["pep"],)"
        R"("compared_with_random":0,"not_above_random":[]})");
  CHECK(json["published"].dump() == R"([{"name":"x","budget":0.9,"quality":0.5}])");
}
