// SPDX-License-Identifier: MIT
#include "processes.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#ifdef CIESS_MPI
#include <ciess/core/mpi_group.hpp>
#endif

namespace example {

std::unique_ptr<ciess::process_group> begin_processes() {
#ifdef CIESS_MPI
  if (ciess::mpi_group::launched() > 1) {
    auto processes = std::make_unique<ciess::mpi_group>();
    if (processes->size() != ciess::mpi_group::launched())
      throw ciess::argument_error(ciess::joined(
          "started as ", ciess::mpi_group::launched(), " processes, of which MPI sees ",
          processes->size(), ": is this the mpirun of the MPI that the program was built with?"));
    if (!processes->is_root() && !std::freopen("/dev/null", "w", stdout))
      throw ciess::io_error("/dev/null: cannot open");
    return processes;
  }
#else
  if (ciess::launched_processes() > 1)
    throw ciess::argument_error(
        ciess::joined("started as ", ciess::launched_processes(),
                      " processes, but built without MPI (Debian: libopenmpi-dev)"));
#endif
  return std::make_unique<ciess::alone>();
}

int threads_of(const settings& s, ciess::process_group& processes) {
#ifdef CIESS_MPI
  if (auto* const mpi = dynamic_cast<ciess::mpi_group*>(&processes)) {
    const int here = mpi->on_this_machine();
    if (s.threads == 0)
      return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / here);
  }
#else
  (void)processes;
#endif
  return s.threads;
}

void check_readable(const settings& s, const ciess::process_group& processes) {
  if (processes.size() == 1) return;
  for (const auto& [name, file] :
       {std::pair("--data", &s.data.data), std::pair("--test", &s.data.test),
        std::pair("--validation", &s.clicks.validation)})
    if (*file == "-")
      throw ciess::argument_error(
          ciess::joined(name, ": of ", processes.size(),
                        " processes one alone has standard input: name a file that all can read"));
}

void say_exchanged(const settings& s, const ciess::process_group& processes) {
  if (s.quiet || processes.size() == 1) return;
  const auto& did = processes.exchanged();
  std::printf("%s\n", ciess::joined(processes.size(), " processes; rank 0 has sent ",
                                    did.bytes_sent, " bytes in ", did.exchanges,
                                    " exchanges, which took ", ciess::readable_seconds(did.seconds))
                          .c_str());
}

}  // namespace example
