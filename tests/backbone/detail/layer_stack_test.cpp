// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/layer_stack.hpp>
// its own header first
#include <string_view>
#include <vector>

#include <Eigen/QR>

#include <ciess/nn/gradient_check.hpp>

#include "support/catch.hpp"
#include "support/made_rows.hpp"

namespace {

using matrix = ciess::basic_matrix<double>;
using stack = ciess::detail::layer_stack<double>;

/// The sum of all outputs, weighted.
struct harness {
  stack of;
  matrix x, weights;
  std::vector<double> parameters, gradient;
  matrix dx;
  bool drops = true;

  harness(stack s, ciess::index_t rows)
      : of{std::move(s)},
        x{support::made_rows(rows, of.inputs(), 2)},
        weights{support::made_rows(rows, of.outputs(), 3)},
        parameters(static_cast<std::size_t>(of.parameters())),
        gradient(parameters.size()),
        dx(rows, of.inputs()) {
    of.draw(std::span(parameters), ciess::random_stream(1, ciess::purpose::weights));
  }
  double differentiate() {
    stack::packed packed;
    stack::tape tape;
    of.pack(parameters, packed, true);
    const ciess::click_dropout dropped{ciess::random_stream(1, ciess::purpose::dropout), 3, 0};
    const matrix y = of.forward(parameters, packed, x, drops ? &dropped : nullptr, tape);
    std::ranges::fill(gradient, 0.0);
    of.output_gradient(tape, x.rows()) = weights;
    ciess::basic_matrix_span<double> to = dx;
    of.backward(parameters, packed, x, drops, tape, gradient, &to);
    return y.cwiseProduct(weights).sum();
  }
  void visit_parameters(auto&& visitor) {
    visitor(std::string_view("parameters"), std::span(parameters),
            std::span<const double>(gradient));
    visitor(std::string_view("inputs"), std::span(x.data(), static_cast<std::size_t>(x.size())),
            std::span<const double>(dx.data(), static_cast<std::size_t>(dx.size())));
  }
};

}  // namespace

TEST_CASE("gradients of a stack of layers agree with differences", "[backbone]") {
  using ciess::activation;
  const auto last = GENERATE(activation::linear, activation::relu);
  const ciess::index_t outputs = GENERATE(0, 1, 4);
  const std::vector<ciess::index_t> hidden{6, 5};
  const double rate = GENERATE(0.0, 0.4);
  harness h(stack("x", 3, hidden, outputs, last, rate, 10), 8);
  const auto found = ciess::check_gradients(h);
  CAPTURE(found.where, found.gradient, found.difference);
  CHECK(found.checked == h.parameters.size() + 24);
  CHECK(found.worst < 1e-6);
  const double dropped = h.differentiate();
  h.drops = false;
  CHECK((h.differentiate() == dropped) == (rate == 0));
}

TEST_CASE("a stack of layers names them, and is refused if there are none", "[backbone]") {
  const std::vector<ciess::index_t> hidden{6};
  const stack s("deep", 3, hidden, 2, ciess::activation::linear, 0);
  std::vector<ciess::click_layer> layers;
  s.name_layers(layers);
  REQUIRE(layers.size() == 4);
  CHECK(layers[0].name == "deep-0-weights");
  CHECK(layers[2].shape == std::vector<ciess::index_t>{6, 2});
  CHECK(layers[3].name == "deep-1-bias");
  CHECK(s.parameters() == 3 * 6 + 6 + 6 * 2 + 2);
  CHECK(s.offset(1) == 24);
  const std::vector<ciess::index_t> none;
  const auto linear = ciess::activation::linear;
  CHECK_THROWS_AS(stack("x", 3, none, 0, linear, 0), ciess::argument_error);
  const std::vector<ciess::index_t> zero{0};
  CHECK_THROWS_WITH(stack("top", 3, zero, 1, linear, 0), ContainsSubstring("top"));
  CHECK_THROWS_AS(stack("x", 3, hidden, 1, linear, 1.0), ciess::argument_error);
}

TEST_CASE("a turn of what layers read is taken back by their weights", "[backbone]") {
  const auto axes = ciess::basic_matrix<double>(
      support::made_rows(3, 3).householderQr().householderQ() * matrix::Identity(3, 3));
  matrix weights = support::made_rows(5, 4);
  const matrix before = weights;
  ciess::detail::turn_weights(weights.data(), 4, 1, axes);
  CHECK((weights.middleRows(1, 3) - axes.transpose() * before.middleRows(1, 3)).norm() < 1e-13);
  CHECK(weights.row(0) == before.row(0));
  CHECK(weights.row(4) == before.row(4));
  matrix columns = support::made_rows(5, 3);
  const matrix turned = columns * axes;
  ciess::detail::turn_columns(columns.data(), 5, axes);
  CHECK((columns - turned).norm() < 1e-13);
}
