// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/make_network.hpp>

#include <cstddef>
#include <span>
#include <vector>

#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ragged_recommender.hpp>
#include <ciess/backbone/recommender.hpp>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace {

using mf_network = ciess::inner_product_network<ciess::linear_encoder<ciess::identity_map<float>>>;

/// One whose tables are no pairs.
template <std::size_t Tables>
struct odd_network : mf_network {
  using mf_network::mf_network;
  static std::span<const ciess::table_shape> shapes() {
    static const std::vector<ciess::table_shape> all(Tables, {40, {1, 6}});
    return all;
  }
};

template <class Network>
void refuses_odd_tables(const char* why) {
  ciess::recommender_options<Network> o;
  o.range = {1, 6};
  const auto& data = support::small_data();
  CHECK_THROWS_WITH(ciess::detail::checked_shapes(ciess::detail::make_network(data, o)),
                    ContainsSubstring(why));
  CHECK_THROWS_AS(ciess::bpr_recommender<Network>(data, o, 1), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::bpr_recommender<Network>(data, o, 1), ContainsSubstring(why));
  o.updates = ciess::row_update_options{};
  const ciess::assignment sizes(Network::shapes());
  CHECK_THROWS_AS(ciess::ragged_recommender<Network>(data, o, sizes, 1), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::ragged_recommender<Network>(data, o, sizes, 1), ContainsSubstring(why));
}

}  // namespace

TEST_CASE("a network needs tables in pairs", "[backbone]") {
  refuses_odd_tables<odd_network<0>>("a network needs tables in pairs, got 0");
  refuses_odd_tables<odd_network<1>>("a network needs tables in pairs, got 1");
  refuses_odd_tables<odd_network<3>>("a network needs tables in pairs, got 3");
  ciess::recommender_options<ciess::neumf_network<float>> o;
  o.range = {1, 6};
  const auto network = ciess::detail::make_network(support::small_data(), o);
  const auto shapes = ciess::detail::checked_shapes(network);
  CHECK(shapes.size() == 4);
  CHECK(shapes[0].rows == 40);
  CHECK(shapes[3].rows == 30);
}
