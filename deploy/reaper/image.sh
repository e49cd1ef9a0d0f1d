#!/usr/bin/env bash
# Builds the reaper's image of the published plugin and this machine's own libraries, with docker, podman or buildah, whichever is here (or what
# BUILDER names). Nothing is downloaded.
#   image.sh PLUGIN NAME:TAG            keeps the image in the builder's own store, to be pushed from there
#   image.sh PLUGIN NAME:TAG ARCHIVE    writes it into a file instead, which `docker load` and `ctr image import` take
set -euo pipefail
[ $# -eq 2 ] || [ $# -eq 3 ] || { sed -n 2,5p "$0" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
plugin=$(realpath "$1") name=$2 archive=${3:+$(realpath -m "$3")}
builder=${BUILDER:-}
for choice in docker podman; do # one without its daemon builds nothing
  [ -n "$builder" ] || ! "$choice" info >/dev/null 2>&1 || builder=$choice
done
[ -n "$builder" ] || builder=$(basename "$(type -P buildah || true)")
[ -n "$builder" ] || { echo 'docker, podman or buildah is needed (Debian: apt-get install buildah)' >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

gather() {
  local root=$work/context/root libraries=() library
  install -D -m 755 "$plugin" "$root/usr/local/bin/kubectl-access"
  mkdir "$root/etc" "$root/tmp"
  chmod 1777 "$root/tmp"
  echo 'reaper:x:1654:1654::/:' >"$root/etc/passwd"
  # OpenSSL is not linked: the program loads it when it first speaks TLS.
  for library in libssl.so.3 libcrypto.so.3; do
    libraries+=("$(ldconfig -p | awk -v name="$library" '$1 == name && !found++ { print $NF }')")
    [ -n "${libraries[-1]}" ] || { echo "$library is missing on this machine" >&2; exit 1; }
  done
  # The loader and what the loader finds by itself, at the same paths.
  mapfile -t libraries < <(printf '%s\n' "${libraries[@]}"; ldd "$plugin" "${libraries[@]}" | grep -o '/[^ :]*')
  for library in "${libraries[@]}"; do
    [ "$library" = "$plugin" ] || [ -e "$root$library" ] || install -D -m 755 "$(realpath "$library")" "$root$library"
  done
  chmod -R go+rX "$root"
}

# buildah as root, with a store of its own where the image goes into a file: neither daemon nor namespaces, and nothing is left.
with_buildah() {
  local store=()
  [ -z "$archive" ] || store=(--root "$work/store" --runroot "$work/run" --storage-driver vfs)
  buildah "${store[@]}" build --isolation chroot --file "$here/Dockerfile" --tag "$name" "$work/context"
  [ -z "$archive" ] || buildah "${store[@]}" push "$name" "docker-archive:$archive:$name"
}

with_docker() { # docker, podman
  "$builder" build --file "$here/Dockerfile" --tag "$name" "$work/context"
  [ -z "$archive" ] || "$builder" save --output "$archive" "$name"
}

gather
[ -z "$archive" ] || rm -f "$archive" # none of them writes over one
if [ "$builder" = buildah ]; then with_buildah; else with_docker; fi
