// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/click_block_memory.hpp>
// its own header first
#include <ciess/backbone/fm.hpp>

#include "support/catch.hpp"

TEST_CASE("a block has room for what a network reads, and is looked at row by row", "[backbone]") {
  const ciess::click_input input{.slots = 2, .columns = 3, .features = 4, .table_of = {0, 1}};
  const ciess::fm_network<float> network(input, {});
  ciess::detail::click_block_memory<ciess::fm_network<float>> block;
  block.fit(input);
  CHECK(block.x.rows() == ciess::click_block);
  CHECK(block.x.cols() == 6);
  CHECK(block.numbers.cols() == 4);
  const float* const memory = block.x.data();
  block.x.row(0) << 1, 2, 3, 4, 5, 6;
  block.x.row(1) << 1, 0, 0, 2, 0, 0;
  block.odds.head(3) << 0.5F, 1, 7;
  block.look(network, {}, {}, 2, nullptr);
  CHECK(block.log_odds()[0] == 32.5F);  // 4 + 10 + 18, on what was there
  CHECK(block.log_odds()[1] == 3);
  CHECK(block.log_odds()[2] == 7);
  block.fit(input);
  CHECK(block.x.data() == memory);
}
