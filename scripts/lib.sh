# shellcheck shell=bash disable=SC2034
# What the scripts share: packages, build folders, loud words. To be sourced by bash with `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

build_packages=(g++ cmake ninja-build pkg-config ccache mold libeigen3-dev nlohmann-json3-dev libsimdjson-dev
  libabsl-dev libcli11-dev libspdlog-dev librdkafka-dev libhiredis-dev libxxhash-dev zlib1g-dev)
# The demo, the benchmarks.
demo_packages=(redis-server)
# python3 runs bench/tune and its like; promtool, of prometheus, checks /metrics.
test_packages=(libgtest-dev libgmock-dev redis-server python3 prometheus)
# Only for the tests that run against a real Kafka broker; openssl makes their certificates.
broker_packages=(maven openssl)

say() { printf '\n== %s\n' "$*" >&2; }
warn() { printf '\n!! %s\n' "$*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || printf '%s\n' "$package"
  done
}

# Installs those of the packages that are missing; touches nothing if none is. Fails if it may not or cannot.
install_packages() {
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return 0; fi
  if ! have apt-get; then
    warn "missing: ${missing[*]}; this is no Debian, install what corresponds to them"
    return 1
  fi
  local -a as_root=()
  if (($(id -u) != 0)); then
    have sudo || { warn "missing: ${missing[*]}; run as root, or install sudo"; return 1; }
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  # The packages redis-server and prometheus would start servers of their own; nobody asked for them.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

jobs_count() { nproc; }

# configure FOLDER ARGUMENT...: runs CMake once more, which changes nothing if nothing changed. An existing folder
# keeps its generator.
configure() {
  local folder=$1
  shift
  local -a generator=()
  if [[ ! -f $folder/CMakeCache.txt ]] && have ninja; then generator=(-G Ninja); fi
  local -a linker=()
  if have mold; then linker=(-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold); fi
  local log=$folder.configure.log status=0
  cmake -S "$root" -B "$folder" "${generator[@]}" "${linker[@]}" "$@" >"$log" 2>&1 || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}
