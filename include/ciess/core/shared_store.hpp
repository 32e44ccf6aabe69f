// SPDX-License-Identifier: MIT
/// @file
/// The store of a group of processes: one of them keeps, all go on from it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <ciess/core/detail/kept_fields.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/core/state_store.hpp>

namespace ciess {

/// A `state_store` whose states are the root's alone. What it loads, it sends to the others, so
/// they need not see its files; and since states know nothing of processes, another number of them
/// may go on.
///
/// All processes load the same states in the same order; `save` and `due` are the root's business.
/// Cost of a load: the bytes of the state, to each of the others, and two to three times as many
/// for a moment in memory.
template <class Store>
class shared_store {
 public:
  /// @param of_root  the store, on the root; null on the others. Referred to
  /// @throws argument_error if the root has none
  shared_store(process_group& processes, Store* of_root)
      : processes_{&processes}, store_{processes.is_root() ? of_root : nullptr} {
    if (processes.is_root() && of_root == nullptr)
      detail::throw_error<argument_error>("shared_store: rank 0 needs a store");
  }

  /// @throws on each process what the root's store threw
  template <class S>
  bool load(std::string_view name, S& state) {
    if (processes_->size() == 1) return store_->load(name, state);
    const std::string bytes = processes_->from_root(name, [&] {
      return store_->load(name, state) ? detail::kept_fields(state).packed() : std::string();
    });
    if (bytes.empty()) return false;
    if (!processes_->is_root()) detail::kept_fields(std::string_view(bytes)).put_into(state);
    return true;
  }
  template <class S>
  void save(std::string_view name, S& state) {
    if (store_) store_->save(name, state);
  }
  [[nodiscard]] bool due() const { return store_ && store_->due(); }

  /// The group that shares it.
  [[nodiscard]] const process_group& shared_by() const noexcept { return *processes_; }

 private:
  process_group* processes_;
  Store* store_;
};

}  // namespace ciess
