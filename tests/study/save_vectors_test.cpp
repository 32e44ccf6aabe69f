// SPDX-License-Identifier: MIT
#include <ciess/study/save_vectors.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/io/load_vectors.hpp>

#include "support/catch.hpp"
#include "support/ranking_data.hpp"
#include "support/temporary_directory.hpp"

TEST_CASE("the vectors of a file are those that a model ranks by", "[study]") {
  const temporary_directory dir;
  const auto train = testing_support::random_interactions(20, 30, 5, 1);
  ciess::lightgcn model(train, {.range = {.min = 1, .max = 8}}, 1);
  model.train(3);
  const std::string path = (dir.path() / "vectors.safetensors").string();
  ciess::save_vectors(path, model);
  const auto users = ciess::load_vectors(path + ":users");
  const auto items = ciess::load_vectors(path + ":items");
  REQUIRE(users.rows() == 20);
  REQUIRE(items.rows() == 30);
  CHECK(users == ciess::matrix(model.user_vectors()));
  CHECK(items == ciess::matrix(model.item_vectors()));
  CHECK(users.norm() > 0);
}
