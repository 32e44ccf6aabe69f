// SPDX-License-Identifier: MIT
/// @file
/// What was shown to whom, and whether it was clicked: the data of click models.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/types.hpp>

namespace ciess {

/// A categorical field of impressions: its values are rows of one table.
struct click_field {
  std::string name;
  index_t rows = 0;     ///< of its table
  bool pooled = false;  ///< an impression may have any number of values, such as genres; else one
  friend bool operator==(const click_field&, const click_field&) = default;
};

/// Values of a pooled field: those of impression i are [offsets[i], offsets[i + 1]).
struct pooled_values {
  std::vector<std::int64_t> offsets{0};
  std::vector<row_id> values;
  friend bool operator==(const pooled_values&, const pooled_values&) = default;
};

/// Impressions of K categorical fields, with any number of numeric features, a label each and
/// perhaps a time. Values are row numbers; what they stand for is kept beside (`click_dataset`).
/// Memory: 4 bytes a value and a feature, a byte a label, 8 a time, 8 an impression and pooled
/// field.
class impressions {
 public:
  /// What they are made of, n impressions.
  struct parts {
    std::vector<click_field> fields;
    std::vector<row_id> single;         ///< [n, fields that are not pooled], in their order
    std::vector<pooled_values> pooled;  ///< [fields that are], in their order
    std::vector<std::string> features;  ///< names of numeric features
    matrix numbers;                     ///< [n, features]; without features it may be empty
    std::vector<std::uint8_t> labels;   ///< [n], 0 or 1
    std::vector<std::int64_t> times;    ///< [n] seconds, or empty
  };

  impressions() = default;

  /// O(values)
  /// @throws argument_error if there is no field, or lengths do not fit each other; data_error
  ///         naming field and impression if a value is no row of its table, a label neither 0 nor 1
  ///         or a feature not finite
  explicit impressions(parts p) : parts_{std::move(p)} {
    if (parts_.fields.empty())
      detail::throw_error<argument_error>("impressions: expected at least one field");
    std::size_t singles = 0, pools = 0;
    for (const click_field& f : parts_.fields) {
      if (f.rows < 1)
        detail::throw_error<argument_error>("impressions: expected field ", f.name,
                                            " to have rows, got ", f.rows);
      if (f.rows > index_t{std::numeric_limits<row_id>::max()})
        detail::throw_error<argument_error>("impressions: expected field ", f.name,
                                            " to have rows that can be numbered, got ", f.rows);
      slots_.push_back(f.pooled ? pools++ : singles++);
    }
    singles_ = singles;
    const std::size_t n = parts_.labels.size();
    const auto expect = [&](const char* what, std::size_t got, std::size_t expected) {
      if (got != expected)
        detail::throw_error<argument_error>("impressions: expected ", expected, ' ', what, " for ",
                                            n, " labels, got ", got);
    };
    expect("values of single fields", parts_.single.size(), n * singles);
    expect("lists of pooled fields", parts_.pooled.size(), pools);
    if (parts_.features.empty() && parts_.numbers.size() == 0)
      parts_.numbers.resize(static_cast<index_t>(n), 0);
    expect("rows of features", static_cast<std::size_t>(parts_.numbers.rows()), n);
    expect("features", static_cast<std::size_t>(parts_.numbers.cols()), parts_.features.size());
    if (!parts_.times.empty()) expect("times", parts_.times.size(), n);
    check_pooled();
    check_values();
  }

  [[nodiscard]] index_t size() const noexcept { return std::ssize(parts_.labels); }
  [[nodiscard]] std::span<const click_field> fields() const noexcept { return parts_.fields; }

  /// Rows that impression i shows of field k: one, or any number of a pooled field.
  /// @pre both are there
  [[nodiscard]] std::span<const row_id> values(index_t i, std::size_t k) const noexcept {
    const std::size_t slot = slots_[k];
    if (!parts_.fields[k].pooled)
      return {parts_.single.data() + static_cast<std::size_t>(i) * singles_ + slot, 1};
    const pooled_values& p = parts_.pooled[slot];
    const auto first = static_cast<std::size_t>(p.offsets[static_cast<std::size_t>(i)]);
    const auto last = static_cast<std::size_t>(p.offsets[static_cast<std::size_t>(i) + 1]);
    return {p.values.data() + first, last - first};
  }

  [[nodiscard]] std::span<const std::string> features() const noexcept { return parts_.features; }
  /// [impressions, features]
  [[nodiscard]] const matrix& numbers() const noexcept { return parts_.numbers; }
  [[nodiscard]] std::span<const std::uint8_t> labels() const noexcept { return parts_.labels; }
  /// In seconds, one an impression, or none at all.
  [[nodiscard]] std::span<const std::int64_t> times() const noexcept { return parts_.times; }
  /// How many labels are 1.  O(impressions)
  [[nodiscard]] index_t clicks() const noexcept { return std::ranges::count(parts_.labels, 1); }

  /// How many values of each row of field k there are.  O(values + rows)
  [[nodiscard]] std::vector<double> frequency(std::size_t k) const {
    std::vector<double> counts(static_cast<std::size_t>(parts_.fields[k].rows));
    for (index_t i = 0; i < size(); ++i)
      for (const row_id r : values(i, k)) ++counts[static_cast<std::size_t>(r)];
    return counts;
  }

  /// Those of these numbers, in this order; fields and rows stay.
  /// @throws argument_error if one is not there
  [[nodiscard]] impressions subset(std::span<const index_t> which) const {
    for (const index_t i : which)
      if (i < 0 || i >= size())
        detail::throw_error<argument_error>("impressions: there is no ", i, " of ", size());
    parts p;
    p.fields = parts_.fields;
    p.features = parts_.features;
    p.single.reserve(which.size() * singles_);
    p.pooled.resize(parts_.pooled.size());
    p.numbers.resize(std::ssize(which), parts_.numbers.cols());
    p.labels.reserve(which.size());
    index_t at = 0;
    for (const index_t i : which) {
      const auto from = static_cast<std::size_t>(i);
      p.single.insert(p.single.end(),
                      parts_.single.begin() + static_cast<std::ptrdiff_t>(from * singles_),
                      parts_.single.begin() + static_cast<std::ptrdiff_t>((from + 1) * singles_));
      p.labels.push_back(parts_.labels[from]);
      if (!parts_.times.empty()) p.times.push_back(parts_.times[from]);
      p.numbers.row(at++) = parts_.numbers.row(i);
    }
    for (std::size_t k = 0; k < parts_.fields.size(); ++k) {
      if (!parts_.fields[k].pooled) continue;
      pooled_values& to = p.pooled[slots_[k]];
      for (const index_t i : which) {
        const auto list = values(i, k);
        to.values.insert(to.values.end(), list.begin(), list.end());
        to.offsets.push_back(std::ssize(to.values));
      }
    }
    return impressions(std::move(p));
  }

  [[nodiscard]] const parts& all_parts() const noexcept { return parts_; }

  friend bool operator==(const impressions& a, const impressions& b) {
    const parts &p = a.parts_, &q = b.parts_;
    return p.fields == q.fields && p.single == q.single && p.pooled == q.pooled &&
           p.features == q.features && p.labels == q.labels && p.times == q.times &&
           p.numbers.rows() == q.numbers.rows() && p.numbers.cols() == q.numbers.cols() &&
           (p.numbers.array() == q.numbers.array()).all();
  }

 private:
  void check_pooled() const {
    for (std::size_t k = 0; k < parts_.fields.size(); ++k) {
      if (!parts_.fields[k].pooled) continue;
      const pooled_values& p = parts_.pooled[slots_[k]];
      if (p.offsets.size() != parts_.labels.size() + 1 || p.offsets.front() != 0 ||
          p.offsets.back() != std::ssize(p.values) || !std::ranges::is_sorted(p.offsets))
        detail::throw_error<argument_error>("impressions: expected field ", parts_.fields[k].name,
                                            " to have rising offsets, one more than ", size(),
                                            " impressions, from 0 to ", p.values.size());
    }
  }

  void check_values() const {
    for (index_t i = 0; i < size(); ++i) {
      for (std::size_t k = 0; k < parts_.fields.size(); ++k)
        for (const row_id r : values(i, k))
          if (r < 0 || index_t{r} >= parts_.fields[k].rows)
            detail::throw_error<data_error>("impressions: field ", parts_.fields[k].name,
                                            " of impression ", i, " is row ", r, " of ",
                                            parts_.fields[k].rows);
      if (const auto label = parts_.labels[static_cast<std::size_t>(i)]; label > 1)
        detail::throw_error<data_error>("impressions: expected label ", i, " to be 0 or 1, got ",
                                        int{label});
      for (index_t f = 0; f < parts_.numbers.cols(); ++f)
        if (!std::isfinite(parts_.numbers(i, f)))
          detail::throw_error<data_error>("impressions: feature ",
                                          parts_.features[static_cast<std::size_t>(f)],
                                          " of impression ", i, " is ", parts_.numbers(i, f));
    }
  }

  parts parts_;
  std::vector<std::size_t> slots_;  ///< of each field, among the single or the pooled ones
  std::size_t singles_ = 0;         ///< fields that are not pooled
};

/// Whether values, rows and features of one mean the same in the other.
[[nodiscard]] inline bool same_fields(const impressions& a, const impressions& b) {
  return std::ranges::equal(a.fields(), b.fields()) &&
         std::ranges::equal(a.features(), b.features());
}

/// Those of `a`, then those of `b`.  O(values)
/// @throws argument_error if fields or features differ, or one has times and the other not
[[nodiscard]] inline impressions merge(const impressions& a, const impressions& b) {
  if (!same_fields(a, b))
    detail::throw_error<argument_error>(
        "merge: expected impressions of the same fields and features");
  if (a.size() > 0 && b.size() > 0 && a.times().empty() != b.times().empty())
    detail::throw_error<argument_error>("merge: expected times of both impressions or of none");
  impressions::parts p = a.all_parts();
  const impressions::parts& q = b.all_parts();
  const auto add = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  add(p.single, q.single);
  for (std::size_t k = 0; k < p.pooled.size(); ++k) {
    const std::int64_t first = std::ssize(p.pooled[k].values);
    add(p.pooled[k].values, q.pooled[k].values);
    for (std::size_t i = 1; i < q.pooled[k].offsets.size(); ++i)
      p.pooled[k].offsets.push_back(first + q.pooled[k].offsets[i]);
  }
  const index_t rows = p.numbers.rows();
  p.numbers.conservativeResize(rows + q.numbers.rows(), p.numbers.cols());
  p.numbers.bottomRows(q.numbers.rows()) = q.numbers;
  add(p.labels, q.labels);
  add(p.times, q.times);
  return impressions(std::move(p));
}

}  // namespace ciess
