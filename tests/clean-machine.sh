#!/usr/bin/env bash
# Proves that nothing installed by hand is needed: makes a minimal Debian 12 in a temporary folder, lends it this
# machine's .NET SDK, and runs a command of a clean clone in it (the committed state, not the work tree).
#   tests/clean-machine.sh [--cached-kubernetes] [COMMAND…]      by default tests/run.sh; needs root
# --cached-kubernetes lends it the Kubernetes that this machine has built, and saves 10 minutes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/lib/progress.sh
. "$root/deploy/lib/progress.sh"
# shellcheck source=deploy/lib/debian.sh
. "$root/deploy/lib/debian.sh"

cache=''
if [ "${1:-}" = --cached-kubernetes ]; then
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/access-gateway
  shift
fi
[ $# -gt 0 ] || set -- bash tests/run.sh
[ "$EUID" -eq 0 ] || fail "needs root"

require_packages debootstrap=debootstrap git=git
sdk=$(dirname "$(readlink -f "$(type -P dotnet)")")
machine=$(mktemp -d /tmp/clean-machine.XXXXXX)
chmod 755 "$machine" # its root folder; not only root lives there
trap 'rm -rf --one-file-system "$machine"' EXIT
trap 'exit 130' INT TERM

# What the .NET SDK itself depends on comes with the SDK, so it is there from the start; and so is git, which cloned.
timed "making a minimal Debian 12" debootstrap --variant=minbase \
  --include=ca-certificates,git,libicu72,libssl3,libstdc++6 bookworm "$machine" "$(debian_mirror)"
git clone -q "$root" "$machine/root/access-gateway"
mkdir -p "$machine$sdk" "$machine/root/.cache/access-gateway" "$machine/root/.nuget"
ln -s "$sdk/dotnet" "$machine/usr/bin/dotnet"
cp -L --remove-destination /etc/resolv.conf /etc/hosts "$machine/etc/"
cp -r /usr/local/share/ca-certificates/. "$machine/usr/local/share/ca-certificates/"
chroot "$machine" update-ca-certificates >/dev/null 2>&1
[ ! -d ~/.nuget/NuGet ] || cp -r ~/.nuget/NuGet "$machine/root/.nuget/"

# How this machine reaches its package sources goes along, and nothing else of the environment.
environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
while IFS= read -r variable; do environment+=("$variable"); done < <(env | grep -iE '^(CI|SSL_[A-Z_]+|NUGET_[A-Z_]+|(http|https|no)_proxy)=' || true)

# Mounts and processes live in namespaces that end with the command.
say "${bold}==>${plain} running in it: $*"
status=0
# shellcheck disable=SC2016 # expanded by the inner shell
unshare --mount --propagation private --pid --fork --kill-child bash -c '
  set -e
  machine=$1 sdk=$2 cache=$3
  shift 3
  mount --bind "$machine" "$machine" # a kubelet looks for the mount that its folder lies on
  mount --bind -o ro "$sdk" "$machine$sdk"
  [ -z "$cache" ] || mount --bind "$cache" "$machine/root/.cache/access-gateway"
  mount -t proc proc "$machine/proc"
  mount --rbind /sys "$machine/sys"
  mount --rbind /dev "$machine/dev"
  exec chroot "$machine" env -i "$@"
' - "$machine" "$sdk" "$cache" "${environment[@]}" bash -c 'cd /root/access-gateway && exec "$@"' - "$@" || status=$?
exit "$status"
