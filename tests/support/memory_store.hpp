// SPDX-License-Identifier: MIT
// A store of states that a process loses when it is killed, for tests that kill it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <ciess/core/state_store.hpp>

#include "support/memory_fields.hpp"

/// Keeps states in memory and is killed after so many saves.
struct killed {};
class memory_store {
 public:
  explicit memory_store(int lives_for = 1'000'000) : left_{lives_for} {}
  template <class S>
  bool load(std::string_view name, S& state) {
    const auto found = states_.find(std::string(name));
    if (found == states_.end()) return false;
    load_fields(found->second, state);
    return true;
  }
  template <class S>
  void save(std::string_view name, S& state) {
    if (left_-- == 0) throw killed{};
    states_[std::string(name)] = save_fields(state);
    ++saves;
  }
  [[nodiscard]] bool due() const { return true; }
  void revive(int lives_for) { left_ = lives_for; }
  int saves = 0;

 private:
  int left_;
  std::map<std::string, saved_fields> states_;
};
static_assert(ciess::state_store<memory_store>);
