#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what the side-by-side comparison needs beside the library: PyTorch, NumPy, SciPy and a fast BLAS for them.
#   sh bench/peers/install.sh
set -eu
cd "$(dirname "$0")/../.."
. cmake/setup.sh

# Without OpenBLAS Debian's PyTorch multiplies with the plain loops of libblas3. Of its builds the one with OpenMP shares
# PyTorch's threads; with threads of its own the two would fight for the cores.
peer_packages="python3-torch python3-numpy python3-scipy libopenblas0-openmp"
# shellcheck disable=SC2086
setup $build_packages $example_packages libbenchmark-dev $peer_packages
