// SPDX-License-Identifier: MIT
#include <ciess/nn/detail/product.hpp>

#include <ciess/core/random.hpp>

#include "support/catch.hpp"

namespace {

template <class T>
ciess::basic_matrix<T> drawn(ciess::index_t rows, ciess::index_t columns, std::uint64_t seed) {
  ciess::basic_matrix<T> m(rows, columns);
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  for (T& x : m.reshaped()) x = ciess::uniform(engine, T{-1}, T{1});
  return m;
}

}  // namespace

TEMPLATE_TEST_CASE("packed_factor multiplies as a plain loop does", "[nn]", float, double) {
  using matrix = ciess::basic_matrix<TestType>;
  const auto n = GENERATE(1, 2, 3, 5, 12, 38);
  const auto terms = GENERATE(0, 1, 7, 70);
  const auto columns = GENERATE(1, 3, 16, 32, 33, 100);
  const matrix a = drawn<TestType>(n, terms, 1);
  const matrix b = drawn<TestType>(terms, columns, 2);
  const matrix at = a.transpose();
  const matrix bt = b.transpose();
  matrix expected = matrix::Zero(n, columns);
  for (ciess::index_t r = 0; r < n; ++r)
    for (ciess::index_t k = 0; k < terms; ++k) expected.row(r) += a(r, k) * b.row(k);
  const auto near = [&](const matrix& c, const matrix& to) {
    return (c - to).cwiseAbs().maxCoeff() < TestType(1e-5);
  };

  ciess::detail::packed_factor<TestType> packed;
  packed.pack(b.data(), terms, columns, columns, 1);
  CHECK(packed.rows() == terms);
  CHECK(packed.columns() == columns);
  matrix c = matrix::Constant(n, columns, 9);
  packed.template multiply<false>(a.data(), n, terms, 1, c.data(), columns);
  CHECK(near(c, expected));
  packed.template multiply<true>(at.data(), n, 1, n, c.data(), columns);
  CHECK(near(c, 2 * expected));
  packed.pack(bt.data(), terms, columns, 1, terms);  // memory is used again
  packed.template multiply<false>(a.data(), n, terms, 1, c.data(), columns);
  CHECK(near(c, expected));

  matrix wide = matrix::Constant(n, columns + 2, 9);  // numbers beside a block stay
  packed.template multiply<false>(a.data(), n, terms, 1, wide.data() + 1, columns + 2);
  CHECK(wide.block(0, 1, n, columns) == c);
  CHECK((wide.leftCols(1).array() == 9).all());
  CHECK((wide.rightCols(1).array() == 9).all());

  // Some panels of columns alone, into a block of their own.
  const auto width = packed.width;
  for (ciess::index_t first = 0; first < columns; first += width) {
    matrix some = matrix::Constant(n, columns - first + 1, 9);
    packed.template multiply<false>(a.data(), n, terms, 1, some.data(), columns - first + 1, first,
                                    columns);
    CHECK(some.leftCols(columns - first) == c.rightCols(columns - first));
    CHECK((some.rightCols(1).array() == 9).all());
  }

  matrix one(1, columns);  // the same bytes however rows are cut
  for (ciess::index_t r = 0; r < n; ++r) {
    packed.template multiply<false>(a.row(r).data(), 1, terms, 1, one.data(), columns);
    CHECK(one == c.row(r));
  }
}
