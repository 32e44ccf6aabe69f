// SPDX-License-Identifier: MIT
#include <ciess/embedding/any_packed_view.hpp>

#include <variant>

#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/packed_table.hpp>

#include "support/catch.hpp"
#include "support/coded_tables.hpp"
#include "support/random_tables.hpp"

// All formats, and rows with a book.
static_assert(std::variant_size_v<ciess::any_packed_view> == ciess::number_formats.size() + 1);

TEST_CASE("a view of numbers of any format shows the table that it is of", "[embedding]") {
  const ciess::masked_table table = random_table(70, {1, 9});
  for (const ciess::number_format format : ciess::number_formats)
    ciess::with_number(format, [&]<class N>() {
      const auto packed = ciess::pack<N>(table);
      const ciess::any_packed_view view = packed.view();
      CHECK(std::holds_alternative<ciess::packed_view<N>>(view));
      CHECK(std::visit([](const auto& of) { return of.dense(); }, view) == packed.view().dense());
    });
}
