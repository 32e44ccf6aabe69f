// SPDX-License-Identifier: MIT
/// @file
/// Log odds of clicks from packed tables and layers: what a server of a click model does.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ciess/backbone/chosen_click_network.hpp>
#include <ciess/backbone/click_layout.hpp>
#include <ciess/backbone/click_network.hpp>
#include <ciess/backbone/detail/click_block_memory.hpp>
#include <ciess/backbone/detail/click_rows.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/layer_view.hpp>
#include <ciess/core/lease.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/text.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/click_batch.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/embedding/any_packed_view.hpp>
#include <ciess/embedding/packed_view.hpp>

namespace ciess {

namespace detail {

/// Rows of a packed table, for `gather_field`.
template <packed_number N>
struct decoded_rows {
  const packed_view<N>* table;
  index_t columns;
  float* scratch;  ///< [columns]

  void copy(index_t row, float* to) const {
    (*table)[row].copy_to(std::span(to, static_cast<std::size_t>(columns)));
  }
  void add(index_t row, float* to) const {
    copy(row, scratch);
    for (index_t j = 0; j < columns; ++j) to[j] += scratch[j];
  }
};

}  // namespace detail

/// The chance of a click that log odds stand for, in [0, 1]; NaN for NaN.
[[nodiscard]] inline float click_probability(float log_odds) noexcept {
  const double e = std::exp(-std::abs(double{log_odds}));
  return static_cast<float>((log_odds < 0 ? e : 1.0) / (1 + e));
}

/// What a click model is made of, in memory that somebody else owns.
struct packed_click_parts {
  std::vector<click_field> fields;    ///< of as many rows as their tables
  std::vector<std::string> features;  ///< names
  /// Of the fields, in their order; and, if there are features and the network reads them as rows,
  /// of these.
  std::vector<any_packed_view> tables;
  std::vector<layer_view> layers;  ///< `model.layers()`, in any order
  chosen_click_network<float>::options network{};
};

/// A click model without what it is trained with. Rows stay packed and are decoded when an
/// impression shows them. Log odds are those of `basic_click_model::predict` on the same numbers,
/// to the bit, as both gather rows and run networks by the same code; that of one impression does
/// not depend on those beside it, nor on threads.
///
/// Memory: 4 bytes a parameter of the network twice (as it is, and packed for its products), and
/// what each thread needs for 256 impressions: about 1 KB a number of their slots and layers.
/// Cost of an impression: that of `predict`, and a row's decoding for each value.
class packed_click_model {
  using network_type = chosen_click_network<float>;

 public:
  /// Numbers that an impression may bring to a network: what its slots have.
  static constexpr index_t most_width = index_t{1} << 18;

  /// @param parts  what its views refer to must live as long; layers of the network are copied
  /// @throws argument_error if tables do not have the rows of fields or features, an option of the
  ///         network is out of range, rows are too wide, or there are other layers or shapes than
  ///         it has; numeric_error if a number of a layer is not finite
  explicit packed_click_model(packed_click_parts parts)
      : tables_{std::move(parts.tables)},
        layout_{layout_of(tables_, parts)},
        network_{layout_.input, parts.network},
        first_order_{network_type::first_order(parts.network)} {
    for (const click_layer& l : network_.layers()) {
      const auto numbers = taken(parts.layers, l.name, l.shape);
      parameters_.insert(parameters_.end(), numbers.begin(), numbers.end());
      ++layers_;
    }
    if (first_order_) {
      bias_ = taken(parts.layers, "bias", {1})[0];
      for (std::size_t t = 0; t < tables_.size(); ++t)
        first_.push_back(
            taken(parts.layers, "first-order-" + std::to_string(t), {layout_.shapes[t].rows})
                .data());
      layers_ += 1 + tables_.size();
    }
    if (parts.layers.size() != layers_)
      detail::throw_error<argument_error>("packed_click_model: expected ", layers_, " layers, got ",
                                          parts.layers.size());
    network_.pack(parameters_, packed_, false);
  }

  [[nodiscard]] std::span<const click_field> fields() const noexcept { return layout_.fields; }
  [[nodiscard]] std::span<const std::string> features() const noexcept { return layout_.features; }

  /// Log odds of a click for each of these impressions. Safe from several threads.
  /// @param log_odds  [impressions], overwritten
  /// @throws argument_error saying what is different if they have other fields or features, or
  ///         lengths differ; data_error if a view says that a row is not among its values
  void predict(const impressions& shown, std::span<float> log_odds) const {
    layout_.check("packed_click_model", shown);
    score(shown, log_odds);
  }
  /// The same of a batch, whose values must be rows of the tables.
  /// @throws argument_error, also naming the first value that is no row
  void predict(const click_batch& shown, std::span<float> log_odds) const {
    if (shown.fields() != layout_.fields.size() || shown.features() != std::ssize(layout_.features))
      detail::throw_error<argument_error>(
          "packed_click_model: expected ", layout_.fields.size(), " fields and ",
          layout_.features.size(), " features, got ", shown.fields(), " and ", shown.features());
    for (index_t i = 0; i < shown.size(); ++i)
      for (std::size_t k = 0; k < layout_.fields.size(); ++k) {
        const auto values = shown.values(i, k);
        if (!layout_.fields[k].pooled && values.size() != 1)
          detail::throw_error<argument_error>("packed_click_model: expected one value of field ",
                                              layout_.fields[k].name, " in impression ", i,
                                              ", got ", values.size());
        for (const row_id r : values)
          if (r < 0 || r >= layout_.fields[k].rows)
            detail::throw_error<argument_error>("packed_click_model: field ",
                                                layout_.fields[k].name, " of impression ", i,
                                                " is row ", r, " of ", layout_.fields[k].rows);
      }
    score(shown, log_odds);
  }

 private:
  struct block : detail::click_block_memory<network_type> {
    std::vector<float> scratch;  ///< [columns of a slot]
  };

  static click_layout layout_of(const std::vector<any_packed_view>& tables,
                                packed_click_parts& parts) {
    const auto refuse = [](const auto&... text) {
      detail::throw_error<argument_error>("packed_click_model: ", text...);
    };
    const bool rows = network_type::features_are_rows(parts.network) && !parts.features.empty();
    const std::size_t expected = parts.fields.size() + (rows ? 1 : 0);
    if (parts.fields.empty()) refuse("expected at least one field");
    if (tables.size() != expected) refuse("expected ", expected, " tables, got ", tables.size());
    std::vector<size_range> ranges;
    for (std::size_t t = 0; t < expected; ++t) {
      const bool field = t < parts.fields.size();
      const index_t own = field ? parts.fields[t].rows : std::ssize(parts.features);
      std::visit(
          [&](const auto& table) {
            if (table.rows() != own || own < 1)
              refuse("expected table ", t, " to have ", std::max<index_t>(own, 1), " rows, as ",
                     field ? "field " + parts.fields[t].name : std::string("features"), ", got ",
                     table.rows());
            ranges.push_back(table.range());
          },
          tables[t]);
    }
    click_layout layout(std::move(parts.fields), std::move(parts.features), {.min = 1, .max = 1},
                        ranges, network_type::features_are_rows(parts.network));
    const index_t width = layout.input.slots * layout.input.columns + layout.input.features;
    if (width > most_width)
      refuse("expected impressions of at most ", most_width, " numbers, got ", width);
    return layout;
  }

  /// The numbers of a layer.
  static std::span<const float> taken(std::span<const layer_view> layers, const std::string& name,
                                      const std::vector<index_t>& shape) {
    const auto found = std::ranges::find(layers, name, &layer_view::name);
    if (found == layers.end())
      detail::throw_error<argument_error>("packed_click_model: expected a layer ",
                                          detail::shown(name), ", it is not among the ",
                                          layers.size(), " that there are");
    if (found->shape != shape)
      detail::throw_error<argument_error>("packed_click_model: layer ", detail::shown(name),
                                          ": expected shape ", detail::shown_shape(shape), ", got ",
                                          detail::shown_shape(found->shape));
    index_t count = 1;
    for (const index_t n : shape) count *= n;
    if (std::ssize(found->numbers) != count)
      detail::throw_error<argument_error>("packed_click_model: layer ", detail::shown(name),
                                          ": expected ", count, " numbers, got ",
                                          found->numbers.size());
    for (std::size_t k = 0; k < found->numbers.size(); ++k)
      if (!std::isfinite(found->numbers[k]))
        detail::throw_error<numeric_error>("packed_click_model: layer ", detail::shown(name),
                                           ": number ", k, " is ", found->numbers[k]);
    return found->numbers;
  }

  template <class Shown>
  void score(const Shown& shown, std::span<float> log_odds) const {
    if (std::ssize(log_odds) != shown.size())
      detail::throw_error<argument_error>("packed_click_model: expected room for ", shown.size(),
                                          " log odds, got ", log_odds.size());
    parallel_for(shown.size(), click_block, [&](index_t first, index_t last) {
      const lease_pool<block>::lease own(blocks_);
      own->fit(layout_.input);
      gather(shown, first, last - first, *own);
      own->look(network_, parameters_, packed_, last - first, nullptr);
      std::copy_n(own->log_odds(), last - first, log_odds.data() + first);
    });
  }

  /// Field by field: the type of a table's numbers is asked for once. What is added to the log odds
  /// of an impression comes in the order of `detail::gather_impression`.
  template <class Shown>
  void gather(const Shown& shown, index_t first, index_t rows, block& own) const {
    const index_t d = layout_.input.columns;
    own.scratch.resize(static_cast<std::size_t>(d));
    own.odds.head(rows).setZero();
    const auto with_rows = [&](std::size_t t, auto&& use) {
      std::visit(
          [&]<class N>(const packed_view<N>& table) {
            use(detail::decoded_rows<N>{&table, table.columns(), own.scratch.data()});
          },
          tables_[t]);
    };
    const auto weights = [&](std::size_t t) { return first_order_ ? first_[t] : nullptr; };
    for (std::size_t k = 0; k < layout_.fields.size(); ++k)
      with_rows(k, [&](const auto& table) {
        for (index_t r = 0; r < rows; ++r)
          own.odds[r] += detail::gather_field(table, layout_.fields[k].pooled,
                                              shown.values(first + r, k), weights(k),
                                              own.x.row(r).data() + static_cast<index_t>(k) * d, d);
      });
    const auto number = [&](index_t r, index_t f) { return shown.numbers()(first + r, f); };
    if (layout_.feature_rows)
      with_rows(layout_.fields.size(), [&](const auto& table) {
        const index_t slots = std::ssize(layout_.fields);
        for (index_t r = 0; r < rows; ++r)
          for (index_t f = 0; f < std::ssize(layout_.features); ++f)
            own.odds[r] +=
                detail::gather_feature(table, f, number(r, f), weights(layout_.fields.size()),
                                       own.x.row(r).data() + (slots + f) * d, d);
      });
    for (index_t r = 0; r < rows; ++r) {
      own.odds[r] = bias_ + own.odds[r];
      for (index_t f = 0; f < layout_.input.features; ++f) own.numbers(r, f) = number(r, f);
    }
  }

  std::vector<any_packed_view> tables_;
  click_layout layout_;
  network_type network_;
  bool first_order_;  ///< whether there are a bias and weights of rows
  std::size_t layers_ = 0;
  float bias_ = 0;
  std::vector<const float*> first_;  ///< [tables] weights of rows, of the first order
  std::vector<float> parameters_;    ///< of the network
  network_type::packed packed_;
  mutable lease_pool<block> blocks_;
};

}  // namespace ciess
