#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh clone to a table of results: installs what is missing, builds the main tool, runs it on data it makes.
#   sh cmake/quickstart.sh [options of search_sizes]
set -eu
cd "$(dirname "$0")/.."
. cmake/setup.sh

heading "Packages"
# shellcheck disable=SC2086
setup $build_packages $example_packages

heading "Build (a minute or two)"
# The other backbones, each a minute more: -DCIESS_BACKBONES='mf;ials;ncf;ngcf;lightgcn'; all methods: -DCIESS_ALL_METHODS=ON
cmake --preset release -DCIESS_BUILD_TESTS=OFF -DCIESS_BUILD_BENCH=OFF -DCIESS_BACKBONES=lightgcn -DCIESS_ALL_METHODS=OFF
cmake --build build/release --target search_sizes --parallel "$jobs"

# One budget, half of the default's size, a fifth of its episodes, nothing trained from scratch but the full-size model:
# done in a minute on the data that is made here.
case " $* " in
  *" --measurements"*) ;;  # say how long a search is in another way
  *) set -- --episodes 6 "$@" ;;
esac
set -- --budget 0.9 --dim 64 --rule-starts warm --out build/quickstart --force "$@"
heading "search_sizes $*"
exec build/release/examples/search_sizes "$@"
