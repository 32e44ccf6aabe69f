#!/bin/sh
# SPDX-License-Identifier: MIT
# The library beside PyTorch on the same work: checks that both compute the same, then times them in turn and prints a
# table of medians and ratios. From a fresh clone; a few minutes. --help lists all options.
#   sh bench/peers/compare.sh [--ml-1m FILE] [--yelp TRAIN TEST] [--out compare.json] [--threads N]
# Without a file the data is made up, of the same shape.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)  # no cd for good: the caller's paths must go on meaning what they mean
. "$root/cmake/setup.sh"

heading "Packages"
sh "$root/bench/peers/install.sh"

heading "Build"
(
  cd "$root"
  cmake --preset bench -DCIESS_BUILD_EXAMPLES=OFF
  cmake --build build/bench --target ciess_peers --parallel "$jobs"
)

# PyTorch is packaged for Debian's own Python, whichever comes first in PATH.
exec /usr/bin/python3 "$root/bench/peers/compare.py" --ours "$root/build/bench/bench/ciess_peers" "$@"
