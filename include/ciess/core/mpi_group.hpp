// SPDX-License-Identifier: MIT
/// @file
/// The processes of an MPI job. Needs the component `ciess::mpi`.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/process_group.hpp>

namespace ciess {
namespace detail {

/// @throws io_error in MPI's words unless `code` says that all is well
inline void check_mpi(int code, const char* what) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw_error<io_error>("mpi: ", what, ": ",
                        std::string(text.data(), static_cast<std::size_t>(std::max(length, 0))));
}

/// MPI, begun unless somebody has, and a communicator of our own. Only the thread that made it may
/// use it.
class mpi_session {
 public:
  mpi_session() {
    int begun = 0;
    check_mpi(MPI_Initialized(&begun), "MPI_Initialized");
    if (begun == 0) {
      int offered = MPI_THREAD_SINGLE;
      check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &offered),
                "MPI_Init_thread");
      ours_ = true;
      if (offered < MPI_THREAD_FUNNELED) {
        MPI_Finalize();
        throw_error<io_error>("mpi: it was built without support of threads");
      }
    }
    check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &world), "MPI_Comm_dup");
    check_mpi(MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  }
  mpi_session(const mpi_session&) = delete;
  mpi_session& operator=(const mpi_session&) = delete;
  ~mpi_session() {
    MPI_Comm_free(&world);
    if (ours_) MPI_Finalize();
  }

  [[nodiscard]] int rank() const {
    int rank = 0;
    check_mpi(MPI_Comm_rank(world, &rank), "MPI_Comm_rank");
    return rank;
  }
  [[nodiscard]] int size() const {
    int size = 1;
    check_mpi(MPI_Comm_size(world, &size), "MPI_Comm_size");
    return size;
  }

  MPI_Comm world = MPI_COMM_NULL;

 private:
  bool ours_ = false;
};

}  // namespace detail

/// The processes that `mpirun` has started, a `process_group`. One for the whole program, made and
/// used by its main thread: MPI is begun, unless it was, and ended with it.
///
/// Who waits for others leaves the processor to them: it asks every millisecond, so an exchange may
/// take so much longer. Messages may have any length.
class mpi_group final : private detail::mpi_session, public process_group {
 public:
  /// @param most_at_once  bytes that all processes together move in one call of MPI, whose counts
  ///                      are ints
  /// @throws io_error in MPI's words
  explicit mpi_group(std::size_t most_at_once = std::size_t{1} << 28)
      : process_group(mpi_session::rank(), mpi_session::size()),
        at_once_{std::clamp<std::size_t>(
            std::min<std::size_t>(most_at_once, std::numeric_limits<int>::max()) /
                static_cast<std::size_t>(mpi_session::size()),
            1, std::numeric_limits<int>::max())} {}

  using process_group::rank;
  using process_group::size;

  /// How many of them are on this machine, this one among them. All processes ask together.
  /// @throws io_error in MPI's words
  [[nodiscard]] int on_this_machine() {
    const auto machines = all_gather("machines", [] {
      std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
      int length = 0;
      detail::check_mpi(MPI_Get_processor_name(name.data(), &length), "MPI_Get_processor_name");
      return std::string(name.data(), static_cast<std::size_t>(std::max(length, 0)));
    });
    return static_cast<int>(
        std::ranges::count(machines, machines[static_cast<std::size_t>(rank())]));
  }

  /// `launched_processes()`. Does not call MPI.
  [[nodiscard]] static int launched() noexcept { return launched_processes(); }

 private:
  std::vector<std::string> exchange(std::string mine) override {
    const auto n = static_cast<std::size_t>(size());
    const auto length = static_cast<std::uint64_t>(mine.size());
    std::vector<std::uint64_t> lengths(n);
    MPI_Request request = MPI_REQUEST_NULL;
    detail::check_mpi(
        MPI_Iallgather(&length, 1, MPI_UINT64_T, lengths.data(), 1, MPI_UINT64_T, world, &request),
        "MPI_Iallgather");
    wait(request);
    std::vector<std::string> all(n);
    const auto most = static_cast<std::size_t>(std::ranges::max(lengths));
    std::vector<int> counts(n), places(n);
    std::vector<char> got;
    for (std::size_t from = 0; from < most; from += at_once_) {
      int sum = 0;
      for (std::size_t r = 0; r < n; ++r) {
        const auto whole = static_cast<std::size_t>(lengths[r]);
        counts[r] = whole > from ? static_cast<int>(std::min(at_once_, whole - from)) : 0;
        places[r] = sum;
        sum += counts[r];
      }
      got.resize(static_cast<std::size_t>(sum));
      const int own = counts[static_cast<std::size_t>(rank())];
      detail::check_mpi(
          MPI_Iallgatherv(own > 0 ? mine.data() + from : mine.data(), own, MPI_CHAR, got.data(),
                          counts.data(), places.data(), MPI_CHAR, world, &request),
          "MPI_Iallgatherv");
      wait(request);
      for (std::size_t r = 0; r < n; ++r)
        all[r].append(got.data() + places[r], static_cast<std::size_t>(counts[r]));
    }
    return all;
  }

  static void wait(MPI_Request& request) {
    constexpr int eager = 2000;  // what is quick, first
    for (int tries = 0;; ++tries) {
      int done = 0;
      detail::check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
      if (done != 0) return;
      if (tries < eager)
        std::this_thread::yield();
      else
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::size_t at_once_;
};

}  // namespace ciess
