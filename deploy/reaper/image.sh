#!/usr/bin/env bash
# Makes the reaper's image without Docker, of the published plugin and this machine's own libraries, as an archive that
# `ctr image import` and `docker load` take. The tests use it; for a registry, the Dockerfile beside it is meant.
#   image.sh PLUGIN NAME:TAG ARCHIVE
set -euo pipefail
[ $# -eq 3 ] || { sed -n 2,4p "$0" >&2; exit 2; }
plugin=$(realpath "$1") name=$2 archive=$(realpath -m "$3")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

root=$work/root
mkdir -p "$root/usr/local/bin" "$root/etc"
install -m 755 "$plugin" "$root/usr/local/bin/kubectl-access"
echo 'app:x:1654:1654::/:' >"$root/etc/passwd"
# What the loader finds by itself, and OpenSSL, which the program loads when it first speaks TLS.
libraries=$(ldconfig -p | awk '/x86-64/ && /lib(ssl|crypto)\.so\.3 / { print $NF }')
# shellcheck disable=SC2086
for library in $(ldd "$plugin" $libraries | grep -o '/[^ :]*' | sort -u) $libraries; do
  [ "$library" = "$plugin" ] || install -D -m 755 "$(realpath "$library")" "$root$library"
done
chmod -R go+rX "$root"

tar -C "$root" --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" .
layer=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
printf '{"architecture":"amd64","os":"linux","config":{"User":"1654:1654","Entrypoint":["/usr/local/bin/kubectl-access"],"Cmd":["reap"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$layer" >"$work/config.json"
printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$name" >"$work/manifest.json"
tar -C "$work" -cf "$archive" manifest.json config.json layer.tar
