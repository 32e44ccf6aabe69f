// SPDX-License-Identifier: MIT
/// @file
/// Values of a categorical field on their way to row numbers.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/text_list.hpp>

namespace ciess::detail {

/// Well mixed 64 bits of a text; the same on all machines of one byte order.
inline std::uint64_t hash_of(std::string_view text) noexcept {
  const auto mix = [](std::uint64_t h) {
    h *= 0x9E3779B97F4A7C15ULL;
    return h ^ (h >> 32);
  };
  std::uint64_t h = mix(text.size() + 1);
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    h = mix(h ^ word);
  }
  std::uint64_t word = 0;
  if (!text.empty()) std::memcpy(&word, text.data(), text.size());
  return mix(mix(h ^ word));
}

/// Numbers different texts from 0 in the order in which they come, and keeps copies of them. About
/// 40 bytes and the text for each. Texts of up to eight bytes, as most values are, stand in the
/// table of hashes themselves, so that finding one touches one place in memory.
class value_column {
 public:
  /// The number of a text.  O(text)
  /// @throws data_error if there are 2^31 texts
  row_id row_of(std::string_view text) {
    if (2 * texts_.size() >= slots_.size()) grow();
    const key wanted = key_of(text);
    for (std::size_t at = wanted.hash & mask_;; at = (at + 1) & mask_) {
      const slot& s = slots_[at];
      if (s.row < 0) return add(at, wanted, text);
      if (s.word == wanted.word && s.length == wanted.length &&
          (text.size() <= 8 || texts_[static_cast<std::size_t>(s.row)] == text))
        return s.row;
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }

  /// The texts by number.
  [[nodiscard]] const text_list& texts() const& noexcept { return texts_; }
  [[nodiscard]] text_list texts() && noexcept { return std::move(texts_); }

 private:
  struct slot {
    std::uint64_t word = 0;    ///< the text, or its hash if it is longer
    std::uint32_t length = 0;  ///< of the text; all from 9 on are told apart by what they hold
    row_id row = -1;
  };
  struct key {
    std::uint64_t hash, word;
    std::uint32_t length;
  };

  static key key_of(std::string_view text) noexcept {
    const std::uint64_t hash = hash_of(text);
    if (text.size() > 8) return {hash, hash, 9};
    std::uint64_t word = 0;
    if (!text.empty()) std::memcpy(&word, text.data(), text.size());
    return {hash, word, static_cast<std::uint32_t>(text.size())};
  }

  row_id add(std::size_t at, const key& k, std::string_view text) {
    if (texts_.size() >= static_cast<std::size_t>(std::numeric_limits<row_id>::max()))
      throw_error<data_error>("expected fewer than 2^31 values of a field");
    slots_[at] = {k.word, k.length, static_cast<row_id>(texts_.size())};
    texts_.push_back(text);
    return slots_[at].row;
  }

  void grow() {
    const std::size_t size = slots_.empty() ? 64 : 2 * slots_.size();
    slots_.assign(size, {});
    mask_ = size - 1;
    for (std::size_t r = 0; r < texts_.size(); ++r) {
      const key k = key_of(texts_[r]);
      std::size_t at = k.hash & mask_;
      while (slots_[at].row >= 0) at = (at + 1) & mask_;
      slots_[at] = {k.word, k.length, static_cast<row_id>(r)};
    }
  }

  text_list texts_;          ///< of each row
  std::vector<slot> slots_;  ///< a power of two of them, at most half in use
  std::size_t mask_ = 0;
};

/// The bucket of a number (`number_use::log_buckets`).
struct log_bucket {
  bool far = false, negative = false;  ///< beyond -2 to 2; below 0
  std::int32_t step = 0;               ///< floor(log(|x|)^2) if it is far, else floor(x)

  /// @pre x is finite
  explicit log_bucket(double x) : far{std::abs(x) > 2}, negative{x < 0} {
    const double log = far ? std::log(std::abs(x)) : 0;
    step = static_cast<std::int32_t>(far ? std::floor(log * log) : std::floor(x));
  }
  /// Even numbers are those of -2 to 2, odd ones the others, with their signs.
  [[nodiscard]] std::int32_t key() const noexcept {
    return far ? (negative ? -1 : 1) * (2 * step + 1) : 2 * step;
  }
  /// What it is called among the values of a field.
  [[nodiscard]] std::string name() const {
    return far ? joined(negative ? "-" : "", "squared log ", step) : shortest_text(step);
  }
};

/// Numbers the buckets of numbers from 0 in the order in which they come.
class bucket_column {
 public:
  /// @pre x is finite
  row_id row_of(double x) {
    const log_bucket bucket(x);
    return row(bucket.key(), [&] { return bucket.name(); });
  }
  row_id row_of_missing() {
    return row(std::numeric_limits<std::int32_t>::min(), [] { return std::string(); });
  }

  [[nodiscard]] const text_list& texts() const& noexcept { return texts_; }
  [[nodiscard]] text_list texts() && noexcept { return std::move(texts_); }

 private:
  template <class Name>
  row_id row(std::int32_t key, Name name) {
    const auto [entry, is_new] = rows_.try_emplace(key, static_cast<row_id>(texts_.size()));
    if (is_new) texts_.push_back(name());
    return entry->second;
  }

  std::unordered_map<std::int32_t, row_id> rows_;
  text_list texts_;
};

}  // namespace ciess::detail
