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

# in_time STAGE: whether a stage of some minutes may still begin; CIESS_CHECK_MINUTES is what there is for all.
left_out=
in_time() {
  [ -z "${CIESS_CHECK_MINUTES:-}" ] && return 0
  [ $(($(date +%s) - started)) -lt $(((CIESS_CHECK_MINUTES - 18) * 60)) ] && return 0
  echo "NOT CHECKED, for want of time: $1"
  left_out="$left_out; NOT CHECKED: $1"
  return 1
}

analyse=
if command -v clang-tidy-19 >/dev/null 2>&1; then analyse=tidy; fi
if [ $sanitized = clang ]; then
  begin "clang 19: every header alone, programs and benchmarks without a warning; static analysis"
  cmake --preset syntax
  # At once: clang-tidy is one process of minutes, beside which the other cores read.
  # shellcheck disable=SC2086
  build syntax all all_verify_interface_header_sets $analyse
elif in_time "every header alone, static analysis"; then
  begin "clang 19 is not to be had here: every header alone by the other compiler; static analysis"
  # shellcheck disable=SC2086
  build release all_verify_interface_header_sets $analyse
fi

if in_time "ThreadSanitizer"; then
  begin "ThreadSanitizer: build"
  cmake --preset tsan $together
  build tsan ciess_tests

  begin "ThreadSanitizer: the threaded tests"
  run_tests tsan
fi

echo
echo "All checks passed in $(($(date +%s) - started)) s; tests passed: $passed$left_out"
