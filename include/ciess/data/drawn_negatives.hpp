// SPDX-License-Identifier: MIT
/// @file
/// Impressions that never were, for data that holds nothing but clicks.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/data/loaded_impressions.hpp>
#include <ciess/data/negative_sampler.hpp>

namespace ciess {

/// Which negatives are drawn.
struct negative_options {
  index_t per_positive = 1;    ///< for each impression with label 1; different ones
  std::string field = "item";  ///< whose value another takes the place of; not pooled
  /// Fields and features that go with that value, such as the genres and the year of a film: they
  /// are taken from an impression of the other value. Each value must have the same everywhere.
  std::vector<std::string> along{};
};

namespace detail {

/// What a negative is made of: the side of the replaced field from one impression, all else from
/// another.
struct negative_source {
  index_t context = 0;
  index_t other = 0;
};

/// Draws negatives.
/// @param Number  callable (index_t impression, std::size_t feature) -> double
template <class Number>
class negative_drawer {
 public:
  negative_drawer(const impressions& data, std::span<const std::string> features, Number number,
                  const negative_options& o)
      : data_{&data}, features_{features}, number_{std::move(number)}, options_{&o} {
    const auto fields = data.fields();
    if (o.per_positive < 0)
      throw_error<argument_error>("draw_negatives: per_positive must be at least 0, got ",
                                  o.per_positive);
    const auto field = std::ranges::find(fields, o.field, &click_field::name);
    if (field == fields.end()) refuse_name(o.field);
    if (field->pooled)
      throw_error<argument_error>("draw_negatives: expected a field of one value, got ", o.field,
                                  ", which is pooled");
    field_ = static_cast<std::size_t>(field - fields.begin());
    field_moves_.assign(fields.size(), false);
    feature_moves_.assign(features.size(), false);
    for (const std::string& name : o.along) {
      const auto f = std::ranges::find(fields, name, &click_field::name);
      const auto n = std::ranges::find(features, name);
      if (f != fields.end())
        field_moves_[static_cast<std::size_t>(f - fields.begin())] = true;
      else if (n != features.end())
        feature_moves_[static_cast<std::size_t>(n - features.begin())] = true;
      else
        refuse_name(name);
    }
    field_moves_[field_] = true;
    find_values();
    check_along();
    find_seen();
  }

  /// Which fields and features come from the other impression.
  [[nodiscard]] const std::vector<bool>& field_moves() const noexcept { return field_moves_; }
  [[nodiscard]] const std::vector<bool>& feature_moves() const noexcept { return feature_moves_; }

  /// In the order of the positives.
  [[nodiscard]] std::vector<negative_source> draw(std::uint64_t seed) const {
    const random_stream stream = random_stream(seed, purpose::split).child(1);
    const auto wanted = static_cast<std::size_t>(options_->per_positive);
    std::vector<negative_source> all;
    all.reserve(static_cast<std::size_t>(data_->clicks()) * wanted);
    std::vector<std::uint32_t> drawn;  // ascending, of this positive
    for (index_t i = 0; i < data_->size(); ++i) {
      if (data_->labels()[static_cast<std::size_t>(i)] == 0) continue;
      const auto seen = seen_by(i);
      const std::size_t left = shown_by_.size() - seen.size();
      if (left < wanted)
        throw_error<data_error>("draw_negatives: expected ", wanted, " other values of field ",
                                shown(options_->field), " beside those seen in the context of ",
                                "impression ", i, ", got ", left);
      auto engine = stream.at(0, static_cast<std::uint64_t>(i));
      drawn.clear();
      for (std::size_t k = 0; k < wanted; ++k) {
        std::uint32_t r = bounded(engine, static_cast<std::uint32_t>(left - k));
        auto at = drawn.begin();  // the r-th of those that are not drawn yet
        for (; at != drawn.end() && *at <= r; ++at) ++r;
        drawn.insert(at, r);
        const auto value = unseen_item(seen, std::ssize(shown_by_), r);
        all.push_back({i, shown_by_[static_cast<std::size_t>(value)]});
      }
    }
    return all;
  }

 private:
  [[noreturn]] void refuse_name(const std::string& name) const {
    std::string all;
    for (const auto& f : data_->fields()) all += (all.empty() ? "" : ", ") + shown(f.name);
    for (const auto& f : features_) all += ", " + shown(f);
    throw_error<argument_error>("draw_negatives: expected one of ", all, ", got ", shown(name));
  }

  row_id value(index_t i) const { return data_->values(i, field_)[0]; }

  /// Numbers the values that an impression shows, by ascending row.
  void find_values() {
    std::vector<index_t> first(static_cast<std::size_t>(data_->fields()[field_].rows), -1);
    for (index_t i = data_->size() - 1; i >= 0; --i) first[static_cast<std::size_t>(value(i))] = i;
    number_of_.assign(first.size(), -1);
    for (std::size_t v = 0; v < first.size(); ++v)
      if (first[v] >= 0) {
        number_of_[v] = static_cast<row_id>(shown_by_.size());
        shown_by_.push_back(first[v]);
      }
  }

  void check_along() const {
    const auto refuse = [&](const std::string& name, index_t i, index_t first) {
      throw_error<data_error>("draw_negatives: ", shown(name), " is to go with field ",
                              shown(options_->field), ", but impressions ", first, " and ", i,
                              " have the same ", shown(options_->field), " and not the same ",
                              shown(name));
    };
    for (index_t i = 0; i < data_->size(); ++i) {
      const index_t first =
          shown_by_[static_cast<std::size_t>(number_of_[static_cast<std::size_t>(value(i))])];
      for (std::size_t k = 0; k < field_moves_.size(); ++k)
        if (field_moves_[k] && !std::ranges::equal(data_->values(i, k), data_->values(first, k)))
          refuse(data_->fields()[k].name, i, first);
      for (std::size_t f = 0; f < feature_moves_.size(); ++f)
        if (feature_moves_[f] && bits(i, f) != bits(first, f)) refuse(features_[f], i, first);
    }
  }

  std::uint64_t bits(index_t i, std::size_t f) const {
    return std::bit_cast<std::uint64_t>(number_(i, f));
  }

  /// Numbers contexts: what all that does not move says together.
  std::vector<std::uint32_t> contexts() const {
    std::vector<std::uint32_t> context(static_cast<std::size_t>(data_->size()), 0);
    std::unordered_map<std::uint64_t, std::uint32_t> numbers;
    std::uint32_t next = 0;
    const auto fold = [&](std::uint32_t with, std::uint32_t value) {
      const auto [at, is_new] = numbers.try_emplace(std::uint64_t{with} << 32 | value, next);
      next += is_new ? 1U : 0U;
      return at->second;
    };
    const auto renumber = [&](auto step) {
      numbers.clear();
      next = 0;
      for (std::size_t i = 0; i < context.size(); ++i)
        context[i] = step(static_cast<index_t>(i), context[i]);
    };
    for (std::size_t k = 0; k < field_moves_.size(); ++k) {
      if (field_moves_[k]) continue;
      if (!data_->fields()[k].pooled) {
        renumber([&](index_t i, std::uint32_t with) {
          return fold(with, static_cast<std::uint32_t>(data_->values(i, k)[0]));
        });
        continue;
      }
      // Value after value; a list that ends stays as it is, marked by a number that no row has.
      std::size_t longest = 0;
      for (index_t i = 0; i < data_->size(); ++i)
        longest = std::max(longest, data_->values(i, k).size());
      for (std::size_t at = 0; at < longest; ++at)
        renumber([&](index_t i, std::uint32_t with) {
          const auto list = data_->values(i, k);
          return fold(with, at < list.size() ? static_cast<std::uint32_t>(list[at]) : 0xFFFFFFFFU);
        });
    }
    for (std::size_t f = 0; f < feature_moves_.size(); ++f) {
      if (feature_moves_[f]) continue;
      for (const int shift : {0, 32})
        renumber([&](index_t i, std::uint32_t with) {
          return fold(with, static_cast<std::uint32_t>(bits(i, f) >> shift));
        });
    }
    return context;
  }

  /// Lists the different values seen in each context, ascending.
  void find_seen() {
    context_ = contexts();
    std::vector<std::uint64_t> pairs(context_.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto v = static_cast<std::size_t>(value(static_cast<index_t>(i)));
      pairs[i] = std::uint64_t{context_[i]} << 32 | static_cast<std::uint32_t>(number_of_[v]);
    }
    std::ranges::sort(pairs);
    const auto rest = std::ranges::unique(pairs);
    pairs.erase(rest.begin(), rest.end());
    seen_.reserve(pairs.size());
    for (const std::uint64_t p : pairs) {
      while (begins_.size() <= p >> 32) begins_.push_back(seen_.size());
      seen_.push_back(static_cast<row_id>(p & 0xFFFFFFFFU));
    }
    begins_.push_back(seen_.size());
  }

  std::span<const row_id> seen_by(index_t i) const {
    const std::size_t c = context_[static_cast<std::size_t>(i)];
    return std::span(seen_).subspan(begins_[c], begins_[c + 1] - begins_[c]);
  }

  const impressions* data_;
  std::span<const std::string> features_;
  Number number_;
  const negative_options* options_;
  std::size_t field_ = 0;
  std::vector<bool> field_moves_, feature_moves_;
  std::vector<row_id> number_of_;       ///< of each row of the field; -1 if nothing shows it
  std::vector<index_t> shown_by_;       ///< of each number: the first impression that shows it
  std::vector<std::uint32_t> context_;  ///< of each impression
  std::vector<row_id> seen_;            ///< by context
  std::vector<std::size_t> begins_;     ///< of each context in seen_
};

/// The impressions, and behind them the drawn ones.
inline impressions with_negatives(const impressions& data,
                                  std::span<const negative_source> negatives,
                                  const std::vector<bool>& field_moves,
                                  const std::vector<bool>& feature_moves) {
  impressions::parts p;
  const impressions::parts& old = data.all_parts();
  const std::size_t n = old.labels.size(), all = n + negatives.size();
  p.fields = old.fields;
  p.features = old.features;
  p.single.reserve(n == 0 ? 0 : old.single.size() / n * all);
  p.single = old.single;
  p.pooled = old.pooled;
  p.labels = old.labels;
  p.labels.resize(all, 0);
  p.times = old.times;
  for (const auto& [context, other] : negatives) {
    std::size_t pool = 0;
    for (std::size_t k = 0; k < p.fields.size(); ++k) {
      const auto from = data.values(field_moves[k] ? other : context, k);
      if (!p.fields[k].pooled) {
        p.single.push_back(from[0]);
        continue;
      }
      pooled_values& to = p.pooled[pool++];
      to.values.insert(to.values.end(), from.begin(), from.end());
      to.offsets.push_back(std::ssize(to.values));
    }
    if (!p.times.empty()) p.times.push_back(old.times[static_cast<std::size_t>(context)]);
  }
  if (!p.features.empty()) {
    p.numbers.resize(static_cast<index_t>(all), old.numbers.cols());
    p.numbers.topRows(old.numbers.rows()) = old.numbers;
    for (std::size_t j = 0; j < negatives.size(); ++j)
      for (index_t f = 0; f < p.numbers.cols(); ++f)
        p.numbers(static_cast<index_t>(n + j), f) = old.numbers(
            feature_moves[static_cast<std::size_t>(f)] ? negatives[j].other : negatives[j].context,
            f);
  }
  return impressions(std::move(p));
}

}  // namespace detail

/// Adds negatives behind the impressions, in the order of the positives: copies of each impression
/// with label 1 in which `field` has another value, drawn uniformly among those that no impression
/// shows in the same context, whatever its label. The context is what all other fields and features
/// say that do not go along, times left aside. Negatives of one positive differ; those of two may
/// be the same. What is drawn for a positive depends on the seed, its number and what was seen.
///
/// Drawn before a split, no negative of one part is a positive of another; what is not a negative
/// then tells about the other parts, as in the published data sets of this kind (Frappe,
/// MovieLens), which were made so.
/// @return the impressions themselves first
/// @throws argument_error if a name is unknown or the field pooled; data_error if what goes along
///         differs among impressions of a value, or fewer values than asked for are left
/// O(values * log impressions)
[[nodiscard]] inline impressions draw_negatives(const impressions& data, const negative_options& o,
                                                std::uint64_t seed) {
  const detail::negative_drawer drawer(
      data, data.features(),
      [&](index_t i, std::size_t f) {
        return static_cast<double>(data.numbers()(i, static_cast<index_t>(f)));
      },
      o);
  return detail::with_negatives(data, drawer.draw(seed), drawer.field_moves(),
                                drawer.feature_moves());
}

/// The same of impressions from a file.
[[nodiscard]] inline loaded_impressions draw_negatives(loaded_impressions loaded,
                                                       const negative_options& o,
                                                       std::uint64_t seed) {
  const detail::negative_drawer drawer(
      loaded.data, loaded.features,
      [&](index_t i, std::size_t f) { return loaded.numbers[f][static_cast<std::size_t>(i)]; }, o);
  const auto negatives = drawer.draw(seed);
  impressions all =
      detail::with_negatives(loaded.data, negatives, drawer.field_moves(), drawer.feature_moves());
  for (std::size_t f = 0; f < loaded.numbers.size(); ++f) {
    std::vector<double>& column = loaded.numbers[f];
    column.reserve(column.size() + negatives.size());
    for (const auto& [context, other] : negatives)
      column.push_back(
          column[static_cast<std::size_t>(drawer.feature_moves()[f] ? other : context)]);
  }
  loaded.data = std::move(all);
  loaded.drawn += std::ssize(negatives);
  return loaded;
}

}  // namespace ciess
