# SPDX-License-Identifier: MIT
# Sourced by quickstart.sh and check.sh: installs what the build needs, or says what to install and ends with status 1.
# CIESS_SETUP=no takes everything for installed.

# setup PACKAGE...: Debian's names. Asks nothing, and does nothing at all when all of them are there.
setup() {
  [ "${CIESS_SETUP:-yes}" = no ] && return 0
  if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This system has no apt-get. Please install these packages (Debian's names) with its own tool:"
    echo "  $*"
    echo "and run this again as: CIESS_SETUP=no sh $0"
    exit 1
  fi
  missing=
  for package in "$@"; do
    is_installed "$package" || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  as_root=
  if [ "$(id -u)" != 0 ]; then
    as_root=sudo
    if ! command -v sudo >/dev/null 2>&1; then
      echo "Missing packages, and neither root nor sudo to install them. Please have somebody run:"
      echo "  apt-get install$missing"
      exit 1
    fi
  fi
  echo "Installing:$missing"
  # Quiet unless it fails; DEBIAN_FRONTEND keeps the packages from asking.
  $as_root apt-get -qq update
  # shellcheck disable=SC2086  # one word per package
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends \
    $missing >/dev/null
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Whether apt-get could install a package.
is_available() {
  command -v apt-cache >/dev/null 2>&1 && [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]
}

build_packages="cmake ninja-build g++ libeigen3-dev libxtensor-dev libtbb-dev nlohmann-json3-dev zlib1g-dev libzstd-dev"
# What the build goes without, too.
optional_packages="libopenmpi-dev openmpi-bin"
example_packages="libcli11-dev"
test_packages="catch2 libbenchmark-dev python3-numpy doxygen"
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}  # JOBS=1 spares memory

heading() {
  echo
  echo "=== $* ==="
}
