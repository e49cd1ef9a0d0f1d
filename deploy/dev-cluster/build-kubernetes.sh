#!/usr/bin/env bash
# Builds a real Kubernetes (kube-apiserver, kube-controller-manager, kube-scheduler, kubelet) from Debian bookworm's
# own source package, which carries the complete upstream tree, and prints the folder of the binaries last.
# The first run takes about 10 minutes on 2 cores; afterwards the binaries are in the cache and this returns at once.
# With KUBE_BIN or KUBEBUILDER_ASSETS set nothing is built: that folder is printed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/lib/progress.sh
. "$here/../lib/progress.sh"
# shellcheck source=deploy/lib/debian.sh
. "$here/../lib/debian.sh"

version=1.20.2
programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/access-gateway
out=$cache/kubernetes-$version

for given in KUBE_BIN KUBEBUILDER_ASSETS; do
  [ -n "${!given:-}" ] || continue
  [ -x "${!given}/kube-apiserver" ] || fail "$given=${!given} holds no kube-apiserver"
  realpath "${!given}"
  exit 0
done

# Source entries of its own, so that the machine's apt configuration stays as it is.
fetch_source() {
  local mirror apt
  mirror=$(debian_mirror)
  mkdir -p "$work"/apt/{lists,cache}/partial "$work"/apt/cache/archives/partial
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main" >"$work/apt/sources.list"
  apt=(apt-get -oDir::Etc::sourcelist="$work/apt/sources.list" -oDir::Etc::sourceparts=/dev/null
    -oDir::State::Lists="$work/apt/lists" -oDir::Cache="$work/apt/cache" -oAPT::Sandbox::User=root)
  "${apt[@]}" update -qq
  cd "$work"
  "${apt[@]}" source --download-only -qq kubernetes
  mkdir -p "$source"
  tar xzf kubernetes_*.orig.tar.gz -C "$source" --strip-components 1
  # reflect2 1.0.1, as vendored, crashes under Go 1.18 and later; Debian's own package is the fixed 1.0.2.
  rm -rf "$source/vendor/github.com/modern-go/reflect2"
  cp -rL /usr/share/gocode/src/github.com/modern-go/reflect2 "$source/vendor/github.com/modern-go/"
}

compile() {
  local package stamp=""
  cd "$source"
  export GOPATH="$work/gopath" GO111MODULE=off CGO_ENABLED=0 GOFLAGS='' GOCACHE="$work/gocache"
  make gen_openapi
  for package in k8s.io/component-base/version k8s.io/kubernetes/vendor/k8s.io/component-base/version k8s.io/kubernetes/vendor/k8s.io/client-go/pkg/version; do
    stamp+=" -X $package.gitVersion=v$version -X $package.gitMajor=1 -X $package.gitMinor=20"
  done
  mkdir "$work/bin"
  go build -ldflags "-s -w$stamp" -o "$work/bin/" "${programs[@]/#/./cmd/}"
}

if [ ! -d "$out" ]; then
  mkdir -p "$cache"
  exec {lock}>"$cache/kubernetes-$version.lock"
  flock --nonblock "$lock" || { say "another script is building Kubernetes $version; waiting for it"; flock "$lock"; }
fi
if [ ! -d "$out" ]; then # still missing now that nobody else builds it
  rm -rf "$cache"/building.*
  work=$(mktemp -d "$cache/building.XXXXXX")
  trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM
  logs=$work source=$work/gopath/src/k8s.io/kubernetes
  require_packages go=golang-go rsync=rsync make=make dpkg-source=dpkg-dev \
    /usr/share/gocode/src/github.com/modern-go/reflect2=golang-github-modern-go-reflect2-dev
  timed "fetching the source of Kubernetes $version from Debian" fetch_source
  timed "building Kubernetes $version (about 10 minutes on 2 cores, once)" compile
  mv -T "$work/bin" "$out" # whole or not at all
fi
echo "$out"
