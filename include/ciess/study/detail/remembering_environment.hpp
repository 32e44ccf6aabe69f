// SPDX-License-Identifier: MIT
/// @file
/// An environment that measures nothing twice for whoever asks for the quality alone.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <ciess/embedding/assignment.hpp>
#include <ciess/search/detail/forwarded_environment.hpp>
#include <ciess/search/detail/sizes_fingerprint.hpp>
#include <ciess/search/environment.hpp>

namespace ciess::detail {

/// Qualities that have been measured, by `fingerprint_of` their sizes.
using measured_qualities = std::map<std::uint64_t, double>;

/// Hands everything on to E; see `trials::judge`.
template <class E>
class remembering_environment : public forwarded_environment<E> {
  using forwarded_environment<E>::env_;

 public:
  remembering_environment(E& env, measured_qualities& known)
      : forwarded_environment<E>(env), known_{&known} {}

  measurement full() { return env_->full(); }
  measurement measure(const assignment& sizes) {
    measurement m = env_->measure(sizes);
    (*known_)[fingerprint_of(sizes)] = m.quality;
    return m;
  }
  double quality(const assignment& sizes) {
    const std::uint64_t print = fingerprint_of(sizes);
    if (const auto known = known_->find(print); known != known_->end()) return known->second;
    double quality = 0;
    if constexpr (requires {
                    { env_->quality(sizes) } -> std::same_as<double>;
                  })
      quality = env_->quality(sizes);
    else
      quality = env_->measure(sizes).quality;
    return (*known_)[print] = quality;
  }

  [[nodiscard]] int ahead() const
    requires requires(const E& e) { e.ahead(); }
  {
    return env_->ahead();
  }
  /// What is known is not announced.
  void prepare(std::span<const assignment> sizes)
    requires requires(E& e) { e.prepare(std::span<const assignment>()); }
  {
    std::vector<assignment> open;
    for (const assignment& a : sizes)
      if (!known_->contains(fingerprint_of(a))) open.push_back(a);
    if (!open.empty()) env_->prepare(std::span<const assignment>(open));
  }

 private:
  measured_qualities* known_;
};

}  // namespace ciess::detail
