// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/click_rows.hpp>
// its own header first
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/made_rows.hpp"
#include "support/small_clicks.hpp"

namespace {

using ciess::index_t;

struct made {
  ciess::click_layout layout;
  std::vector<ciess::basic_masked_table<double>> tables;
};

/// Tables of the fields, one narrower than the others, and of the features.
made made_tables(const ciess::impressions& data) {
  const std::vector<ciess::size_range> ranges{{1, 5}, {1, 3}, {1, 5}, {1, 5}, {1, 4}};
  made m{ciess::click_layout(data, {}, ranges, true), {}};
  for (const auto& s : m.layout.shapes)
    m.tables.emplace_back(ciess::sizes(s.rows, s.range),
                          support::made_rows(s.rows, s.range.max, 5));
  return m;
}

}  // namespace

TEST_CASE("the gradient by rows is the transpose of gathering them", "[backbone]") {
  const auto& data = support::small_clicks();
  auto [layout, tables] = made_tables(data);
  const index_t width = layout.input.width();
  std::vector<index_t> which;
  for (index_t i = 0; i < 150; ++i) which.push_back((7 * i + 3) % 300);
  const ciess::impression_batch batch{&data, which};
  const auto dx = support::made_rows(150, width, 9);
  std::vector<double> slopes(150);
  for (std::size_t b = 0; b < 150; ++b) slopes[b] = 0.01 * static_cast<double>(b) - 0.6;

  ciess::detail::shown_rows<double> shown(layout);
  shown.assign(layout, batch);
  CHECK(shown.collect(layout, batch, tables, 0, dx, slopes) == 0);

  // <gathered, dx> is linear in every row: what one row adds to it is its gradient.
  const std::vector<double> first_weights(61, 0.0);
  for (std::size_t t = 0; t < tables.size(); ++t) {
    ciess::basic_matrix<double> found =
        ciess::basic_matrix<double>::Zero(tables[t].rows(), tables[t].columns());
    std::vector<double> found_first(static_cast<std::size_t>(tables[t].rows()));
    for (std::size_t k = 0; k < shown.rows(t).size(); ++k) {
      const auto r = shown.rows(t)[k];
      if (k > 0) REQUIRE(r > shown.rows(t)[k - 1]);
      found.row(r) = shown.gradient(t).row(static_cast<index_t>(k));
      found_first[static_cast<std::size_t>(r)] = shown.first(t)[static_cast<index_t>(k)];
    }
    for (index_t r = 0; r < tables[t].rows(); ++r) {
      auto probe = tables;
      for (auto& table : probe)
        for (index_t row = 0; row < table.rows(); ++row)
          for (auto& x : table[row]) x = 0;
      const index_t j = r % tables[t].columns();
      probe[t][r][static_cast<std::size_t>(j)] = 1;
      auto weights = first_weights;
      weights[static_cast<std::size_t>(layout.first_row(t) + r)] = 1;
      double sum = 0, first = 0;
      std::vector<double> slots(static_cast<std::size_t>(width));
      for (std::size_t b = 0; b < 150; ++b) {
        first += slopes[b] * ciess::detail::gather_impression(layout, probe, data, which[b],
                                                              weights.data(), slots.data());
        for (index_t c = 0; c < width; ++c)
          sum += slots[static_cast<std::size_t>(c)] * dx(static_cast<index_t>(b), c);
      }
      REQUIRE(found(r, j) == Approx(sum).margin(1e-12));
      REQUIRE(found_first[static_cast<std::size_t>(r)] == Approx(first).margin(1e-12));
    }
  }
}

TEST_CASE("a penalty counts a row as often as the batch shows it", "[backbone]") {
  const auto& data = support::small_clicks();
  auto [layout, tables] = made_tables(data);
  const std::vector<index_t> which{4, 4, 9};
  const ciess::impression_batch batch{&data, which};
  const ciess::basic_matrix<double> dx = ciess::basic_matrix<double>::Zero(3, layout.input.width());
  const std::vector<double> slopes(3);
  ciess::detail::shown_rows<double> shown(layout);
  shown.assign(layout, batch);
  const double penalty = shown.collect(layout, batch, tables, 0.5, dx, slopes);
  double wanted = 0;
  for (const index_t i : which) {
    for (std::size_t k = 0; k < 4; ++k)
      for (const auto r : data.values(i, k)) wanted += tables[k].values().row(r).squaredNorm() / 2;
    wanted += tables[4].values().squaredNorm() / 2;
  }
  CHECK(penalty == Approx(wanted));
  const auto user = data.values(4, 0)[0];
  for (std::size_t k = 0; k < shown.rows(0).size(); ++k)
    if (shown.rows(0)[k] == user) {
      const double times = user == data.values(9, 0)[0] ? 3 : 2;
      CHECK((shown.gradient(0).row(static_cast<index_t>(k)) - times * tables[0].values().row(user))
                .norm() < 1e-12);
    }
}
