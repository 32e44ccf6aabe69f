// SPDX-License-Identifier: MIT
#include <ciess/nn/row_update_options.hpp>

#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

using ciess::row_update_kind;
using ciess::row_update_options;

TEST_CASE("row updates have names", "[nn]") {
  for (const auto kind : ciess::row_update_kinds)
    CHECK(ciess::parse_row_update_kind(ciess::name_of(kind)) == kind);
  CHECK_THROWS_WITH(ciess::parse_row_update_kind("adamw"),
                    ContainsSubstring("expected lazy-adam, rowwise-adagrad or sgd") &&
                        ContainsSubstring("adamw"));
}

TEST_CASE("row updates refuse what they cannot mean", "[nn]") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [](const row_update_options& o, const std::string& why) {
    CHECK_THROWS_WITH(o.check("test"), ContainsSubstring("test: ") && ContainsSubstring(why));
    CHECK_THROWS_AS(o.check("test"), ciess::argument_error);
  };
  for (const auto kind : ciess::row_update_kinds)
    CHECK_NOTHROW(row_update_options{.kind = kind}.check("test"));
  refused({.kind = static_cast<row_update_kind>(7)}, "no row update has the number 7");
  refused({.kind = row_update_kind::sgd, .adam = {.beta1 = 0.5}}, "constants of Adam");
  refused({.kind = row_update_kind::lazy_adam, .adagrad = {.first = 1}}, "constants of Adagrad");
  for (const double beta : {-0.1, 1.0, nan}) {
    refused({.adam = {.beta1 = beta}}, "betas must be in [0, 1)");
    refused({.adam = {.beta2 = beta}}, "betas must be in [0, 1)");
  }
  for (const double wrong : {-1.0, nan, std::numeric_limits<double>::infinity()}) {
    refused({.adam = {.epsilon = wrong}}, "epsilon must be > 0");
    refused({.kind = row_update_kind::rowwise_adagrad, .adagrad = {.epsilon = wrong}},
            "epsilon must be > 0");
    refused({.kind = row_update_kind::rowwise_adagrad, .adagrad = {.first = wrong}},
            "must begin with a number >= 0");
    refused({.rate_factor = wrong}, "factor of the rows' rate must be > 0");
  }
  refused({.adam = {.epsilon = 0}}, "epsilon must be > 0");
}

TEST_CASE("a state of other row updates is refused", "[nn]") {
  const auto saved = [](const row_update_options& o) {
    fields_writer f;
    o.visit(f);
    return f.saved;
  };
  const row_update_options adam;
  const row_update_options adagrad{.kind = row_update_kind::rowwise_adagrad};
  const auto of_adam = saved(adam);
  const auto of_adagrad = saved(adagrad);
  fields_reader same(of_adagrad);
  CHECK_NOTHROW(adagrad.visit(same));
  fields_reader other(of_adam);
  CHECK_THROWS_WITH(adagrad.visit(other), ContainsSubstring("kind"));
  row_update_options first = adagrad;
  first.adagrad.first = 0.1;
  fields_reader constants(of_adagrad);
  CHECK_THROWS_WITH(first.visit(constants), ContainsSubstring("first"));
}
