// SPDX-License-Identifier: MIT
#include <ciess/backbone/click_network.hpp>
// its own header first
#include <span>
#include <vector>

#include <ciess/backbone/click_model.hpp>

#include "support/catch.hpp"
#include "support/small_clicks.hpp"

namespace {

/// Linear in the slots and numbers: a network of one's own.
struct linear_network {
  using value_type = float;
  struct options {};
  struct packed {};
  struct tape {};
  static bool first_order(const options&) { return false; }
  static bool features_are_rows(const options&) { return false; }
  using view = ciess::basic_matrix_view<float>;
  using weights = Eigen::Map<const ciess::basic_vector<float>>;

  ciess::click_input input;
  linear_network(const ciess::click_input& i, const options&) : input{i} {}
  std::vector<ciess::click_layer> layers() const {
    return {{"slots", {input.width()}}, {"numbers", {input.features}}};
  }
  void draw(std::span<float> parameters, const ciess::random_stream& stream) const {
    auto engine = stream.at(0);
    for (float& p : parameters) p = ciess::uniform(engine, -1.0F, 1.0F);
  }
  void pack(std::span<const float>, packed&, bool) const {}
  void forward(std::span<const float> p, const packed&, const view& x, const view& numbers,
               const ciess::click_dropout*, tape&, std::span<float> log_odds) const {
    for (ciess::index_t r = 0; r < x.rows(); ++r)
      log_odds[static_cast<std::size_t>(r)] +=
          x.row(r).dot(weights(p.data(), x.cols())) +
          numbers.row(r).dot(weights(p.data() + x.cols(), numbers.cols()));
  }
  void backward(std::span<const float> p, const packed&, const view& x, const view& numbers,
                std::span<const float> slopes, tape&, std::span<float> gradient,
                ciess::basic_matrix_span<float> dx) const {
    for (ciess::index_t r = 0; r < x.rows(); ++r) {
      const float s = slopes[static_cast<std::size_t>(r)];
      for (ciess::index_t j = 0; j < x.cols(); ++j) {
        gradient[static_cast<std::size_t>(j)] += s * x(r, j);
        dx(r, j) = s * p[static_cast<std::size_t>(j)];
      }
      for (ciess::index_t f = 0; f < numbers.cols(); ++f)
        gradient[static_cast<std::size_t>(x.cols() + f)] += s * numbers(r, f);
    }
  }
};
static_assert(ciess::click_network<linear_network>);

struct says_no_layers : linear_network {
  void layers() const {}
};
struct is_not_told_of_dropout : linear_network {
  void forward(std::span<const float>, const packed&, const view&, const view&, tape&,
               std::span<float>) const {}
};
struct changes_parameters : linear_network {
  void backward(std::span<float>, const packed&, const view&, const view&, std::span<const float>,
                tape&, std::span<float>, ciess::basic_matrix_span<float>) const {}
};
struct knows_no_input : linear_network {
  explicit knows_no_input(const options& o) : linear_network({}, o) {}
};
static_assert(!ciess::click_network<says_no_layers>);
static_assert(!ciess::click_network<is_not_told_of_dropout>);
static_assert(!ciess::click_network<changes_parameters>);
static_assert(!ciess::click_network<knows_no_input>);

}  // namespace

TEST_CASE("a network of one's own is trained like any other", "[backbone]") {
  using model = ciess::basic_click_model<linear_network>;
  static_assert(!ciess::rotatable_backbone<model> && ciess::nestable_backbone<model>);
  model::options o;
  o.range = {1, 5};
  o.rate.first = 0.05;
  o.batch = 100;
  model m(support::larger_clicks(), o, 1);
  CHECK(m.shapes().size() == 4);
  CHECK(m.other_numbers() == 4 * 5 + 2);
  const double first = m.train(5);
  m.train(300);
  CHECK(m.train(30) < first - 0.03);
  const auto layers = m.layers();
  REQUIRE(layers.size() == 2);
  CHECK(layers[1].name == "numbers");
  CHECK(layers[1].numbers.size() == 2);
}

TEST_CASE("what is dropped goes by layer, step and place in the batch", "[backbone]") {
  const ciess::click_dropout at{ciess::random_stream(1, ciess::purpose::dropout), 7, 256};
  const auto word = [](const ciess::click_dropout& d, std::uint64_t layer, ciess::index_t r) {
    return d.at(layer, r)();
  };
  CHECK(word(at, 2, 3) == word({at.stream, 7, 250}, 2, 9));
  CHECK(word(at, 2, 3) != word(at, 1, 3));
  CHECK(word(at, 2, 3) != word(at, 2, 4));
  CHECK(word(at, 2, 3) != word({at.stream, 8, 256}, 2, 3));
  CHECK(ciess::click_layer{"x", {3, 4}}.numbers() == 12);
}
