// SPDX-License-Identifier: MIT
#include <ciess/nn/detail/softmax_kernel.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::index_t;
template <class T>
using table = ciess::basic_matrix<T>;

table<double> drawn(index_t rows, index_t columns, std::uint64_t part, double deviation) {
  table<double> m(rows, columns);
  auto engine = ciess::random_stream(3, ciess::purpose::user).at(part);
  for (index_t k = 0; k < m.size(); ++k) m.data()[k] = deviation * ciess::normal<double>(engine);
  return m;
}

/// Every seventh candidate is hidden from an example, and from every eleventh example all of them.
constexpr auto hidden = [](index_t example, index_t first, index_t last, const auto& hide) {
  for (index_t c = first; c < last; ++c)
    if ((c + example) % 7 == 0 || example % 11 == 4) hide(c);
};

/// Plain loops, in double.
struct plain {
  std::vector<double> losses;
  table<double> users, items;
  std::vector<double> slopes;

  plain(const table<double>& u, const table<double>& p, const table<double>& c,
        const std::vector<double>& offsets, double share) {
    users = table<double>::Zero(u.rows(), u.cols());
    items = table<double>::Zero(c.rows(), c.cols());
    for (index_t b = 0; b < u.rows(); ++b) {
      std::vector<double> s;
      std::vector<index_t> of;
      const double own = u.row(b).dot(p.row(b));
      double most = own;
      for (index_t j = 0; j < c.rows(); ++j) {
        if ((j + b) % 7 == 0 || b % 11 == 4) continue;
        of.push_back(j);
        s.push_back(u.row(b).dot(c.row(j)) +
                    (offsets.empty() ? 0 : offsets[static_cast<std::size_t>(j)]));
        most = std::max(most, s.back());
      }
      double z = std::exp(own - most);
      for (const double x : s) z += std::exp(x - most);
      losses.push_back(most + std::log(z) - own);
      double rest = 0;
      for (std::size_t k = 0; k < s.size(); ++k) {
        const double slope = share * std::exp(s[k] - most) / z;
        rest += slope;
        users.row(b) += slope * c.row(of[k]);
        items.row(of[k]) += slope * u.row(b);
      }
      slopes.push_back(-rest);
      users.row(b) -= rest * p.row(b);
    }
  }
};

template <class T>
struct result {
  std::vector<double> losses;
  std::vector<T> slopes;
  table<T> users, items;
  bool operator==(const result&) const = default;
};

template <class T>
result<T> run(ciess::detail::softmax_kernel<T>& kernel, const table<double>& u,
              const table<double>& p, const table<double>& c, const std::vector<double>& offsets,
              double share) {
  const table<T> users = u.cast<T>();
  const table<T> positives = p.cast<T>();
  table<T> items = table<T>::Constant(c.rows(), c.cols() + 3, T{77});
  items.leftCols(c.cols()) = c.cast<T>();
  const std::vector<T> more(offsets.begin(), offsets.end());
  const ciess::detail::softmax_inputs<T> in{.examples = u.rows(),
                                            .candidates = c.rows(),
                                            .columns = u.cols(),
                                            .users = users.data(),
                                            .positives = positives.data(),
                                            .items = items.data(),
                                            .stride = items.cols(),
                                            .offsets = more};
  result<T> r;
  r.users.resize(u.rows(), u.cols());
  r.items = table<T>::Constant(c.rows(), c.cols() + 1, T{5});
  for (const auto& f : kernel.users(in, hidden, static_cast<T>(share), r.users.data())) {
    r.losses.push_back(f.loss);
    r.slopes.push_back(f.slope);
  }
  kernel.items(in, hidden, r.items.data(), r.items.cols());
  return r;
}

}  // namespace

TEMPLATE_TEST_CASE("losses and slopes of the kernel are those of plain loops, across its seams",
                   "[nn][threads]", float, double) {
  const double limit = std::is_same_v<TestType, float> ? 2e-5 : 1e-12;
  struct shape {
    index_t examples, candidates, columns;
  };
  const auto s = GENERATE(shape{1, 1, 1}, shape{5, 3, 2}, shape{128, 512, 8}, shape{129, 513, 5},
                          shape{260, 1100, 19}, shape{3, 0, 4}, shape{0, 9, 4});
  const bool with_offsets = GENERATE(false, true);
  const double deviation = GENERATE(0.3, 4.0);
  CAPTURE(s.examples, s.candidates, s.columns, with_offsets, deviation);
  const auto u = drawn(s.examples, s.columns, 0, deviation);
  const auto p = drawn(s.examples, s.columns, 1, 1);
  const auto c = drawn(s.candidates, s.columns, 2, 1);
  std::vector<double> offsets;
  if (with_offsets)
    for (index_t j = 0; j < s.candidates; ++j)
      offsets.push_back(0.01 * static_cast<double>(j % 90));
  const plain exact(u, p, c, offsets, 0.125);

  ciess::detail::softmax_kernel<TestType> kernel;
  const auto found = run(kernel, u, p, c, offsets, 0.125);
  for (std::size_t b = 0; b < exact.losses.size(); ++b) {
    REQUIRE(found.losses[b] == Approx(exact.losses[b]).epsilon(limit).margin(limit));
    REQUIRE(static_cast<double>(found.slopes[b]) ==
            Approx(exact.slopes[b]).epsilon(limit).margin(limit));
  }
  const auto far = [](const auto& a, const auto& b) {
    return a.size() == 0 ? 0.0 : (a.template cast<double>() - b).cwiseAbs().maxCoeff();
  };
  CHECK(far(found.users, exact.users) < limit);
  CHECK(far(table<TestType>(found.items.leftCols(s.columns)), exact.items) < limit);
  CHECK((found.items.col(s.columns).array() == 5).all());

  // Scores made twice, memory met before, two threads: the same bytes.
  ciess::detail::softmax_kernel<TestType> forgets(0);
  CHECK(run(forgets, u, p, c, offsets, 0.125) == found);
  CHECK(run(kernel, u, p, c, offsets, 0.125) == found);
  const ciess::threads pool(2);
  CHECK(run(kernel, u, p, c, offsets, 0.125) == found);
  CHECK(run(forgets, u, p, c, offsets, 0.125) == found);
}

namespace {

/// One example, two candidates, one column: scores by hand. Refers to what it is given.
ciess::detail::softmax_inputs<float> one_example(const float& user, const float& own,
                                                 const std::array<float, 2>& items) {
  return {.examples = 1,
          .candidates = 2,
          .columns = 1,
          .users = &user,
          .positives = &own,
          .items = items.data(),
          .stride = 1};
}

}  // namespace

TEST_CASE("scores far from each other neither overflow nor lose the loss", "[nn]") {
  const auto visible = [](index_t, index_t, index_t, const auto&) {};
  const auto loss_of = [&](float own, float first, float second) {
    const float user = 1;
    const std::array<float, 2> items{first, second};
    const auto in = one_example(user, own, items);
    ciess::detail::softmax_kernel<float> kernel;
    float slope = 0;
    const auto found = kernel.users(in, visible, 1, &slope)[0];
    std::array<float, 2> slopes{};
    kernel.items(in, visible, slopes.data(), 1);
    CHECK(found.slope + slopes[0] + slopes[1] == Approx(0.0F).margin(1e-6F));
    return found.loss;
  };
  CHECK(loss_of(1e30F, 0, 0) == 0);
  CHECK(loss_of(-1e30F, 1e30F, 0) == Approx(2e30));
  CHECK(loss_of(0, 1e4F, 1e4F) == Approx(1e4 + std::log(2.0)));
  CHECK(loss_of(1e4F, 1e4F, 1e4F) == Approx(std::log(3.0)));
  CHECK(loss_of(20, 0, 0) == Approx(2 * std::exp(-20.0)));  // not rounded away beside 1
  CHECK(loss_of(-1e4F, -1e4F, -2e4F) == Approx(std::log(2.0)));
}

TEST_CASE("a score that is no number makes a loss that is none", "[nn]") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const auto nothing_left = [](index_t, index_t first, index_t last, const auto& hide) {
    for (index_t c = first; c < last; ++c) hide(c);
  };
  const auto visible = [](index_t, index_t, index_t, const auto&) {};
  const auto loss_of = [&](float own, std::array<float, 2> items, const auto& who) {
    const float user = 1;
    const auto in = one_example(user, own, items);
    ciess::detail::softmax_kernel<float> kernel;
    float slope = 0;
    return kernel.users(in, who, 1, &slope)[0].loss;
  };
  CHECK(std::isnan(loss_of(nan, {1, 2}, visible)));
  CHECK(std::isnan(loss_of(1, {nan, nan}, visible)));
  CHECK(std::isnan(loss_of(1, {1, nan}, visible)));
  CHECK(std::isnan(loss_of(nan, {1, 2}, nothing_left)));
  CHECK(loss_of(1, {1, nan}, nothing_left) == 0);
}
