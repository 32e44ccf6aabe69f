// SPDX-License-Identifier: MIT
/// @file
/// What an environment that stands before another one hands on to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/search/environment.hpp>

namespace ciess::detail {

/// Hands on to E what it tells of itself, measurements aside: what searches ask of an environment
/// that has more than it must.
/// @tparam E  `environment`; referred to
template <class E>
class forwarded_environment {
 public:
  explicit forwarded_environment(E& env) : env_{&env} {}

  [[nodiscard]] std::span<const table_shape> shapes() const { return env_->shapes(); }
  [[nodiscard]] std::span<const double> frequency(std::size_t t) const {
    return env_->frequency(t);
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
  [[nodiscard]] bool has_full_tables() const
    requires requires(const E& e) { e.has_full_tables(); }
  {
    return env_->has_full_tables();
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
  [[nodiscard]] auto stored_as() const
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

 protected:
  E* env_;
};

}  // namespace ciess::detail
