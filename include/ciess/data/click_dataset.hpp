// SPDX-License-Identifier: MIT
/// @file
/// From impressions as they were read to what is studied: parts to train on, to choose by and to
/// report on, whose rows and scales the training part decides.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/click_schema.hpp>
#include <ciess/data/dataset.hpp>
#include <ciess/data/detail/impression_builder.hpp>
#include <ciess/data/drawn_negatives.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/data/loaded_impressions.hpp>
#include <ciess/data/split.hpp>

namespace ciess {

struct click_dataset_options {
  /// Values that training shows fewer times share row 0 of their table.
  index_t min_count = 1;
  /// `random`: each impression by itself, exact shares. `temporal`: by time, all impressions of one
  /// second in the same part. There is no `last`.
  split_kind kind = split_kind::random;
  split_options shares{.train = 0.8, .validation = 0.1};
  /// For `temporal`, instead of shares: where validation and test begin; or where test begins, then
  /// validation is the last third of what comes before it.
  std::vector<split_border> at{};
  /// Drawn before the split, so that no negative of one part is a positive of another
  /// (`draw_negatives`).
  negative_options negatives{.per_positive = 0};
  std::uint64_t seed = 1;
};

/// What became of the values of a field.
struct click_field_account {
  index_t values = 0;        ///< different ones in all parts
  index_t rare = 0;          ///< shown in training, but fewer than `min_count` times: row 0
  index_t rare_shown = 0;    ///< how often training shows one of them
  index_t unseen = 0;        ///< that training never shows: row 0
  index_t unseen_shown = 0;  ///< how often validation and test show one of them
  friend bool operator==(const click_field_account&, const click_field_account&) = default;
};

/// Impressions in parts, with the names of their rows, and what became of the rest.
struct click_dataset {
  impressions train;
  impressions validation;
  impressions test;
  /// Of each field: its rows. Row 0 is `rare_name`; the empty text is what was missing.
  std::vector<id_map> values;
  std::vector<click_field_account> fields;  ///< of each field
  /// Of each feature, of the training part: what was taken off, and what was divided by. A feature
  /// that is constant there has deviation 1.
  std::vector<double> means, deviations;
  click_schema
      schema;         ///< what a server has to know of the columns, with those means and deviations
  index_t drawn = 0;  ///< impressions that were not read but drawn
  bool split_by_time = false;
};

/// The name of row 0 of every field: values that are rare in training, and all that it never shows.
/// With `min_count` 1 no training impression shows it: what a model has there, it has not learnt.
inline constexpr std::string_view rare_name = "<rare>";

/// Parts from files of their own.
struct given_click_parts {
  const loaded_impressions* validation = nullptr;
  const loaded_impressions* test = nullptr;
};

namespace detail {

/// The smallest t such that at least a share q of the times lies before it.
inline std::int64_t moment_after_share(std::vector<std::int64_t> times, double q) {
  if (!(q > 0 && q <= 1))
    throw_error<argument_error>("click_dataset: a share to split at must be in (0, 1], got ", q);
  const double exact = q * static_cast<double>(times.size());
  const auto count = static_cast<std::ptrdiff_t>(std::max(1.0, std::ceil(exact - 1e-6)));
  const auto last = times.begin() + (count - 1);
  std::ranges::nth_element(times, last);
  return *last + 1;
}

/// Of each impression its part: 0, 1, 2 for train, validation, test.
using part_numbers = std::vector<std::uint8_t>;

inline part_numbers parts_at_random(std::size_t n, const split_options& shares,
                                    std::uint64_t seed) {
  const random_stream stream(seed, purpose::split);
  std::vector<std::pair<std::uint64_t, std::size_t>> order(n);
  for (std::size_t i = 0; i < n; ++i) {
    auto engine = stream.at(0, i);
    const std::uint64_t high = engine();
    order[i] = {high << 32 | engine(), i};
  }
  const auto until = [&](double share) {
    return std::min(static_cast<std::size_t>(std::llround(share * static_cast<double>(n))), n);
  };
  const std::array<std::size_t, 2> border{until(shares.train),
                                          until(shares.train + shares.validation)};
  const auto at = [&](std::size_t k) { return order.begin() + static_cast<std::ptrdiff_t>(k); };
  std::ranges::nth_element(order, at(border[1]));
  std::ranges::nth_element(order.begin(), at(border[0]), at(border[1]));
  part_numbers part(n);
  for (std::size_t k = 0; k < n; ++k)
    part[order[k].second] = k < border[0] ? 0 : k < border[1] ? 1 : 2;
  return part;
}

inline part_numbers parts_at_moments(std::span<const std::int64_t> times, std::int64_t validation,
                                     std::int64_t test) {
  if (test < validation)
    throw_error<argument_error>("click_dataset: test begins at second ", test,
                                ", before validation at ", validation);
  part_numbers part;
  part.reserve(times.size());
  for (const std::int64_t t : times) part.push_back(t < validation ? 0 : t < test ? 1 : 2);
  return part;
}

/// A border in seconds: what is at it or after it lies behind.
inline std::int64_t second_of(const std::vector<std::int64_t>& times, const split_border& b) {
  if (!b.time) return moment_after_share(times, b.share);
  return *b.time / 1000 + (*b.time % 1000 > 0 ? 1 : 0);
}

/// @param test_given  whether validation alone is split off
inline part_numbers parts_by_time(const impressions& data, const click_dataset_options& o,
                                  bool test_given) {
  if (data.times().empty())
    throw_error<argument_error>("click_dataset: a split by time needs times: name their column");
  const std::vector<std::int64_t> times(data.times().begin(), data.times().end());
  if (std::ranges::max(times) == std::numeric_limits<std::int64_t>::max())
    throw_error<argument_error>("click_dataset: no moment is after ", std::ranges::max(times));
  const std::int64_t never = std::ranges::max(times) + 1;
  if (o.at.size() > (test_given ? 1 : 2))
    throw_error<argument_error>("click_dataset: expected at most ", test_given ? 1 : 2,
                                " moments to split at, got ", o.at.size());
  if (test_given) {
    const double train = o.shares.train / (o.shares.train + o.shares.validation);
    const std::int64_t begin =
        o.at.empty() ? moment_after_share(times, train) : second_of(times, o.at[0]);
    return parts_at_moments(times, begin, std::max(begin, never));
  }
  if (o.at.empty())
    return parts_at_moments(
        times, moment_after_share(times, o.shares.train),
        moment_after_share(times, std::min(1.0, o.shares.train + o.shares.validation)));
  const std::int64_t test = second_of(times, o.at.back());
  if (o.at.size() == 2) return parts_at_moments(times, second_of(times, o.at[0]), test);
  std::vector<std::int64_t> before = times;
  std::erase_if(before, [&](std::int64_t t) { return t >= test; });
  if (before.empty())
    throw_error<argument_error>("click_dataset: no impression lies before the moment to split at");
  return parts_at_moments(times, std::min(moment_after_share(before, 2.0 / 3), test), test);
}

/// Makes the parts of one training file.
class click_dataset_maker {
 public:
  click_dataset_maker(const loaded_impressions& data, part_numbers part,
                      const click_dataset_options& o)
      : data_{&data}, part_{std::move(part)}, options_{&o} {
    made_.drawn = data.drawn;
    made_.split_by_time = o.kind == split_kind::temporal;
    for (std::size_t k = 0; k < data.data.fields().size(); ++k) find_rows(k);
    for (std::size_t f = 0; f < data.features.size(); ++f) find_scale(f);
    made_.schema = schema_of(data);
    std::size_t f = 0;
    for (click_column& c : made_.schema.columns)
      if (c.use == column_use::standardised) {
        c.mean = made_.means[f];
        c.deviation = made_.deviations[f++];
      }
  }

  click_dataset make(const given_click_parts& given) && {
    made_.train = gather(0);
    made_.validation = given.validation ? align(*given.validation, "validation") : gather(1);
    made_.test = given.test ? align(*given.test, "test") : gather(2);
    for (const auto& [part, name] : {std::pair(&made_.train, "train"),
                                     {&made_.validation, "validation"},
                                     {&made_.test, "test"}})
      if (const index_t clicks = part->clicks(); clicks == 0 || clicks == part->size())
        throw_error<data_error>("click_dataset: expected labels of 0 and of 1 in part ", name,
                                ", got ", part->size(), " impressions of which ", clicks, " are 1",
                                clicks > 0 && data_->label.empty()
                                    ? ": without column of labels negatives are to be "
                                      "drawn (--negatives)"
                                    : "");
    return std::move(made_);
  }

 private:
  [[nodiscard]] bool trains(index_t i) const { return part_[static_cast<std::size_t>(i)] == 0; }

  /// Decides on the rows of a field.
  void find_rows(std::size_t k) {
    const impressions& data = data_->data;
    const text_list& texts = data_->values[k];
    std::vector<index_t> train(texts.size()), others(texts.size());
    for (index_t i = 0; i < data.size(); ++i)
      for (const row_id r : data.values(i, k))
        ++(trains(i) ? train : others)[static_cast<std::size_t>(r)];
    click_field_account& account = made_.fields.emplace_back();
    std::vector<row_id>& rows = rows_.emplace_back(texts.size(), 0);
    std::vector<std::string_view> names{rare_name};
    for (std::size_t v = 0; v < texts.size(); ++v) {
      if (texts[v] == rare_name)
        throw_error<data_error>("click_dataset: field ", shown(data.fields()[k].name),
                                " has a value ", shown(rare_name), ", the name of the shared row");
      account.values += train[v] + others[v] > 0 ? 1 : 0;
      if (train[v] == 0) {
        account.unseen += others[v] > 0 ? 1 : 0;
        account.unseen_shown += others[v];
      } else if (train[v] < options_->min_count) {
        ++account.rare;
        account.rare_shown += train[v];
      } else {
        rows[v] = static_cast<row_id>(names.size());
        names.push_back(texts[v]);
      }
    }
    made_.values.emplace_back(names);
    trained_.push_back(std::move(train));
    fields_.push_back({.name = data.fields()[k].name,
                       .rows = static_cast<index_t>(names.size()),
                       .pooled = data.fields()[k].pooled});
  }

  /// Mean and deviation of a feature in training.
  void find_scale(std::size_t f) {
    const std::vector<double>& x = data_->numbers[f];
    double sum = 0, count = 0;
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (part_[i] == 0 && !std::isnan(x[i])) {
        sum += x[i];
        ++count;
        least = std::min(least, x[i]);
        most = std::max(most, x[i]);
      }
    const double mean = count > 0 ? sum / count : 0;
    double squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (part_[i] == 0 && !std::isnan(x[i])) squares += (x[i] - mean) * (x[i] - mean);
    const double deviation = count > 0 ? std::sqrt(squares / count) : 0;
    made_.means.push_back(mean);
    // Of equal numbers the mean may be another one by rounding.
    made_.deviations.push_back(least < most && deviation > 0 ? deviation : 1);
  }

  /// A part of the training file.
  impressions gather(std::uint8_t part) const {
    std::vector<index_t> which;
    which.reserve(static_cast<std::size_t>(std::ranges::count(part_, part)));
    for (std::size_t i = 0; i < part_.size(); ++i)
      if (part_[i] == part) which.push_back(static_cast<index_t>(i));
    if (which.empty())
      throw_error<data_error>("click_dataset: expected impressions in each part, got none of ",
                              part_.size(), " in ",
                              part == 0   ? "train"
                              : part == 1 ? "validation"
                                          : "test");
    std::vector<std::size_t> fields(fields_.size()), features(data_->features.size());
    for (std::size_t k = 0; k < fields.size(); ++k) fields[k] = k;
    for (std::size_t f = 0; f < features.size(); ++f) features[f] = f;
    return make_part(*data_, which, fields, features, rows_);
  }

  /// @param fields, features  of `from`, in the order of the training file
  /// @param rows              of each field, for each value of `from`
  impressions make_part(const loaded_impressions& from, std::span<const index_t> which,
                        std::span<const std::size_t> fields, std::span<const std::size_t> features,
                        std::span<const std::vector<row_id>> rows) const {
    impressions::parts p;
    p.fields = fields_;
    p.features = data_->features;
    const auto pools = static_cast<std::size_t>(
        std::ranges::count(fields_, true, [](const click_field& f) { return f.pooled; }));
    p.single.reserve(which.size() * (fields_.size() - pools));
    p.pooled.resize(pools);
    for (auto& list : p.pooled) list.offsets.reserve(which.size() + 1);
    p.labels.reserve(which.size());
    if (!from.data.times().empty()) p.times.reserve(which.size());
    p.numbers.resize(std::ssize(which), std::ssize(features));
    for (std::size_t j = 0; j < which.size(); ++j) {
      const index_t i = which[j];
      std::size_t pool = 0;
      for (std::size_t k = 0; k < fields_.size(); ++k) {
        const auto values = from.data.values(i, fields[k]);
        if (!fields_[k].pooled) {
          p.single.push_back(rows[k][static_cast<std::size_t>(values[0])]);
          continue;
        }
        pooled_values& list = p.pooled[pool++];
        for (const row_id v : values) list.values.push_back(rows[k][static_cast<std::size_t>(v)]);
        list.offsets.push_back(std::ssize(list.values));
      }
      for (std::size_t f = 0; f < features.size(); ++f)
        p.numbers(static_cast<index_t>(j), static_cast<index_t>(f)) =
            standardised(from.numbers[features[f]][static_cast<std::size_t>(i)], made_.means[f],
                         made_.deviations[f]);
      p.labels.push_back(from.data.labels()[static_cast<std::size_t>(i)]);
      if (!from.data.times().empty())
        p.times.push_back(from.data.times()[static_cast<std::size_t>(i)]);
    }
    return impressions(std::move(p));
  }

  /// A part from a file of its own.
  impressions align(const loaded_impressions& from, const char* part) {
    std::vector<std::size_t> fields, features;
    std::vector<std::vector<row_id>> rows;
    const auto refuse = [&](const std::string& name, const char* got) {
      throw_error<data_error>("click_dataset: expected column ", shown(name),
                              " of the training file in the file of part ", part, ", got ", got);
    };
    for (std::size_t k = 0; k < fields_.size(); ++k) {
      const auto at = std::ranges::find(from.data.fields(), fields_[k].name, &click_field::name);
      if (at == from.data.fields().end()) refuse(fields_[k].name, "no such field");
      if (at->pooled != fields_[k].pooled)
        refuse(fields_[k].name, at->pooled ? "a pooled field" : "a field of one value");
      fields.push_back(static_cast<std::size_t>(at - from.data.fields().begin()));
      rows.push_back(rows_of(from, fields.back(), k));
    }
    for (const std::string& name : data_->features) {
      const auto at = std::ranges::find(from.features, name);
      if (at == from.features.end()) refuse(name, "no such feature");
      features.push_back(static_cast<std::size_t>(at - from.features.begin()));
    }
    std::vector<index_t> which(static_cast<std::size_t>(from.data.size()));
    for (std::size_t i = 0; i < which.size(); ++i) which[i] = static_cast<index_t>(i);
    return make_part(from, which, fields, features, rows);
  }

  /// The rows of the values of another file; what is unseen is counted.
  std::vector<row_id> rows_of(const loaded_impressions& from, std::size_t its, std::size_t k) {
    const text_list &known = data_->values[k], &texts = from.values[its];
    std::vector<std::string_view> names;
    for (std::size_t v = 0; v < known.size(); ++v) names.push_back(known[v]);
    const id_map all(names);
    std::vector<row_id> rows;
    std::vector<bool> unseen;
    for (std::size_t v = 0; v < texts.size(); ++v) {
      if (texts[v] == rare_name)
        throw_error<data_error>("click_dataset: field ", shown(fields_[k].name), " has a value ",
                                shown(rare_name), ", the name of the shared row");
      const auto same = all.find(texts[v]);
      rows.push_back(same ? rows_[k][static_cast<std::size_t>(*same)] : 0);
      unseen.push_back(!same || trained_[k][static_cast<std::size_t>(*same)] == 0);
    }
    click_field_account& account = made_.fields[k];
    const std::vector<double> counts = from.data.frequency(its);
    for (std::size_t v = 0; v < texts.size(); ++v)
      if (unseen[v]) {
        account.unseen_shown += static_cast<index_t>(counts[v]);
        if (!all.find(texts[v]) && met_[k].emplace(texts[v]).second) {
          ++account.unseen;
          ++account.values;
        }
      }
    return rows;
  }

  const loaded_impressions* data_;
  part_numbers part_;
  const click_dataset_options* options_;
  std::vector<click_field> fields_;
  std::vector<std::vector<row_id>> rows_;      ///< of each field and value
  std::vector<std::vector<index_t>> trained_;  ///< how often training shows it
  std::map<std::size_t, std::set<std::string, std::less<>>>
      met_;  ///< of each field, in no file before
  click_dataset made_;
};

}  // namespace detail

/// Draws negatives if they are asked for, splits, and numbers rows: row 0 of every table for values
/// that training shows fewer than `min_count` times or never, the others in the order in which they
/// first appear. Parts keep the order of the file.
/// @param given  parts of their own. With both, all of `data` is to train on; with a test part
///               alone, `data` is split into train and validation in proportion to the shares
/// @throws argument_error if an option is out of range, or times are missing; data_error if a part
///         is empty or has labels of one kind only, if columns of a given part are not those of
///         `data`, or if a value has the name of the shared row
/// O(values). Memory beside `data`: the parts, and 24 bytes for each different value.
[[nodiscard]] inline click_dataset make_click_dataset(loaded_impressions data,
                                                      const click_dataset_options& o = {},
                                                      const given_click_parts& given = {}) {
  using detail::throw_error;
  if (o.min_count < 1)
    throw_error<argument_error>("click_dataset: min_count must be at least 1, got ", o.min_count);
  if (o.kind == split_kind::last)
    throw_error<argument_error>("click_dataset: expected a split at random or by time");
  if (!o.at.empty() && o.kind != split_kind::temporal)
    throw_error<argument_error>("click_dataset: moments to split at need a split by time");
  if (given.validation && !given.test)
    throw_error<argument_error>("click_dataset: expected a test part beside the validation part");
  detail::check_shares("click_dataset", o.shares);
  if (o.negatives.per_positive != 0) {
    if (given.test)
      throw_error<argument_error>(
          "click_dataset: negatives are drawn of one file: parts of their own must have labels of "
          "0 and 1, or be one file that is split");
    data = draw_negatives(std::move(data), o.negatives, o.seed);
  }
  const auto n = static_cast<std::size_t>(data.data.size());
  detail::part_numbers part;
  if (given.validation) {
    part.assign(n, 0);
  } else if (o.kind == split_kind::temporal) {
    part = detail::parts_by_time(data.data, o, given.test != nullptr);
  } else {
    split_options shares = o.shares;
    if (given.test) {
      shares.train /= o.shares.train + o.shares.validation;
      shares.validation = 1 - shares.train;
    }
    part = detail::parts_at_random(n, shares, o.seed);
  }
  return detail::click_dataset_maker(data, std::move(part), o).make(given);
}

}  // namespace ciess
