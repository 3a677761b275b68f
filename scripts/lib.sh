# Sourced by the scripts: the root of the checkout, and Debian packages installed where they are missing.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# What one clone has compiled serves the next, wherever it lies.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

build_packages=(g++ cmake ninja-build ccache libeigen3-dev doctest-dev libyaml-cpp-dev libcli11-dev libboost-dev zlib1g-dev libbenchmark-dev
  pkg-config openmpi-bin libopenmpi-dev)

# What scripts/check_platforms builds and runs with.
platform_packages=(g++-aarch64-linux-gnu g++-arm-linux-gnueabihf g++-riscv64-linux-gnu qemu-user emscripten)

# install_missing PACKAGE...: asks apt for those that are not there; needs root or sudo only then.
install_missing() {
  if ! command -v dpkg-query >/dev/null; then
    echo "not a Debian system: expecting these to be installed: $*"
    return
  fi
  local package missing=() as_root=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "missing packages, and neither root nor sudo to install them: ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# configure PRESET [OPTION...]: quiet unless it fails.
configure() {
  local log
  if ! log=$(cmake --preset "$@" 2>&1); then
    echo "$log" >&2
    echo "configuring the preset '$1' failed" >&2
    exit 1
  fi
}
