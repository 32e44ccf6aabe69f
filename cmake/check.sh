#!/bin/sh
# Everything that must hold before a commit, from a fresh clone: builds, tests, sanitizers, headers, benchmarks.
#   sh cmake/check.sh
set -eu
cd "$(dirname "$0")/.."
. cmake/setup.sh
started=$(date +%s)

stage=Packages
trap 'status=$?; [ $status -eq 0 ] || echo "FAILED in stage: $stage"; exit $status' EXIT

begin() {
  stage=$*
  heading "$stage ($(($(date +%s) - started)) s)"
}

build() { cmake --build "build/$1" --parallel "$jobs" --target "$2"; }

# run_tests PRESET: adds what passed to $passed; ctest ends this script when a test fails.
passed=
run_tests() {
  ctest --preset "$1" --parallel "$jobs" --output-junit junit.xml
  count=$(sed -n 's/^.*[[:space:]]tests="\([0-9]*\)".*$/\1/p' "build/$1/junit.xml" | head -n 1)
  [ "${count:-0}" -gt 0 ] || { echo "no test has run in $1"; exit 1; }
  passed="$passed${passed:+, }$count ($1)"
}

heading "Packages"
# shellcheck disable=SC2086
setup $build_packages $example_packages $test_packages
if ! command -v clang++-19 >/dev/null 2>&1 && [ "${CIESS_SETUP:-yes}" != no ] && is_available clang-19; then
  setup clang-19
fi
# A peer of a benchmark, and what tests properties; both go without, too.
for package in libhnswlib-dev librapidcheck-dev; do
  if [ "${CIESS_SETUP:-yes}" != no ] && is_available $package; then
    setup $package
  fi
done

begin "Release: build"
cmake --preset release -DCIESS_BUILD_TESTS=ON -DCIESS_BUILD_BENCH=ON
build release all

begin "Release: tests"
run_tests release

begin "Every header compiles alone"
build release all_verify_interface_header_sets

begin "Benchmarks run for a moment"
build/release/bench/ciess_bench --benchmark_min_time=0.001 --benchmark_filter=-rows:10000000
if [ -x build/release/bench/ciess_scale ]; then  # which needs TBB, CLI11 and nlohmann-json
  build/release/bench/ciess_scale --rows 20000 100000 --rounds 1 --out build/release/bench/scale
fi

begin "AddressSanitizer and UBSan: build"
cmake --preset dev
build dev all

begin "AddressSanitizer and UBSan: tests"
run_tests dev

begin "ThreadSanitizer: build"
cmake --preset tsan
build tsan ciess_tests

begin "ThreadSanitizer: the threaded tests"
run_tests tsan

if command -v clang++-19 >/dev/null 2>&1; then
  begin "clang 19: build without a warning"
  cmake --preset clang
  build clang all
else
  begin "clang 19 is not to be had here: left out"
fi

echo
echo "All checks passed in $(($(date +%s) - started)) s; tests passed: $passed"
