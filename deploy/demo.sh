#!/usr/bin/env bash
# AccessGateway in one command: a Kubernetes cluster, the gateway in front of it, two people and their first links.
#   demo.sh [up] [--port P] [--dir D]          with a cluster of its own on this machine
#   demo.sh [up] --kubeconfig F …              in front of the cluster of F's current context, which needs its admin
#   demo.sh down [--dir D] [--kubeconfig F]    stops it and removes everything; F only where it moved since `up`
# P: the gateway's HTTPS port (8443). D: where it keeps its state (~/.local/state/access-gateway/demo).
# `up` goes on where an interrupted one stopped, and leaves alone what already runs.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/lib/progress.sh
. "$root/deploy/lib/progress.sh"
# shellcheck source=deploy/lib/debian.sh
. "$root/deploy/lib/debian.sh"
# shellcheck source=deploy/lib/processes.sh
. "$root/deploy/lib/processes.sh"
# shellcheck source=deploy/lib/publish.sh
. "$root/deploy/lib/publish.sh"

usage() { sed -n '3,7s/^# *//p' "$0" >&2; exit 2; }

action=up kubeconfig='' port=8443 state=${XDG_STATE_HOME:-$HOME/.local/state}/access-gateway/demo
case ${1:-} in up | down) action=$1; shift ;; esac
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case $1 in
    --kubeconfig) kubeconfig=$(realpath "$2") ;;
    --port) port=$2 ;;
    --dir) state=$2 ;;
    *) usage ;;
  esac
  shift 2
done
[[ $port =~ ^[0-9]{1,5}$ ]] || fail "--port wants a number, not $port"
[ -z "$kubeconfig" ] || [ -r "$kubeconfig" ] || fail "cannot read $kubeconfig"
state=$(realpath -m "$state")
data=$state/data config=$state/config logs=$state/log url=https://localhost:$port
umask 077

gateway() { "$state/server/access-gateway" "$@" --data "$data" --config "$config"; }
target() { kubectl --kubeconfig "$(sed -n 1p "$state/target")" --context "$(sed -n 2p "$state/target")" "$@"; }

# ---- up ----

up() {
  open_state
  trap 'say ""; say "interrupted; \`$0 up\` goes on from here, \`$0 down\` removes what there is"; exit 130' INT TERM
  require_packages curl=curl openssl=openssl kubectl=kubernetes-client 'clang|gcc=clang' /usr/include/zlib.h=zlib1g-dev
  require_dotnet
  publish
  if [ -n "$kubeconfig" ]; then use_cluster; else start_cluster; fi
  write_configuration
  enrol_people
  start_gateway
  print_welcome
}

# The folder is removed as a whole by `down`, so it must be the demo's own.
open_state() {
  if [ ! -e "$state/.access-gateway-demo" ]; then
    [ -z "$(ls -A "$state" 2>/dev/null)" ] || fail "$state is not empty and no demo's; choose another folder with --dir"
    mkdir -p "$state"
    echo "${kubeconfig:-own}" >"$state/.access-gateway-demo"
  fi
  local before
  before=$(cat "$state/.access-gateway-demo")
  [ "$before" = own ] || kubeconfig=${kubeconfig:-$before}
  [ "$before" = "${kubeconfig:-own}" ] ||
    fail "the demo in $state has another cluster (${before/#own/its own}); run \`$0 down\` first, or choose another folder with --dir"
  mkdir -p "$data" "$config" "$logs"
  rm -f "$logs"/step.* # of an interrupted one
}

require_dotnet() {
  type -P dotnet >/dev/null || fail "the .NET SDK is missing; install version 10 (global.json says which)"
  (cd "$root" && dotnet --version >/dev/null 2>&1) || fail "the installed .NET SDK is not the one that global.json asks for: $(dotnet --list-sdks | tr '\n' ' ')"
}

# When a source or build file differs from the last time.
publish() {
  ! published "$state" || return 0
  stop_gateway
  publish_programs "$state"
}

# A cluster of the demo's own, whose API server trusts the CA that the gateway keeps for it.
start_cluster() {
  name=dev signer=localCa
  local block
  if [ ! -s "$state/leaf-ca.crt" ]; then
    gateway ca init "$name" >"$state/leaf-ca.new" || fail "the gateway could not create the cluster's CA"
    openssl x509 -in "$state/leaf-ca.new" -noout || fail "the gateway printed no certificate for the cluster's CA"
    mv "$state/leaf-ca.new" "$state/leaf-ca.crt"
  fi
  if [ ! -f "$state/cluster/port" ]; then
    for block in 16443 16543 16643 16743; do port_in_use "$block" || break; done
    export PORT=$block
  fi
  "$root/deploy/dev-cluster/build-kubernetes.sh" >/dev/null # has a timed step of its own
  CLIENT_CA=$state/leaf-ca.crt timed "starting Kubernetes" "$root/deploy/dev-cluster/cluster.sh" up "$state/cluster"
  printf '%s\n' "$state/cluster/admin.kubeconfig" dev >"$state/target"
  timed "giving the gateway its rights in the cluster" target apply -f "$root/deploy/rbac/gateway.yaml" -f "$root/deploy/rbac/gateway-read-roles.yaml" -f "$root/deploy/demo/namespaces.yaml"
}

# Somebody's cluster: its own signer makes the leaves, since the demo cannot give its API server another CA.
use_cluster() {
  signer=kubernetesCsr
  local context
  context=$(kubectl --kubeconfig "$kubeconfig" config current-context) || fail "$kubeconfig has no current context"
  name=$(tr '[:upper:]' '[:lower:]' <<<"$context" | tr -cs 'a-z0-9\n' - | cut -c1-40 | sed 's/^-*//; s/-*$//')
  name=${name:-dev}
  if [ ! -f "$state/target" ]; then
    printf '%s\n' "$kubeconfig" "$context" >"$state/target.new"
    kubectl --kubeconfig "$kubeconfig" --context "$context" get --raw /version >/dev/null || fail "the cluster of context $context does not answer"
    if kubectl --kubeconfig "$kubeconfig" --context "$context" get clusterrole access-gateway >/dev/null 2>&1; then
      fail "the cluster of context $context has an AccessGateway already (ClusterRole access-gateway); the demo leaves it alone"
    fi
    mv "$state/target.new" "$state/target"
  fi
  timed "giving the gateway its rights in $context" target apply -f "$root/deploy/rbac/gateway.yaml" -f "$root/deploy/rbac/gateway-read-roles.yaml" -f "$root/deploy/rbac/gateway-csr.yaml"
}

# The gateway's kubeconfig holds the address, the CA and a token of its own ServiceAccount, and nothing of the admin's.
write_configuration() {
  local server authority token document
  server=$(target config view --raw --minify --flatten -o 'jsonpath={.clusters[0].cluster.server}')
  authority=$(target config view --raw --minify --flatten -o 'jsonpath={.clusters[0].cluster.certificate-authority-data}')
  [[ $server =~ ^https://[^[:space:]\"]+$ ]] || fail "the cluster's address is $server; the gateway speaks HTTPS only"
  [ -n "$authority" ] || fail "the kubeconfig names no certificate authority; the gateway trusts no other"
  token=$(request_token) || fail "the cluster gave no token for the ServiceAccount access-gateway"
  base64 -d <<<"$authority" >"$config/cluster-ca.crt"
  cat >"$config/gateway.kubeconfig.new" <<T
apiVersion: v1
kind: Config
clusters: [{name: "$name", cluster: {server: "$server", certificate-authority-data: $authority}}]
users: [{name: access-gateway, user: {token: $token}}]
contexts: [{name: "$name", context: {cluster: "$name", user: access-gateway}}]
current-context: "$name"
T
  mv "$config/gateway.kubeconfig.new" "$config/gateway.kubeconfig"
  document=$(cat "$root/deploy/demo/cluster.yaml")
  document=${document//@NAME@/"$name"}
  document=${document//@SERVER@/"$server"}
  document=${document//@SIGNER@/"$signer"}
  printf '%s\n' "$document" >"$config/cluster.yaml"
  cp "$root/deploy/demo/policies.yaml" "$config/policies.yaml"
  gateway_check
}

# A TokenRequest by hand: `kubectl create token` came with 1.24.
request_token() {
  local request='{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":2592000}}'
  target create --raw /api/v1/namespaces/access-gateway/serviceaccounts/access-gateway/token -f - <<<"$request" |
    grep -oE '"token": ?"[^"]+"' | cut -d'"' -f4
}

gateway_check() {
  "$state/server/access-gateway" config check "$config" >"$logs/config-check.log" 2>&1 || { cat "$logs/config-check.log" >&2; fail "the gateway refuses the demo's configuration"; }
}

# Enrolment links are shown once: a person who exists already gets no second one.
enrol_people() {
  local existing
  existing=$(gateway users list | awk 'NR > 1 { print $1 }') || fail "the gateway does not list its users"
  admin_link=$(enrolment_link admin administrators)
  alice_link=$(enrolment_link alice platform)
}

enrolment_link() { # name, groups
  grep -qxF -- "$1" <<<"$existing" || gateway users add "$1" --groups "$2" --public-url "$url" || fail "the gateway could not add the user $1"
}

start_gateway() {
  local running=''
  [ ! -f "$state/port" ] || running=$(cat "$state/port")
  [ "$running" = "$port" ] || stop_gateway
  if ! alive "$state/gateway.pid" "$data"; then
    ! port_in_use "$port" || fail "port $port is in use; choose another with --port"
    echo "$port" >"$state/port"
    start_process "$state/gateway.pid" "$state/gateway.log" "$state/server/access-gateway" serve --data "$data" --config "$config" --urls "$url" --public-url "$url"
  fi
  timed "starting the gateway" gateway_ready
}

gateway_ready() {
  await_process "$state/gateway.pid" "$data" 60 answers && return
  tail -n 30 "$state/gateway.log"
  echo "the gateway did not become ready; above is the end of $state/gateway.log"
  return 1
}

answers() { curl -sf --noproxy '*' --max-time 5 --cacert "$data/tls/ca.crt" "$url/readyz"; }

stop_gateway() { stop_process "$state/gateway.pid" "$data"; }

print_welcome() {
  local again="$state/server/access-gateway users reset-mfa admin --data $data --config $config --public-url $url"
  cat <<T

${bold}AccessGateway runs.${plain}

  Portal          $url
  Trust           $data/tls/ca.crt  (import this CA in the browser)
T
  [ -z "$admin_link" ] || printf '  %-15s %s\n' "admin's link" "$admin_link"
  [ -z "$alice_link" ] || printf '  %-15s %s\n' "alice's link" "$alice_link"
  if [ -n "$admin_link$alice_link" ]; then
    echo "                  Each works once: open it to set a password and a second factor."
  else
    printf '  %-15s %s\n' "People" "admin (administrators) and alice (platform) exist; for a new link:"
    echo "                  $again"
  fi
  cat <<T

${bold}Then, as alice in a terminal${plain}

  export PATH=$state/bin:\$PATH
  kubectl access login --server $url --certificate-authority $data/tls/ca.crt
  kubectl access request $name viewer --reason 'a look around' --wait --use
  kubectl get namespaces

The role viewer is given at once; ns-editor and admin wait until admin approves, in the portal or with
kubectl access approve. Stop, and leave nothing behind:

  $(stop_command)

T
}

stop_command() {
  printf '%s down' "$0"
  [ "$state" = "${XDG_STATE_HOME:-$HOME/.local/state}/access-gateway/demo" ] || printf -- ' --dir %q' "$state"
}

# ---- down ----

down() {
  [ -e "$state" ] || { say "no demo in $state"; return; }
  [ -e "$state/.access-gateway-demo" ] || fail "$state is no demo's folder; nothing was done"
  say "stopping the gateway"
  stop_gateway
  if [ "$(cat "$state/.access-gateway-demo")" != own ]; then
    clean_cluster
  elif [ -d "$state/cluster" ]; then
    say "stopping Kubernetes"
    "$root/deploy/dev-cluster/cluster.sh" down "$state/cluster"
  fi
  rm -rf "$state"
  say "nothing of the demo is left (the build cache ${XDG_CACHE_HOME:-$HOME/.cache}/access-gateway stays)"
}

clean_cluster() {
  [ -f "$state/target" ] || return 0 # nothing was applied yet
  [ -z "$kubeconfig" ] || sed -i "1s|.*|$kubeconfig|" "$state/target"
  say "removing the gateway from the cluster of context $(sed -n 2p "$state/target")"
  remove_from_cluster >&2 ||
    fail "the cluster could not be cleaned, so $state stays; try again (--kubeconfig F where the file moved), or delete the folder where the cluster is gone"
}

remove_from_cluster() {
  target delete clusterrolebindings,rolebindings --all-namespaces -l access-gateway.io/gateway &&
    target delete --ignore-not-found -f "$root/deploy/rbac/gateway-csr.yaml" -f "$root/deploy/rbac/gateway-read-roles.yaml" -f "$root/deploy/rbac/gateway.yaml"
}

"$action"
