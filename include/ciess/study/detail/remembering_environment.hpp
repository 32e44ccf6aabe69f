// SPDX-License-Identifier: MIT
/// @file
/// An environment that measures nothing twice for whoever asks for the quality alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <ciess/core/fields.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/search/environment.hpp>

namespace ciess::detail {

/// 64 bits that stand for the sizes of all rows.
[[nodiscard]] inline std::uint64_t fingerprint_of(const assignment& sizes) {
  std::uint64_t all = fingerprint(std::span<const float>());
  for (const auto& table : sizes) all = fingerprint(std::span(table.values()), all);
  return all;
}

/// Qualities that have been measured, by `fingerprint_of` their sizes.
using measured_qualities = std::map<std::uint64_t, double>;

/// Hands everything on to E; see `trials::judge`.
template <class E>
class remembering_environment {
 public:
  remembering_environment(E& env, measured_qualities& known) : env_{&env}, known_{&known} {}

  [[nodiscard]] std::span<const table_shape> shapes() const { return env_->shapes(); }
  [[nodiscard]] std::span<const double> frequency(std::size_t t) const {
    return env_->frequency(t);
  }
  measurement full() { return env_->full(); }
  measurement measure(const assignment& sizes) {
    measurement m = env_->measure(sizes);
    (*known_)[fingerprint_of(sizes)] = m.quality;
    return m;
  }
  double quality(const assignment& sizes) {
    const auto known = known_->find(fingerprint_of(sizes));
    return known != known_->end() ? known->second : measure(sizes).quality;
  }

  [[nodiscard]] std::size_t kind(std::size_t t) const
    requires requires(const E& e) { e.kind(t); }
  {
    return env_->kind(t);
  }
  [[nodiscard]] decltype(auto) full_table(std::size_t t) const
    requires energetic_environment<E>
  {
    return env_->full_table(t);
  }
  [[nodiscard]] std::size_t axes_group(std::size_t t) const
    requires requires(const E& e) { e.axes_group(t); }
  {
    return env_->axes_group(t);
  }
  [[nodiscard]] auto warm_copy()
    requires requires(E& e) { e.warm_copy(); }
  {
    return env_->warm_copy();
  }
  [[nodiscard]] auto held_out_batches(std::uint64_t seed) const
    requires requires(const E& e) { e.held_out_batches(seed); }
  {
    return env_->held_out_batches(seed);
  }
  [[nodiscard]] number_format stored_as() const
    requires requires(const E& e) { e.stored_as(); }
  {
    return env_->stored_as();
  }
  [[nodiscard]] budget byte_budget(double removed, int multiple) const
    requires requires(const E& e) { e.byte_budget(double{}, int{}); }
  {
    return env_->byte_budget(removed, multiple);
  }
  [[nodiscard]] int measure_steps() const
    requires requires(const E& e) { e.measure_steps(); }
  {
    return env_->measure_steps();
  }
  template <class F>
  void visit_conditions(F& f) const {
    if constexpr (requires { env_->visit_conditions(f); }) env_->visit_conditions(f);
  }

 private:
  E* env_;
  measured_qualities* known_;
};

}  // namespace ciess::detail
