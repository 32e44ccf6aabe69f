// SPDX-License-Identifier: MIT
/// @file
/// Many short texts in one piece of memory.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ciess {

/// Texts by number from 0. 8 bytes a text and its bytes.
class text_list {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  /// Valid until the list changes.  @pre k < size()
  [[nodiscard]] std::string_view operator[](std::size_t k) const noexcept {
    assert(k < size());
    const std::size_t begin = k == 0 ? 0 : static_cast<std::size_t>(ends_[k - 1]);
    return std::string_view(bytes_).substr(begin, static_cast<std::size_t>(ends_[k]) - begin);
  }
  void push_back(std::string_view text) {
    bytes_ += text;
    ends_.push_back(bytes_.size());
  }
  void reserve(std::size_t texts, std::size_t bytes) {
    ends_.reserve(texts);
    bytes_.reserve(bytes);
  }
  friend bool operator==(const text_list&, const text_list&) = default;

 private:
  std::string bytes_;
  std::vector<std::uint64_t> ends_;  ///< of each text
};

}  // namespace ciess
