// SPDX-License-Identifier: MIT
/// @file
/// What an agent remembers: a ring of transitions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>

namespace ciess {

/// Transitions drawn from a replay buffer, n of them.
struct transition_batch {
  matrix state;                     ///< [n, state size]
  std::vector<float> size, reward;  ///< [n]; the size is the action, in columns
  matrix next_state;                ///< [n, state size]
};

/// The last `capacity` transitions (state, size, reward, next state) of the rows of one table. A
/// full buffer overwrites the oldest. Memory: 4 (2 state_size + 2) bytes a transition, taken as it
/// fills.
class replay_buffer {
 public:
  /// @param capacity  in transitions, 1 to 2^32 - 1
  /// @throws argument_error if a number is out of range
  replay_buffer(index_t state_size, index_t capacity)
      : width_{static_cast<std::size_t>(state_size)},
        capacity_{static_cast<std::size_t>(capacity)} {
    if (state_size < 1)
      detail::throw_error<argument_error>("replay_buffer: state_size must be >= 1, got ",
                                          state_size);
    if (capacity < 1 || capacity_ > std::numeric_limits<std::uint32_t>::max())
      detail::throw_error<argument_error>("replay_buffer: capacity must be in [1, 2^32 - 1], got ",
                                          capacity);
  }

  /// Transitions that so many bytes hold; 0 if they do not hold one.
  /// @throws argument_error if state_size < 1 or bytes < 0
  [[nodiscard]] static index_t capacity_of(std::int64_t bytes, index_t state_size) {
    if (state_size < 1 || bytes < 0)
      detail::throw_error<argument_error>(
          "replay_buffer: capacity_of() needs bytes >= 0 and state_size >= 1, got ", bytes, " and ",
          state_size);
    return static_cast<index_t>(bytes / 8 / (std::int64_t{state_size} + 1));
  }

  [[nodiscard]] index_t state_size() const noexcept { return static_cast<index_t>(width_); }
  [[nodiscard]] index_t capacity() const noexcept { return static_cast<index_t>(capacity_); }
  [[nodiscard]] index_t size() const noexcept { return static_cast<index_t>(size_.size()); }
  [[nodiscard]] bool empty() const noexcept { return size_.empty(); }

  /// Adds n transitions, in order. Of more than `capacity()` only the last stay. Amortised O(n).
  /// @param states, next_states  [n, state_size()]
  /// @param sizes, rewards       [n]
  /// @throws argument_error if a length differs, numeric_error if a number is not finite; nothing
  /// is changed then
  void push(const matrix_view& states, std::span<const float> sizes, std::span<const float> rewards,
            const matrix_view& next_states) {
    check(states, sizes, rewards, next_states);
    const std::size_t n = sizes.size();
    const std::size_t skip = n > capacity_ ? n - capacity_ : 0;
    grow(std::min(capacity_, size_.size() + (n - skip)));
    for (std::size_t from = skip; from < n;) {
      const std::size_t run = std::min(n - from, capacity_ - next_);
      const auto rows = static_cast<index_t>(run);
      const auto at = static_cast<std::ptrdiff_t>(next_);
      Eigen::Map<matrix>(state_.data() + next_ * width_, rows, state_size()) =
          states.middleRows(static_cast<index_t>(from), rows);
      Eigen::Map<matrix>(next_state_.data() + next_ * width_, rows, state_size()) =
          next_states.middleRows(static_cast<index_t>(from), rows);
      std::ranges::copy(sizes.subspan(from, run), size_.begin() + at);
      std::ranges::copy(rewards.subspan(from, run), reward_.begin() + at);
      from += run;
      next_ = (next_ + run) % capacity_;
    }
  }

  /// Draws `n` transitions with replacement; row b of the batch draws from `stream.at(step, b)`.
  /// @param out  overwritten; its memory is kept
  /// @throws argument_error if the buffer is empty or n < 1
  void sample(const random_stream& stream, std::uint64_t step, index_t n,
              transition_batch& out) const {
    if (empty()) detail::throw_error<argument_error>("replay_buffer: sample() of an empty buffer");
    if (n < 1) detail::throw_error<argument_error>("replay_buffer: sample() needs n >= 1, got ", n);
    out.state.resize(n, state_size());
    out.next_state.resize(n, state_size());
    out.size.resize(static_cast<std::size_t>(n));
    out.reward.resize(static_cast<std::size_t>(n));
    const auto held = static_cast<std::uint32_t>(size_.size());
    parallel_for(n, 1024, [&](index_t first, index_t last) {
      for (index_t b = first; b < last; ++b) {
        auto engine = stream.at(step, static_cast<std::uint64_t>(b));
        const std::size_t from = bounded(engine, held);
        const auto to = static_cast<std::size_t>(b);
        std::copy_n(state_.data() + from * width_, width_, out.state.row(b).data());
        std::copy_n(next_state_.data() + from * width_, width_, out.next_state.row(b).data());
        out.size[to] = size_[from];
        out.reward[to] = reward_[from];
      }
    });
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    auto next = static_cast<std::uint64_t>(next_);
    f("next", next);
    // These are most of what a search is: a span is saved without a copy.
    const auto numbers = [&](std::string_view name, std::vector<float>& all) {
      if constexpr (F::reads)
        f(name, all);
      else
        f(name, std::span<float>(all));
    };
    numbers("size", size_);
    numbers("reward", reward_);
    numbers("state", state_);
    numbers("next_state", next_state_);
    if constexpr (F::reads) {
      const std::size_t n = size_.size();
      f.check("size", n <= capacity_, "at most as many transitions as the buffer holds");
      f.check("reward", reward_.size() == n, "one for each transition");
      f.check("state", state_.size() == n * width_, "one state for each transition");
      f.check("next_state", next_state_.size() == n * width_, "one state for each transition");
      for (const auto& [name, kept] :
           {std::pair{"size", &size_}, std::pair{"reward", &reward_}, std::pair{"state", &state_},
            std::pair{"next_state", &next_state_}})
        f.check(name, detail::all_finite(*kept), "finite numbers");
      f.check("next", n < capacity_ ? next == n : next < capacity_,
              "the place after the transition that came last");
      next_ = static_cast<std::size_t>(next);
    }
  }

 private:
  void check(const matrix_view& states, std::span<const float> sizes,
             std::span<const float> rewards, const matrix_view& next_states) const {
    const auto n = static_cast<index_t>(sizes.size());
    if (states.rows() != n || next_states.rows() != n ||
        static_cast<index_t>(rewards.size()) != n || states.cols() != state_size() ||
        next_states.cols() != state_size())
      detail::throw_error<argument_error>(
          "replay_buffer: push() of states [", states.rows(), ", ", states.cols(), "], ", n,
          " sizes, ", rewards.size(), " rewards, next states [", next_states.rows(), ", ",
          next_states.cols(), "]; states have ", width_, " numbers");
    const auto finite = [](const char* what, const auto& numbers) {
      if (!numbers.allFinite())
        detail::throw_error<numeric_error>("replay_buffer: push() of a ", what,
                                           " that is not finite");
    };
    using vector = Eigen::Map<const Eigen::VectorXf>;
    finite("state", states);
    finite("size", vector(sizes.data(), n));
    finite("reward", vector(rewards.data(), n));
    finite("next state", next_states);
  }

  void grow(std::size_t transitions) {
    if (transitions <= size_.size()) return;
    // All or none: what has grown when memory runs out is reserve, not content.
    const auto room = [&](std::vector<float>& v, std::size_t width) {
      if (v.capacity() < transitions * width)
        v.reserve(std::min(capacity_, std::max(transitions, 2 * size_.size())) * width);
    };
    room(state_, width_);
    room(next_state_, width_);
    room(size_, 1);
    room(reward_, 1);
    state_.resize(transitions * width_);
    next_state_.resize(transitions * width_);
    size_.resize(transitions);
    reward_.resize(transitions);
  }

  std::size_t width_;
  std::size_t capacity_;
  std::size_t next_ = 0;                   ///< where the next transition goes
  std::vector<float> state_, next_state_;  ///< [size(), width_]
  std::vector<float> size_, reward_;       ///< [size()]
};

}  // namespace ciess
