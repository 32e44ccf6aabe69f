#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a program as N processes of one MPI job; as many have to succeed.
#   under_mpirun.sh MPIRUN N PROGRAM [ARGUMENT...]
set -eu
. "$(dirname "$0")/mpirun.sh"
mpirun=$1
count=$2
shift 2
need_mpirun "$mpirun"
as_processes "$mpirun" "$count" "$@"
