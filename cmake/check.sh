#!/bin/sh
# SPDX-License-Identifier: MIT
# What must hold before a commit, from a fresh clone.
#   sh cmake/check.sh        builds optimised, passes all tests
#   sh cmake/check.sh --all  and sanitizers, clang, every header alone, benchmarks, format, tidy: what CI runs
set -eu
cd "$(dirname "$0")/.."
case "${1:-}" in
  '') all= ;;
  --all) all=yes ;;
  *) echo "usage: sh cmake/check.sh [--all]"; exit 2 ;;
esac
. cmake/setup.sh
started=$(date +%s)

stage=Packages
trap 'status=$?; [ $status -eq 0 ] || echo "FAILED in stage: $stage"; exit $status' EXIT

begin() {
  stage=$*
  heading "$stage ($(($(date +%s) - started)) s)"
}

# Everything is built, and nothing twice.
together=-DCIESS_TOGETHER=ON

# build PRESET TARGET...
build() {
  preset=$1
  shift
  cmake --build "build/$preset" --parallel "$jobs" --target "$@"
}

# run_tests PRESET: adds what passed to $passed; ctest ends this script when a test fails.
passed=
run_tests() {
  ctest --preset "$1" --parallel "$jobs" --output-junit junit.xml
  count=$(sed -n 's/^.*[[:space:]]tests="\([0-9]*\)".*$/\1/p' "build/$1/junit.xml" | head -n 1)
  [ "${count:-0}" -gt 0 ] || { echo "no test has run in $1"; exit 1; }
  passed="$passed${passed:+, }$count ($1)"
}

# setup_if_available PACKAGE...: what checks go without, too.
setup_if_available() {
  [ "${CIESS_SETUP:-yes}" = no ] && return 0
  for package in "$@"; do
    if is_installed "$package" || is_available "$package"; then setup "$package"; fi
  done
}

heading "Packages"
# shellcheck disable=SC2086
setup $build_packages $example_packages $test_packages
# shellcheck disable=SC2086
setup_if_available librapidcheck-dev $optional_packages
if [ "$all" ]; then setup_if_available libhnswlib-dev clang-19 libclang-rt-19-dev clang-format-19 clang-tidy-19; fi

# What this machine has compiled before, to the letter and in whichever clone, is taken from ccache, from a cache of its own.
# The processor is part of what is compared, for -march=native is another thing on another one; and what the preprocessor
# makes of a source rather than the names of its headers, of which it could not tell that __has_include finds one more.
use_ccache() {
  if [ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1; then setup_if_available ccache; fi
  command -v ccache >/dev/null 2>&1 || return 0
  mkdir -p build
  grep -m 1 '^flags' /proc/cpuinfo >build/processor.txt 2>/dev/null ||
    c++ -march=native -Q --help=target >build/processor.txt 2>/dev/null || uname -a >build/processor.txt
  launcher="env;CCACHE_DIR=${XDG_CACHE_HOME:-${HOME:-/nowhere}/.cache}/ciess-ccache;CCACHE_BASEDIR=$PWD;CCACHE_NOHASHDIR=yes"
  launcher="$launcher;CCACHE_NODIRECT=yes;CCACHE_MAXSIZE=10G;CCACHE_EXTRAFILES=$PWD/build/processor.txt;ccache"
  echo 'int main() {}' >build/probe.cpp
  (IFS=';'; set -f; $launcher c++ -c build/probe.cpp -o build/probe.o) || return 0  # no place for a cache
  export CMAKE_CXX_COMPILER_LAUNCHER="$launcher"
}
if [ "$all" ]; then use_ccache; fi

if [ "$all" ] && command -v clang-format-19 >/dev/null 2>&1; then
  begin "Format"
  git ls-files '*.hpp' '*.cpp' | xargs clang-format-19 --dry-run -Werror
fi

begin "Release: build"
# Experiments are read by clang alone, below.
cmake --preset release $together -DCIESS_BUILD_TESTS=ON "-DCIESS_BUILD_BENCH=${all:+ON}" -DCIESS_BUILD_EXPERIMENTS=OFF \
  "-DCIESS_BACKBONES=mf;ials;ncf;ngcf;lightgcn"
build release all

begin "Release: tests"
run_tests release

if [ -z "$all" ]; then
  echo
  echo "All checks passed in $(($(date +%s) - started)) s; tests passed: $passed. What CI runs: sh cmake/check.sh --all"
  exit 0
fi

begin "Benchmarks run for a moment"
build/release/bench/ciess_bench --benchmark_min_time=0.001 --benchmark_filter='-rows:1000000|yelp:1'
if [ -x build/release/bench/ciess_scale ]; then  # which needs TBB, CLI11 and nlohmann-json
  build/release/bench/ciess_scale --rows 20000 100000 --rounds 1 --out build/release/bench/scale
fi

# clang's sanitizers where it is to be had: one build for its warnings and for them.
sanitized=dev
if command -v clang++-19 >/dev/null 2>&1; then sanitized=clang; fi
begin "AddressSanitizer and UBSan: build"
cmake --preset $sanitized $together
build $sanitized all

begin "AddressSanitizer and UBSan: tests"
run_tests $sanitized

# CIESS_CHECK_MINUTES is what there is for all. What follows is left out, or cut off, when they are over, and is named at
# the end: a slow machine that has compiled nothing of this before does not come so far.
left_out=
not_checked() {
  echo "NOT CHECKED, for want of time: $1"
  left_out="$left_out; NOT CHECKED: $1"
}

seconds_left() {
  echo $((${CIESS_CHECK_MINUTES:-1000000} * 60 + started - $(date +%s)))
}

# in_time SECONDS STAGE: whether a stage may still begin.
in_time() {
  [ "$(seconds_left)" -ge "$1" ] && return 0
  not_checked "$2"
  return 1
}

# build_in_time SECONDS STAGE PRESET TARGET...: whether it was built, so that SECONDS are left; ends this script when it
# cannot be built. Ninja itself ends what it has begun.
build_in_time() {
  reserve=$1
  what=$2
  preset=$3
  shift 3
  if [ -z "${CIESS_CHECK_MINUTES:-}" ]; then
    build "$preset" "$@" || exit
    return 0
  fi
  {
    timeout --foreground $(($(seconds_left) - reserve)) ninja -C "build/$preset" -j "$jobs" "$@" 2>&1 &&
      echo 0 >"build/$preset/status" || echo $? >"build/$preset/status"
  } | tee "build/$preset/build.log"
  status=$(cat "build/$preset/status")
  [ "$status" -ne 0 ] || return 0
  if [ "$status" -ne 124 ] || grep -q '^FAILED: ' "build/$preset/build.log"; then exit 1; fi
  not_checked "$what, cut off"
  return 1
}

if in_time 480 "ThreadSanitizer"; then
  begin "ThreadSanitizer: build"
  cmake --preset tsan $together
  if build_in_time 240 "ThreadSanitizer" tsan ciess_tests; then
    begin "ThreadSanitizer: the threaded tests"
    run_tests tsan
  fi
fi

analyse=
if command -v clang-tidy-19 >/dev/null 2>&1; then analyse=tidy; fi
alone="every header alone, programs and benchmarks without a warning; static analysis"
if in_time 300 "$alone"; then
  # At once: clang-tidy is one process of minutes, beside which the other cores read.
  if [ $sanitized = clang ]; then
    begin "clang 19: $alone"
    cmake --preset syntax
    # shellcheck disable=SC2086
    build_in_time 0 "$alone" syntax all all_verify_interface_header_sets $analyse || :
  else
    begin "clang 19 is not to be had here: every header alone by the other compiler; static analysis"
    # shellcheck disable=SC2086
    build_in_time 0 "$alone" release all_verify_interface_header_sets $analyse || :
  fi
fi

echo
echo "All checks passed in $(($(date +%s) - started)) s; tests passed: $passed$left_out"
