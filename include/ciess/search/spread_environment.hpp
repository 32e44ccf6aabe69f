// SPDX-License-Identifier: MIT
/// @file
/// An environment whose measurements several processes share.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/fields.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/detail/forwarded_environment.hpp>
#include <ciess/search/detail/sizes_fingerprint.hpp>
#include <ciess/search/environment.hpp>

namespace ciess {

/// Measures for the search of a `process_group`, in which every process runs the same search over
/// an environment of its own. A method that knows several assignments ahead has them announced
/// (`trials::plan`); of those each process measures its share, and what came of it, eight bytes
/// each, is exchanged. What was not announced, or is asked for with its rows, each process measures
/// for itself: by the promise of `environment`, same sizes, same result, all get the same. So does
/// the full-size model, which each process trains.
///
///     mpi_group processes;                                // ciess/core/mpi_group.hpp
///     processes.run([&] {
///       spread_environment shared(env, processes);
///       const auto found = search(shared, bet{}, asked);  // the same on each process
///     });
///
/// Observers of such a search must all answer alike: one that looks at a clock would end it on one
/// process alone.
///
/// The bytes of a result do not depend on the number of processes. One process measures at once
/// what it is asked for, as if this were not there.
/// @tparam E  `environment`; referred to, as is the group
template <class E>
class spread_environment : public detail::forwarded_environment<E> {
  static_assert(detail::explain_environment<E>::value);
  using detail::forwarded_environment<E>::env_;

 public:
  spread_environment(E& env, process_group& processes)
      : detail::forwarded_environment<E>(env), processes_{&processes} {}

  /// @throws data_error on each process if they do not compute the same
  measurement full() {
    measurement all = env_->full();
    if (agreed_) return all;
    std::uint64_t print = fingerprint(std::span<const double>(&all.quality, 1));
    for (const auto& table : all.rows) print = fingerprint(std::span<const double>(table), print);
    processes_->agree("the full-size model's quality", print);
    agreed_ = true;
    return all;
  }
  measurement measure(const assignment& sizes) { return env_->measure(sizes); }

  /// Assignments that are best announced together.
  [[nodiscard]] int ahead() const noexcept { return processes_->size(); }

  /// Measures assignments whose qualities will be asked for, each process its share of them: number
  /// i is that of process i modulo their number. What was announced before and not asked for is
  /// forgotten. Nothing if there is one process.
  /// @throws on each process what one of them threw
  void prepare(std::span<const assignment> sizes) {
    if (processes_->size() == 1) return;
    std::map<std::uint64_t, double> known;
    std::vector<std::pair<std::uint64_t, const assignment*>> open;  // each once
    for (const assignment& a : sizes) {
      const std::uint64_t print = detail::fingerprint_of(a);
      if (!known.emplace(print, 0).second) continue;
      if (const auto before = known_.find(print); before != known_.end())
        known[print] = before->second;
      else
        open.emplace_back(print, &a);
    }
    const auto size = static_cast<std::size_t>(processes_->size());
    const auto shares = processes_->all_gather("measurements", [&] {
      std::string mine;
      for (auto i = static_cast<std::size_t>(processes_->rank()); i < open.size(); i += size)
        mine += process_group::bytes_of(open[i].first) +
                process_group::bytes_of(measured(*open[i].second));
      return mine;
    });
    for (std::size_t rank = 0; rank < size; ++rank) {
      std::size_t at = 0;
      for (std::size_t i = rank; i < open.size(); i += size) {
        std::uint64_t print = 0;
        process_group::read(shares[rank], at, print);
        if (print != open[i].first)
          detail::throw_error<data_error>("spread_environment: rank ", rank,
                                          " has measured other sizes than rank ",
                                          processes_->rank(), " was going to");
        process_group::read(shares[rank], at, known[print]);
      }
    }
    known_ = std::move(known);
  }

  /// What `measure` says of the whole.
  double quality(const assignment& sizes) {
    if (!known_.empty())
      if (const auto known = known_.find(detail::fingerprint_of(sizes)); known != known_.end())
        return known->second;
    return measured(sizes);
  }

 private:
  double measured(const assignment& sizes) {
    if constexpr (requires {
                    { env_->quality(sizes) } -> std::same_as<double>;
                  }) {
      return env_->quality(sizes);
    } else {
      const measurement m = env_->measure(sizes);
      if (std::isfinite(m.quality)) detail::check_measurement("environment", this->shapes(), m);
      return m.quality;  // what is not finite, the search refuses in its own words
    }
  }

  process_group* processes_;
  std::map<std::uint64_t, double> known_;  ///< by their fingerprints, what was announced last
  bool agreed_ = false;
};

}  // namespace ciess
