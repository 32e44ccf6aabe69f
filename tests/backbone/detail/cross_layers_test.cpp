// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/cross_layers.hpp>
// its own header first
#include <string_view>
#include <vector>

#include <ciess/nn/gradient_check.hpp>

#include "support/catch.hpp"
#include "support/made_rows.hpp"

namespace {

using matrix = ciess::basic_matrix<double>;
using layers = ciess::detail::cross_layers<double>;

constexpr ciess::index_t width = 7;

struct harness {
  layers of;
  matrix x = support::made_rows(6, width, 2), weights = support::made_rows(6, width, 3), dx, y;
  std::vector<double> parameters, gradient;

  explicit harness(layers l) : of{l}, dx(6, width) {
    parameters.resize(static_cast<std::size_t>(of.parameters()));
    gradient.resize(parameters.size());
    of.draw(std::span(parameters), ciess::random_stream(1, ciess::purpose::weights));
  }
  double differentiate() {
    layers::packed packed;
    layers::tape tape;
    of.pack(parameters, packed, true);
    y = of.forward(parameters, packed, x, tape);
    CHECK(of.output(x, tape) == y);
    std::ranges::fill(gradient, 0.0);
    of.output_gradient(tape, 6) = weights;
    of.backward(parameters, packed, x, tape, gradient, dx);
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

TEST_CASE("cross layers are what the paper says, and so are their gradients", "[backbone]") {
  const int count = GENERATE(0, 1, 3), rank = GENERATE(0, 1, 3);
  harness h(layers(width, count, rank));
  const auto found = ciess::check_gradients(h);
  CAPTURE(count, rank, found.where, found.gradient, found.difference);
  CHECK(found.checked == h.parameters.size() + 6 * width);
  CHECK(found.worst < 1e-6);
  matrix x = h.x;
  const double* at = h.parameters.data();
  for (int l = 0; l < count; ++l) {
    matrix w;
    if (rank > 0) {
      const Eigen::Map<const matrix> down(at, width, rank), up(at + width * rank, rank, width);
      w = down * up;
      at += 2 * width * rank;
    } else {
      w = Eigen::Map<const matrix>(at, width, width);
      at += width * width;
    }
    const Eigen::Map<const Eigen::RowVectorXd> bias(at, width);
    at += width;
    x = (h.x.array() * ((x * w).rowwise() + bias).array()).matrix() + x;
  }
  CHECK((h.y - x).norm() < 1e-12 * (1 + x.norm()));
}

TEST_CASE("cross layers of reordered numbers say the same, reordered", "[backbone]") {
  harness h(layers(width, 2, GENERATE(0, 3)));
  (void)h.differentiate();
  const matrix before = h.y, x = h.x;
  const std::vector<ciess::index_t> order{3, 1, 6, 0, 2, 5, 4};
  h.of.reorder(std::span(h.parameters), order);
  for (ciess::index_t j = 0; j < width; ++j) h.x.col(j) = x.col(order[static_cast<std::size_t>(j)]);
  (void)h.differentiate();
  for (ciess::index_t j = 0; j < width; ++j)
    CHECK((h.y.col(j) - before.col(order[static_cast<std::size_t>(j)])).norm() < 1e-12);
}

TEST_CASE("cross layers are named, and refused if they cannot be", "[backbone]") {
  std::vector<ciess::click_layer> names;
  layers(width, 1, 2).name_layers(names);
  REQUIRE(names.size() == 3);
  CHECK(names[0].name == "cross-0-down");
  CHECK(names[1].shape == std::vector<ciess::index_t>{2, width});
  names.clear();
  layers(width, 1, 0).name_layers(names);
  CHECK(names[0].name == "cross-0-weights");
  CHECK_THROWS_AS(layers(width, -1, 0), ciess::argument_error);
  CHECK_THROWS_AS(layers(width, 1, -1), ciess::argument_error);
}
