// SPDX-License-Identifier: MIT
/// @file
/// What TD3 and DDPG share: a deterministic actor, critics, their slowly following targets, one
/// update.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/lease.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/detail/relu_walk.hpp>
#include <ciess/nn/mlp.hpp>
#include <ciess/rl/agent.hpp>
#include <ciess/rl/replay_buffer.hpp>
#include <ciess/rl/trained_network.hpp>

namespace ciess {

namespace detail {

/// Fills critic inputs, as `mlp::evaluate` wants it: states and `action(row)` in [-1, 1].
template <class Action>
auto critic_inputs(const matrix_view& states, Action action) {
  return [&states, action](index_t first, matrix_span in) {
    const index_t s = states.cols();
    in.leftCols(s) = states.middleRows(first, in.rows());
    for (index_t r = 0; r < in.rows(); ++r) in(r, s) = action(static_cast<std::size_t>(first + r));
  };
}

}  // namespace detail

/// Deterministic actor and one or more critics for sizes, trained from a replay buffer. `td3` and
/// `ddpg` are its two usual settings.
///
/// - actor   s-hidden-1, ReLU, tanh; its output in [-1, 1] is scaled to the range of sizes
/// - critics (s+1)-hidden-1 on (state, action in [-1, 1]); the first one judges
/// - targets y = r + gamma * min_k Q_k'(s', clip(pi'(s') + clip(N(0, target_noise),
/// +-target_clip)))
///
/// There is no end of episode in them: an episode is cut, not over, so the next state always has
/// its value. A value: a copy learns on by itself, with the same bytes.
class actor_critic {
 public:
  /// Defaults are the reference program's.
  struct options {
    std::vector<index_t> hidden{256,
                                256};  ///< widths of the hidden layers of every network, each >= 1
    index_t batch = 4096;              ///< transitions of an update, >= 1
    double critic_rate = 3e-3;         ///< of Adam; > 0
    double actor_rate = 1e-3;          ///< of Adam; > 0
    double gamma = 0.99;               ///< worth of the next step's reward, in [0, 1]
    double tau = 0.005;                ///< how fast targets follow, in [0, 1]
    double gradient_limit = 0.01;      ///< norm that each network's gradient is clipped to, > 0
    double actor_last_layer = 3e-3;    ///< half width of the first values of its last layer, >= 0
    int critics = 2;                   ///< >= 1; the least of their targets counts
    double target_noise = 2;           ///< standard deviation on target actions, in columns, >= 0
    double target_clip = 5;            ///< limit of that noise, in columns, >= 0
    int delay = 2;                     ///< updates of the critics for one of the actor, >= 1
  };

  /// @param state_size  numbers of a state, >= 1
  /// @param range       sizes a row may take
  /// @throws argument_error if a number is outside its stated range
  actor_critic(index_t state_size, size_range range, const options& o, std::uint64_t seed)
      : options_{checked(state_size, range, o)},
        state_size_{state_size},
        seed_{seed},
        range_{range},
        scale_{range},
        draw_replay_{seed, purpose::replay},
        draw_target_{seed, purpose::target},
        actor_(network(state_size, activation::tanh, o.actor_last_layer),
               random_stream(seed, purpose::policy).child(0)) {
    for (int k = 0; k < o.critics; ++k)
      critics_.emplace_back(
          network(state_size + 1, activation::linear, {}),
          random_stream(seed, purpose::policy).child(static_cast<std::uint64_t>(k) + 1));
  }

  [[nodiscard]] index_t state_size() const noexcept { return state_size_; }
  /// Sizes that a row may take.
  [[nodiscard]] size_range range() const noexcept { return range_; }
  [[nodiscard]] const options& settings() const noexcept { return options_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] std::int64_t updates() const noexcept { return updates_; }

  /// Sizes that the actor wants, in columns, inside the range.
  /// @param states  [n, state_size()]
  /// @param sizes   [n], overwritten
  /// @throws argument_error if a shape differs
  void propose(const matrix_view& states, std::span<float> sizes) const {
    check("propose", states, sizes.size());
    evaluate(
        actor_.net, states.rows(),
        [&](index_t first, matrix_span in) { in = states.middleRows(first, in.rows()); },
        [&](index_t first, const matrix_view& out) {
          for (index_t r = 0; r < out.rows(); ++r)
            sizes[static_cast<std::size_t>(first + r)] = scale_.to_size(out(r, 0));
        },
        actor_memory_);
  }

  /// What the first critic thinks of each size in its state. Networks that a `relu_walk` can take
  /// (as the default ones) give a row the same bytes whatever rows are asked with it; so does
  /// `propose`.
  /// @param states  [n, state_size()]
  /// @param sizes   [n], in columns
  /// @param out     [n], overwritten
  /// @throws argument_error if a shape differs
  void value(const matrix_view& states, std::span<const float> sizes, std::span<float> out) const {
    check("value", states, sizes.size());
    check("value", states, out.size());
    evaluate(
        critics_.front().net, states.rows(),
        detail::critic_inputs(states, [&](std::size_t r) { return scale_.to_action(sizes[r]); }),
        [&](index_t first, const matrix_view& q) {
          for (index_t r = 0; r < q.rows(); ++r) out[static_cast<std::size_t>(first + r)] = q(r, 0);
        },
        critic_memory_);
  }

  /// One step of every critic, and of the actor when it is its turn.
  /// Cost: 5 (9 with a second critic) forward passes of a batch, 5 more when the actor learns.
  /// @throws argument_error if the buffer is empty or of another state size; numeric_error if a
  /// loss or
  ///         gradient is not finite: a critic's, and nothing is changed; the actor's, and the
  ///         critics have moved
  update_report update(const replay_buffer& replay, std::uint64_t step) {
    if (replay.state_size() != state_size_)
      detail::throw_error<argument_error>("update: replay buffer has states of ",
                                          replay.state_size(), " numbers, expected ", state_size_);
    replay.sample(draw_replay_, step, options_.batch, batch_);
    set_targets(step);
    update_report report;
    for (const float y : target_)
      report.target += static_cast<double>(y) / static_cast<double>(options_.batch);
    for (trained_network& c : critics_) {
      const double loss = critic_gradient(c);
      const double norm = clip("critic", c, loss);
      report.critic_loss += loss / options_.critics;
      report.critic_gradient = std::max(report.critic_gradient, norm);
    }
    ++updates_;
    for (trained_network& c : critics_) {
      c.descend(options_.critic_rate, updates_);
      c.follow(options_.tau);
    }
    if (updates_ % options_.delay == 0) {
      report.actor_loss = actor_gradient();
      report.actor_gradient = clip("actor", actor_, *report.actor_loss);
      actor_.descend(options_.actor_rate, updates_ / options_.delay);
      actor_.follow(options_.tau);
    }
    return report;
  }

  /// See `field_visitor`: what it was told, and all that learning changes.
  template <class F>
  void visit(F&& f) {
    visit_options(f);
    visit_network(f, "actor", actor_);
    for (std::size_t k = 0; k < critics_.size(); ++k)
      visit_network(f, "critic" + std::to_string(k), critics_[k]);
    f("updates", updates_);
    constexpr auto most = std::int64_t{1} << 62;  // there are always more to come
    f.check("updates", updates_ >= 0 && updates_ < most, "a number >= 0, below 2^62");
  }

 private:
  template <class F>
  void visit_options(F& f) const {
    f.same("state_size", std::int64_t{state_size_});
    f.same("d_min", std::int64_t{range_.min});
    f.same("d_max", std::int64_t{range_.max});
    f.same("hidden", std::span<const index_t>(options_.hidden));
    f.same("batch", std::int64_t{options_.batch});
    f.same("critic_rate", options_.critic_rate);
    f.same("actor_rate", options_.actor_rate);
    f.same("gamma", options_.gamma);
    f.same("tau", options_.tau);
    f.same("gradient_limit", options_.gradient_limit);
    f.same("actor_last_layer", options_.actor_last_layer);
    f.same("critics", std::int64_t{options_.critics});
    f.same("target_noise", options_.target_noise);
    f.same("target_clip", options_.target_clip);
    f.same("delay", std::int64_t{options_.delay});
    f.same("seed", seed_);
  }

  template <class F>
  static void visit_network(F& f, const std::string& name, trained_network& n) {
    for (const auto& [part, numbers] :
         {std::pair{".net", n.net.parameters()}, std::pair{".target", n.target.parameters()},
          std::pair{".m", std::span<float>(n.moments.m)},
          std::pair{".v", std::span<float>(n.moments.v)}}) {
      f(name + part, numbers);
      f.check(name + part, detail::all_finite(numbers), "finite numbers");
    }
    f.check(name + ".v", std::ranges::all_of(n.moments.v, [](float v) { return v >= 0; }),
            "numbers >= 0");
  }

  static options checked(index_t state_size, size_range range, const options& o) {
    detail::check_range("actor_critic", range);
    const auto need = [](bool right, const char* what, double got) {
      if (!right) detail::throw_error<argument_error>("actor_critic: ", what, ", got ", got);
    };
    need(state_size >= 1, "state_size must be >= 1", static_cast<double>(state_size));
    for (const index_t w : o.hidden)
      need(w >= 1, "hidden widths must be >= 1", static_cast<double>(w));
    need(o.batch >= 1, "batch must be >= 1", static_cast<double>(o.batch));
    need(o.critic_rate > 0 && std::isfinite(o.critic_rate), "critic_rate must be finite and > 0",
         o.critic_rate);
    need(o.actor_rate > 0 && std::isfinite(o.actor_rate), "actor_rate must be finite and > 0",
         o.actor_rate);
    need(o.gamma >= 0 && o.gamma <= 1, "gamma must be in [0, 1]", o.gamma);
    need(o.tau >= 0 && o.tau <= 1, "tau must be in [0, 1]", o.tau);
    need(o.gradient_limit > 0, "gradient_limit must be > 0", o.gradient_limit);
    need(o.actor_last_layer >= 0 && std::isfinite(o.actor_last_layer),
         "actor_last_layer must be finite and >= 0", o.actor_last_layer);
    need(o.critics >= 1, "critics must be >= 1", o.critics);
    need(o.target_noise >= 0 && std::isfinite(o.target_noise),
         "target_noise must be finite and >= 0", o.target_noise);
    need(o.target_clip >= 0, "target_clip must be >= 0", o.target_clip);
    need(o.delay >= 1, "delay must be >= 1", o.delay);
    return o;
  }

  [[nodiscard]] mlp<float>::options network(index_t inputs, activation output,
                                            std::optional<double> last_layer) const {
    mlp<float>::options o{.widths = {inputs}, .output = output, .last_layer = last_layer};
    o.widths.insert(o.widths.end(), options_.hidden.begin(), options_.hidden.end());
    o.widths.push_back(1);
    return o;
  }

  void check(const char* who, const matrix_view& states, std::size_t n) const {
    if (states.cols() != state_size_ || states.rows() != static_cast<index_t>(n))
      detail::throw_error<argument_error>(who, ": states [", states.rows(), ", ", states.cols(),
                                          "] do not fit ", n, " sizes and states of ", state_size_,
                                          " numbers");
  }

  /// `net.evaluate`, by the way that suits the shape of the network.
  template <class Read, class Write>
  void evaluate(const mlp<float>& net, index_t n, Read&& read, Write&& write,
                mlp_workspace<float>& memory) const {
    if (relu_walk::fits(net)) {
      const lease_pool<relu_walk>::lease walk(walks_);
      if (walk->assign(net)) {
        walk->evaluate(n, read, write);
        return;
      }
    }
    net.evaluate(n, read, write, memory);
  }

  /// target_ = r + gamma * min Q'(s', a').
  void set_targets(std::uint64_t step) {
    const auto n = static_cast<std::size_t>(options_.batch);
    next_action_.resize(n);
    target_.resize(n);
    const matrix_view next = batch_.next_state;
    actor_.target.evaluate(
        options_.batch,
        [&](index_t first, matrix_span in) { in = next.middleRows(first, in.rows()); },
        [&](index_t first, const matrix_view& out) {
          for (index_t r = 0; r < out.rows(); ++r)
            next_action_[static_cast<std::size_t>(first + r)] =
                smoothed(out(r, 0), step, first + r);
        },
        actor_memory_);
    for (std::size_t k = 0; k < critics_.size(); ++k)
      critics_[k].target.evaluate(
          options_.batch,
          detail::critic_inputs(next, [&](std::size_t r) { return next_action_[r]; }),
          [&, k](index_t first, const matrix_view& q) {
            for (index_t r = 0; r < q.rows(); ++r) {
              const auto at = static_cast<std::size_t>(first + r);
              target_[at] = k == 0 ? q(r, 0) : std::min(target_[at], q(r, 0));
            }
          },
          critic_memory_);
    for (std::size_t r = 0; r < n; ++r)
      target_[r] = batch_.reward[r] + static_cast<float>(options_.gamma) * target_[r];
  }

  /// The target actor's action, with clipped noise, in [-1, 1].
  [[nodiscard]] float smoothed(float action, std::uint64_t step, index_t row) const {
    if (options_.target_noise <= 0 || scale_.half <= 0) return action;
    auto engine = draw_target_.at(step, static_cast<std::uint64_t>(row));
    const auto limit = static_cast<float>(options_.target_clip);
    const float noise =
        std::clamp(static_cast<float>(options_.target_noise) * normal(engine), -limit, limit);
    return std::clamp(action + noise / scale_.half, -1.0F, 1.0F);
  }

  /// Mean squared error of a critic against `target_`.
  double critic_gradient(trained_network& c) {
    const double share = 1.0 / static_cast<double>(options_.batch);
    const matrix_view states = batch_.state;
    return c.net.gradient(
        options_.batch,
        detail::critic_inputs(states,
                              [&](std::size_t r) { return scale_.to_action(batch_.size[r]); }),
        [&](index_t first, const matrix_view& q, matrix_span dq) {
          double sum = 0;
          for (index_t r = 0; r < q.rows(); ++r) {
            const float difference = q(r, 0) - target_[static_cast<std::size_t>(first + r)];
            sum += static_cast<double>(difference) * static_cast<double>(difference);
            dq(r, 0) = static_cast<float>(2 * share) * difference;
          }
          return sum * share;
        },
        std::span(c.gradient), critic_memory_);
  }

  /// - mean Q_1(s, pi(s)), and its gradient for the actor.
  double actor_gradient() {
    const double share = 1.0 / static_cast<double>(options_.batch);
    const mlp<float>& critic = critics_.front().net;
    const matrix_view states = batch_.state;
    const mlp<float>::packed_lease packed(critic_memory_.packed);
    critic.pack(*packed, true);
    return actor_.net.gradient(
        options_.batch,
        [&](index_t first, matrix_span in) { in = states.middleRows(first, in.rows()); },
        [&](index_t first, const matrix_view& action, matrix_span d_action) {
          const index_t rows = action.rows();
          const mlp<float>::lease tape(critic_memory_);
          // In a range of one size the critic is used to action 0, and no action changes anything.
          detail::critic_inputs(states, [&](std::size_t r) {
            return scale_.half > 0 ? action(static_cast<index_t>(r) - first, 0) : 0.0F;
          })(first, critic.input(*tape, rows));
          const matrix_view q = critic.forward(*packed, *tape, rows);
          double sum = 0;
          for (index_t r = 0; r < rows; ++r) sum += static_cast<double>(q(r, 0));
          critic.output_gradient(*tape, rows).setConstant(static_cast<float>(-share));
          critic.backward(*packed, *tape, rows, {}, false, true);
          if (scale_.half > 0)
            d_action.col(0) = tape->input_gradient.col(state_size_).head(rows);
          else
            d_action.setZero();
          return -sum * share;
        },
        std::span(actor_.gradient), actor_memory_);
  }

  /// @throws numeric_error if something is not finite
  double clip(const char* what, trained_network& n, double loss) const {
    const double norm = clip_norm(std::span(n.gradient), options_.gradient_limit);
    if (!std::isfinite(loss) || !std::isfinite(norm))
      detail::throw_error<numeric_error>("update ", updates_, ": ", what, " loss is ", loss,
                                         ", norm of its gradient ", norm);
    return norm;
  }

  // What it is told.
  options options_;
  index_t state_size_;
  std::uint64_t seed_;
  size_range range_;
  action_scale scale_;
  random_stream draw_replay_, draw_target_;
  // What it knows: see visit().
  trained_network actor_;
  std::vector<trained_network> critics_;
  std::int64_t updates_ = 0;
  // What it works in.
  transition_batch batch_;
  std::vector<float> next_action_, target_;
  mutable mlp_workspace<float> actor_memory_, critic_memory_;
  mutable lease_pool<relu_walk> walks_;
};
static_assert(searchable_agent<actor_critic>);

}  // namespace ciess
