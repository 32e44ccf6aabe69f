// SPDX-License-Identifier: MIT
/// @file
/// Processes that share work, on one machine or several.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/text.hpp>

namespace ciess {

/// How many processes the launcher of an MPI job (Open MPI's, MPICH's, Slurm's) has started, of
/// which this is one; 1 if none has.
[[nodiscard]] inline int launched_processes() noexcept {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"})
    if (const char* text = std::getenv(name))
      return std::max(parse_number<int>(text).value_or(1), 1);
  return 1;
}

/// What a process has exchanged with the others of its group.
struct exchange_report {
  std::int64_t exchanges = 0;
  std::int64_t bytes_sent = 0;  ///< of this process, to each of the others
  double seconds = 0;           ///< in exchanges: moving bytes, and waiting for who is slower
};

/// `size()` processes that run the same program with the same options; this one is number `rank()`
/// from 0. All of them take the same way through it: they come to the same exchanges, in the same
/// order. What only one does (it measures its share, it writes a file) lies between two of these.
///
/// An exchange gives what each process made to all, in the order of their ranks, so that whatever
/// is computed from it has the same bytes everywhere, and with any number of processes. Nothing is
/// summed on the way.
///
/// Nobody waits for one who has failed: an error in a share is exchanged in its place, and one
/// anywhere else by `run`, which the whole program has to be in.
///
/// Those who derive from it say how bytes travel: `exchange`. `alone` is the group of one process;
/// `mpi_group` (core/mpi_group.hpp, component `ciess::mpi`) is that of an MPI job.
class process_group {
 public:
  process_group(const process_group&) = delete;
  process_group& operator=(const process_group&) = delete;
  virtual ~process_group() = default;

  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] int size() const noexcept { return size_; }
  /// Whether this is the process that writes, prints and decides.
  [[nodiscard]] bool is_root() const noexcept { return rank_ == 0; }
  [[nodiscard]] const exchange_report& exchanged() const noexcept { return exchanged_; }

  /// Has each process make its share, and gives all of them to each: [size()], in the order of
  /// ranks.
  /// @param what   is exchanged, in a word or two; the same on all
  /// @param share  callable () -> std::string, any bytes
  /// @throws what a share threw, on each process: an error of the same type of `core/error.hpp`,
  ///         whose text begins with "rank 2: ", of the lowest rank that threw; `error` if the
  ///         processes are not at the same place of the program, or one has left it. Alone,
  ///         whatever the share throws
  template <class Share>
  std::vector<std::string> all_gather(std::string_view what, Share&& share) {
    static_assert(std::same_as<std::invoke_result_t<Share&>, std::string>);
    if (size_ == 1) {
      std::vector<std::string> one;
      one.push_back(share());
      return one;
    }
    std::string mine = heading(kind::share, failure::none, what);
    try {
      mine += share();
    } catch (const std::exception& e) {
      mine = heading(kind::failed, failure_of(e), what) + e.what();
    } catch (...) {
      mine = heading(kind::failed, failure::unknown, what) + "an exception of no known type";
    }
    return shares_of(swapped(std::move(mine)), what);
  }

  /// What the root makes, on each process. Others do not call `make`.
  template <class Make>
  std::string from_root(std::string_view what, Make&& make) {
    return std::move(
        all_gather(what, [&] { return is_root() ? std::string(make()) : std::string(); })[0]);
  }

  /// The root's answer to a question that each process may answer otherwise: what time it is, what
  /// a user wants.
  [[nodiscard]] bool root_says(std::string_view what, bool mine) {
    return size_ == 1 ? mine
                      : from_root(what, [&] { return std::string(1, mine ? '1' : '0'); }) == "1";
  }

  /// @throws data_error on each process unless all have the same number: `what` then differs
  void agree(std::string_view what, std::uint64_t number) {
    if (size_ == 1) return;
    const auto all = all_gather(what, [&] { return bytes_of(number); });
    for (int r = 1; r < size_; ++r)
      if (all[static_cast<std::size_t>(r)] != all[0])
        detail::throw_error<data_error>(
            what, ": rank ", r,
            " has another than rank 0: all processes must run the same program ",
            "on the same data, on processors of the same kind");
  }

  /// Runs a program, or the part of one that has exchanges: once, nothing can be exchanged after
  /// it. What it throws the others throw, too,
  /// as soon as they come to an exchange; and it ends when all have ended.
  /// @returns what `body` returns
  template <class Body>
  auto run(Body&& body) {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Body&>>) {
        body();
        leave(kind::done, failure::none, {});
      } else {
        auto result = body();
        leave(kind::done, failure::none, {});
        return result;
      }
    } catch (const std::exception& e) {
      leave_quietly(failure_of(e), e.what());
      throw;
    } catch (...) {
      leave_quietly(failure::unknown, "an exception of no known type");
      throw;
    }
  }

  /// A number as the bytes of a message, and back.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  [[nodiscard]] static std::string bytes_of(const T& value) {
    std::string bytes(sizeof(T), '\0');
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
  }
  /// @param at  where the number begins; moved behind it
  /// @throws data_error if it is not whole
  template <class T>
    requires std::is_trivially_copyable_v<T>
  static void read(std::string_view bytes, std::size_t& at, T& value) {
    if (at > bytes.size() || bytes.size() - at < sizeof(T))
      detail::throw_error<data_error>("a message between processes: expected ", sizeof(T),
                                      " bytes at ", at, ", got ", bytes.size(), " in all");
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    at += sizeof(T);
  }

 protected:
  process_group(int rank, int size) noexcept : rank_{rank}, size_{size} {}

 private:
  /// The bytes of all processes in the order of ranks. Not called alone. Called by all, as often.
  virtual std::vector<std::string> exchange(std::string mine) = 0;

  enum class kind : std::uint8_t { share, failed, done, left };
  enum class failure : std::uint8_t { none, unknown, plain, argument, data, io, numeric };

  struct heading_fields {
    kind of = kind::share;
    failure why = failure::none;
    std::uint64_t what =
        0;  ///< and how many exchanges there were: processes at other places differ
  };
  static constexpr std::size_t heading_bytes = 2 + sizeof(std::uint64_t);

  [[nodiscard]] std::uint64_t place(std::string_view what) const noexcept {
    return fingerprint(std::span(what.data(), what.size()),
                       0xCBF29CE484222325ULL ^ static_cast<std::uint64_t>(exchanged_.exchanges));
  }
  [[nodiscard]] std::string heading(kind k, failure why, std::string_view what) const {
    std::string text;
    text += static_cast<char>(k);
    text += static_cast<char>(why);
    return text + bytes_of(place(what));
  }
  static heading_fields heading_of(std::string_view message) {
    heading_fields h;
    std::size_t at = 0;
    read(message, at, h.of);
    read(message, at, h.why);
    read(message, at, h.what);
    return h;
  }

  [[nodiscard]] static failure failure_of(const std::exception& e) noexcept {
    if (dynamic_cast<const argument_error*>(&e)) return failure::argument;
    if (dynamic_cast<const data_error*>(&e)) return failure::data;
    if (dynamic_cast<const io_error*>(&e)) return failure::io;
    if (dynamic_cast<const numeric_error*>(&e)) return failure::numeric;
    return failure::plain;
  }
  [[noreturn]] static void raise(failure why, std::size_t rank, std::string_view text) {
    switch (why) {
      case failure::argument:
        detail::throw_error<argument_error>("rank ", rank, ": ", text);
      case failure::data:
        detail::throw_error<data_error>("rank ", rank, ": ", text);
      case failure::io:
        detail::throw_error<io_error>("rank ", rank, ": ", text);
      case failure::numeric:
        detail::throw_error<numeric_error>("rank ", rank, ": ", text);
      case failure::none:
      case failure::unknown:
      case failure::plain:
        break;
    }
    detail::throw_error<error>("rank ", rank, ": ", text);
  }

  std::vector<std::string> swapped(std::string mine) {
    if (over_)
      detail::throw_error<error>("process group: rank ", rank_,
                                 " cannot exchange: a process has left");
    ++exchanged_.exchanges;
    exchanged_.bytes_sent += static_cast<std::int64_t>(mine.size());
    const auto begun = std::chrono::steady_clock::now();
    auto all = exchange(std::move(mine));
    exchanged_.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return all;
  }

  /// The messages without their headings.
  std::vector<std::string> shares_of(std::vector<std::string> all, std::string_view what) {
    check_left(all);
    --exchanged_.exchanges;  // as it was when the headings were made
    const std::uint64_t here = place(what);
    ++exchanged_.exchanges;
    for (std::size_t r = 0; r < all.size(); ++r)
      if (heading_of(all[r]).what != here)
        detail::throw_error<error>("process group: rank ", r, " and rank ", rank_,
                                   " have come to different exchanges, rank ", rank_, " to number ",
                                   exchanged_.exchanges, ", of ", what);
    for (std::size_t r = 0; r < all.size(); ++r)
      if (const auto h = heading_of(all[r]); h.of == kind::failed)
        raise(h.why, r, std::string_view(all[r]).substr(heading_bytes));
    for (std::string& message : all) message.erase(0, heading_bytes);
    return all;
  }

  void check_left(const std::vector<std::string>& all) {
    for (std::size_t r = 0; r < all.size(); ++r) {
      const heading_fields h = heading_of(all[r]);
      if (h.of != kind::left && h.of != kind::done) continue;
      over_ = true;
      if (h.of == kind::left) raise(h.why, r, std::string_view(all[r]).substr(heading_bytes));
    }
    if (over_)
      detail::throw_error<error>("process group: rank ", rank_,
                                 " exchanges what others have ended without");
  }

  void leave(kind how, failure why, std::string_view text) {
    if (size_ == 1 || over_) return;
    const auto all = swapped(heading(how, why, "end") + std::string(text));
    over_ = true;
    if (how == kind::left) return;
    for (std::size_t r = 0; r < all.size(); ++r) {
      const heading_fields h = heading_of(all[r]);
      if (h.of == kind::left || h.of == kind::failed)
        raise(h.why, r, std::string_view(all[r]).substr(heading_bytes));
      if (h.of == kind::share)
        detail::throw_error<error>("process group: rank ", r, " goes on where rank ", rank_,
                                   " has ended");
    }
  }
  void leave_quietly(failure why, const char* text) noexcept {
    try {
      leave(kind::left, why, text);
    } catch (...) {  // what is on its way says more
      over_ = true;
    }
  }

  int rank_;
  int size_;
  exchange_report exchanged_;
  bool over_ = false;  ///< a process has left: nobody would answer
};

/// The group of one process, which exchanges nothing.
class alone final : public process_group {
 public:
  alone() noexcept : process_group(0, 1) {}

 private:
  std::vector<std::string> exchange(std::string mine) override {
    std::vector<std::string> one;
    one.push_back(std::move(mine));
    return one;
  }
};

}  // namespace ciess
