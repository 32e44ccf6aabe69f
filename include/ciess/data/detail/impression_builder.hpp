// SPDX-License-Identifier: MIT
/// @file
/// Gathers impressions value by value.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/click_schema.hpp>
#include <ciess/data/detail/foreign.hpp>
#include <ciess/data/detail/label_rule.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/detail/value_column.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/data/loaded_impressions.hpp>

namespace ciess::detail {

/// The fields and features of a file and what has been read of them. Of each impression all fields
/// and features are to be added in their order, then a label.
class impression_builder {
 public:
  /// @param impressions  about how many there will be
  explicit impression_builder(std::size_t impressions) : expected_{impressions} {
    labels_.reserve(impressions);
  }

  std::size_t add_single(std::string name) {
    columns_.push_back({.name = name, .use = column_use::single});
    fields_.push_back({.name = std::move(name), .rows = 0, .pooled = false});
    kinds_.push_back({false, singles_.size()});
    singles_.emplace_back();
    return singles_.size() - 1;
  }
  std::size_t add_bucketed(std::string name) {
    columns_.push_back({.name = name, .use = column_use::log_buckets});
    fields_.push_back({.name = std::move(name), .rows = 0, .pooled = false});
    kinds_.push_back({true, buckets_.size()});
    buckets_.emplace_back();
    return buckets_.size() - 1;
  }
  std::size_t add_pooled(std::string name) {
    columns_.push_back({.name = name, .use = column_use::pooled});
    fields_.push_back({.name = std::move(name), .rows = 0, .pooled = true});
    kinds_.push_back({false, pools_.size()});
    pools_.emplace_back();
    lists_.emplace_back().offsets.reserve(expected_ + 1);
    return pools_.size() - 1;
  }
  std::size_t add_feature(std::string name) {
    columns_.push_back({.name = name, .use = column_use::standardised});
    features_.push_back(std::move(name));
    numbers_.emplace_back().reserve(expected_);
    return features_.size() - 1;
  }
  /// To be called once when all fields are there.
  void begin() { single_.reserve(expected_ * (singles_.size() + buckets_.size())); }

  void single(std::size_t slot, std::string_view text) {
    single_.push_back(singles_[slot].row_of(text));
  }
  void bucket(std::size_t slot, double x) { single_.push_back(buckets_[slot].row_of(x)); }
  void missing_bucket(std::size_t slot) { single_.push_back(buckets_[slot].row_of_missing()); }
  void feature(std::size_t slot, double x) { numbers_[slot].push_back(x); }
  void missing_feature(std::size_t slot) {
    numbers_[slot].push_back(std::numeric_limits<double>::quiet_NaN());
  }
  /// One value of a pooled field.
  void pooled(std::size_t slot, std::string_view text) {
    lists_[slot].values.push_back(pools_[slot].row_of(text));
  }
  /// No more values of it; if there was none it is missing.
  void end_pooled(std::size_t slot) {
    pooled_values& list = lists_[slot];
    if (list.offsets.back() == std::ssize(list.values)) pooled(slot, {});
    list.offsets.push_back(std::ssize(list.values));
  }
  void label(std::uint8_t l) { labels_.push_back(l); }

  [[nodiscard]] std::size_t fields() const noexcept { return fields_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return labels_.size(); }

  /// Moves all into `to`.
  void finish(std::vector<std::int64_t> times, loaded_impressions& to) && {
    for (std::size_t k = 0; k < fields_.size(); ++k) {
      const auto [bucketed, slot] = kinds_[k];
      text_list texts = bucketed            ? std::move(buckets_[slot]).texts()
                        : fields_[k].pooled ? std::move(pools_[slot]).texts()
                                            : std::move(singles_[slot]).texts();
      fields_[k].rows = static_cast<index_t>(texts.size());
      to.values.push_back(std::move(texts));
    }
    impressions::parts p;
    p.fields = std::move(fields_);
    p.single = std::move(single_);
    p.pooled = std::move(lists_);
    p.labels = std::move(labels_);
    p.times = std::move(times);
    to.data = impressions(std::move(p));
    to.columns = std::move(columns_);
    to.features = std::move(features_);
    to.numbers = std::move(numbers_);
  }

 private:
  struct kind {
    bool bucketed;
    std::size_t slot;
  };

  std::size_t expected_;
  std::vector<click_column> columns_;
  std::vector<click_field> fields_;
  std::vector<kind> kinds_;
  std::vector<value_column> singles_, pools_;
  std::vector<bucket_column> buckets_;
  std::vector<row_id> single_;
  std::vector<pooled_values> lists_;
  std::vector<std::string> features_;
  std::vector<std::vector<double>> numbers_;
  std::vector<std::uint8_t> labels_;
};

/// A number, or nothing where it is missing. Seven digits are what a feature keeps.
/// @throws data_error if the text is neither, or the number too large for a feature
inline double parse_feature(const source& s, std::int64_t line, std::size_t position,
                            std::string_view name, std::string_view text) {
  std::int64_t whole = 0;
  if (text.size() < 16 && parse_canonical(text, whole)) return static_cast<double>(whole);
  const auto x = parse_rating(text);
  if (!x || std::abs(*x) > std::numeric_limits<float>::max())
    s.fail(line, "expected a number below 3.4e38 or nothing", where_of(position, name), ", got ",
           shown(text));
  return *x;
}

/// Calls `use(value)` for the values of a pooled field between separators; empty pieces are none.
template <class Use>
void for_each_value(std::string_view text, std::string_view separator, Use&& use) {
  while (!text.empty()) {
    const auto length = std::min(text.find(separator), text.size());
    if (const auto value = stripped(text.substr(0, length)); !value.empty()) use(value);
    text.remove_prefix(std::min(length + separator.size(), text.size()));
  }
}

/// What a number is as a feature: a missing one, NaN, is the mean, that is 0.
inline float standardised(double x, double mean, double deviation) {
  return std::isnan(x) ? 0.0F : static_cast<float>((x - mean) / deviation);
}

/// Refuses labels that are all the same.
inline void check_labels(const source& s, const loaded_impressions& read) {
  const index_t clicks = read.data.clicks();
  if (clicks == 0 || clicks == read.data.size())
    throw_error<data_error>(
        s.name, ": expected labels of 0 and of 1, got ", read.data.size(), " that are all ",
        clicks == 0 ? 0 : 1,
        clicks == 0 ? ": nothing to learn"
                    : ": nothing to learn; where negatives are to be drawn, label none (--label)");
}

/// What may be told of the fields.
inline void tell_fields(loaded_impressions& read) {
  for (std::size_t k = 0; k < read.values.size(); ++k) {
    const click_field& f = read.data.fields()[k];
    if (f.rows == 1)
      read.notes.push_back(joined("field ", shown(f.name), " has one value, ",
                                  shown(read.values[k][0]), ", and tells nothing"));
    else if (f.rows == read.data.size() && !f.pooled && f.rows >= 20)
      read.notes.push_back(
          joined("no value of field ", shown(f.name),
                 " comes again, as of numbers of lines: leave it out (--ignore)?"));
  }
}

}  // namespace ciess::detail
