// SPDX-License-Identifier: MIT
/// @file
/// What a search has learnt for a table, alone in a file: enough to size new rows of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/io/mapped_file.hpp>
#include <ciess/io/safetensors.hpp>
#include <ciess/io/state_file.hpp>
#include <ciess/rl/actor_critic.hpp>
#include <ciess/search/ciess/new_rows.hpp>
#include <ciess/search/ciess/state.hpp>

namespace ciess {

/// A policy that has learnt with `paper_state`, and the scale of its states.
struct sizing_policy {
  actor_critic policy;
  frequency_range known;       ///< of the rows it has learnt from
  bool log_frequency = false;  ///< as in `paper_state::options`

  /// See `size_new_rows`.
  [[nodiscard]] sizes operator()(std::span<const double> frequency, const budget& limit) const {
    return size_new_rows(policy, paper_state({.log_frequency = log_frequency}), known, frequency,
                         policy.range(), limit);
  }
};

namespace detail {

inline constexpr std::string_view policy_kind = "sizing-policy";

/// A policy with the options that a file was written with; its networks are fresh.
inline actor_critic policy_like(const safetensors_view& file) {
  const auto number = [&]<class T>(std::string_view name, T) {
    return file.numbers<T>(name, {})[0];
  };
  const auto whole = [&](std::string_view name) {
    const auto value = number(name, std::int64_t{});
    if (value < 0 || value > 1'000'000)
      throw_error<data_error>(file.name(), ": ", name, ": expected a number in [0, 1000000], got ",
                              value);
    return static_cast<int>(value);
  };
  actor_critic::options o;
  const auto& hidden = file.at("hidden").shape;
  if (hidden.size() != 1 || hidden[0] > 64)
    throw_error<data_error>(file.name(), ": hidden: expected at most 64 widths");
  const auto widths = file.numbers<index_t>("hidden", hidden);
  o.hidden.assign(widths.begin(), widths.end());
  for (const index_t width : o.hidden)
    if (width < 1 || width > 65'536)
      throw_error<data_error>(file.name(), ": hidden: expected widths in [1, 65536], got ", width);
  o.batch = whole("batch");
  o.critic_rate = number("critic_rate", double{});
  o.actor_rate = number("actor_rate", double{});
  o.gamma = number("gamma", double{});
  o.tau = number("tau", double{});
  o.gradient_limit = number("gradient_limit", double{});
  o.actor_last_layer = number("actor_last_layer", double{});
  o.critics = whole("critics");
  o.target_noise = number("target_noise", double{});
  o.target_clip = number("target_clip", double{});
  o.delay = whole("delay");
  // The networks that these options make must be in the file: no more memory than it has.
  std::uint64_t parameters = 0;
  index_t before = whole("state_size");
  for (const index_t width : o.hidden) {
    parameters += static_cast<std::uint64_t>((before + 1) * width);
    before = width;
  }
  parameters += static_cast<std::uint64_t>(before + 1);
  if (const auto got = file.at("actor.net").bytes.size() / sizeof(float); got != parameters)
    throw_error<data_error>(file.name(), ": actor.net: expected ", parameters, " numbers, got ",
                            got);
  parameters += o.hidden.empty() ? 1 : static_cast<std::uint64_t>(o.hidden[0]);  // of the action
  for (int k = 0; k < o.critics; ++k) {
    const std::string name = "critic" + std::to_string(k) + ".net";
    if (const auto got = file.at(name).bytes.size() / sizeof(float); got != parameters)
      throw_error<data_error>(file.name(), ": ", name, ": expected ", parameters, " numbers, got ",
                              got);
  }
  try {
    return {whole("state_size"), size_range{whole("d_min"), whole("d_max")}, o,
            number("seed", std::uint64_t{})};
  } catch (const argument_error& e) {
    throw_error<data_error>(file.name(), ": ", e.what());
  }
}

}  // namespace detail

/// @throws as `save_state`
inline void save_policy(const std::filesystem::path& path, sizing_policy p) {
  save_state(path, detail::policy_kind, p.policy, false,
             {{"least_frequency", shortest_text(p.known.least)},
              {"most_frequency", shortest_text(p.known.most)},
              {"log_frequency", p.log_frequency ? "1" : "0"}});
}

/// @throws io_error if the file cannot be read; data_error, naming the field, if it is not one that
///         `save_policy` wrote
[[nodiscard]] inline sizing_policy load_policy(const std::filesystem::path& path) {
  const mapped_file bytes(path);
  const safetensors_view file(bytes.bytes(), path.string());
  const auto frequency = [&](std::string_view key) {
    const std::string& text = file.text(key);
    const auto value = parse_number<double>(text);
    if (!value || *value < 0)
      detail::throw_error<data_error>(path.string(), ": ", key, ": expected a number >= 0, got ",
                                      detail::shown(text));
    return *value;
  };
  sizing_policy p{detail::policy_like(file),
                  {frequency("least_frequency"), frequency("most_frequency")},
                  file.text("log_frequency") == "1"};
  if (p.known.least > p.known.most)
    detail::throw_error<data_error>(path.string(), ": least_frequency is above most_frequency");
  load_state(path, detail::policy_kind, p.policy);
  return p;
}

}  // namespace ciess
