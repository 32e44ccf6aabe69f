// SPDX-License-Identifier: MIT
// The processes that run this program together.
#pragma once

#include <memory>

#include <ciess/core/process_group.hpp>

#include "settings.hpp"

namespace example {

/// Those that mpirun has started, or this one alone. Of all but the root nothing is printed from
/// here on.
/// @throws argument_error if there are several and this program was built without ciess::mpi
std::unique_ptr<ciess::process_group> begin_processes();

/// Threads of each: those that were asked for; of several processes that share a machine, unless
/// one says how many, each takes its part of the processors.
int threads_of(const settings& s, ciess::process_group& processes);

/// Refuses what several processes cannot read.
/// @throws argument_error
void check_readable(const settings& s, const ciess::process_group& processes);

/// What was exchanged, on a line; nothing of one process.
void say_exchanged(const settings& s, const ciess::process_group& processes);

}  // namespace example
