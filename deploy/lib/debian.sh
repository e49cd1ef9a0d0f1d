# Debian packages, installed only where something is missing. Sourced after progress.sh.
# shellcheck shell=bash

# Each argument is WHAT=PACKAGE: a program, or a file where it starts with a slash, and the package that brings it.
# WHAT may name alternatives: clang|gcc=clang
require_packages() {
  local pair packages=()
  for pair; do
    present "${pair%%=*}" || packages+=("${pair#*=}")
  done
  [ ${#packages[@]} -gt 0 ] || return 0
  type -P apt-get >/dev/null || fail "this machine has no apt-get; install what these Debian packages bring: ${packages[*]}"
  [ "$EUID" -eq 0 ] || fail "Debian packages are missing; as root: apt-get install ${packages[*]}"
  timed "installing Debian packages: ${packages[*]}" install_packages "${packages[@]}"
}

present() { # program|program… or /file
  local choice choices
  IFS='|' read -ra choices <<<"$1"
  for choice in "${choices[@]}"; do
    if [[ $choice == /* ]]; then
      compgen -G "$choice" >/dev/null && return 0
    else
      PATH=$PATH:/usr/sbin:/sbin type -P "$choice" >/dev/null && return 0
    fi
  done
  return 1
}

# One at a time over all scripts: apt's lock on the package lists does not wait. Packages that bring a service
# (etcd-server, postgresql) do not get to start it: the scripts run their own, on their own ports.
install_packages() (
  policy=/usr/sbin/policy-rc.d
  mkdir -p /run/lock
  exec {lock}>/run/lock/access-gateway-apt
  flock "$lock"
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 "$@"
)

# A Debian archive from this machine's own apt sources, whichever format they are written in.
debian_mirror() {
  local mirror
  mirror=$(listed_mirror)
  if [ -z "$mirror" ]; then # the lists may have been cleared away
    apt-get update -qq
    mirror=$(listed_mirror)
  fi
  [ -n "$mirror" ] || fail "this machine's apt sources name no Debian archive"
  echo "$mirror"
}

listed_mirror() {
  # shellcheck disable=SC2016 # apt's own placeholder
  apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' | awk '!/security/ && !found++'
}
