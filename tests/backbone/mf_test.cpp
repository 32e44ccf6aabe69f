// SPDX-License-Identifier: MIT
#include <ciess/backbone/mf.hpp>
// its own header first
#include "support/catch.hpp"

TEST_CASE("the score of matrix factorisation is the inner product of the rows", "[backbone]") {
  const ciess::interactions data(2, 3, {{0, 0}, {1, 2}});
  ciess::mf::options o;
  o.range = {1, 5};
  o.batch = 4;
  ciess::mf model(data, o, 1);
  ciess::matrix out(2, 3);
  model.score(0, out);
  const ciess::matrix expected = model.table(0).values() * model.table(1).values().transpose();
  CHECK(out.isApprox(expected, 1e-6F));
  CHECK(model.user_vectors().data() == model.table(0).values().data());  // no copy
}
