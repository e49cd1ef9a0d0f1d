#!/usr/bin/env bash
# Starts and stops a real one-machine Kubernetes cluster on loopback.
#   cluster.sh up DIR [node]        etcd, kube-apiserver and kube-controller-manager; with `node` also a scheduler and a
#                                   kubelet on containerd that runs pods, so that exec, logs and port-forward are real.
#                                   What already runs is left alone. Prints the path of an admin kubeconfig.
#   cluster.sh down DIR             stops all of it; DIR keeps the cluster's data for the next `up`
#   cluster.sh stop-apiserver DIR   an outage of the API server alone …
#   cluster.sh start-apiserver DIR  … and its end
# The environment:
#   PORT            the API server's port (16443, or what DIR was started with); the ports up to PORT+6 are taken too
#   CLIENT_CA       a PEM bundle that the API server trusts for client certificates besides the cluster's own CA
#   AUDIT_WEBHOOK, AUDIT_POLICY   kubeconfig and policy of an audit webhook
#   KUBE_BIN or KUBEBUILDER_ASSETS   folder of the Kubernetes binaries; without it build-kubernetes.sh provides them
# Missing Debian packages are installed. In a `node` cluster the image local/sh:1 (busybox) is in the store; pods use
# hostNetwork and imagePullPolicy: Never.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/lib/progress.sh
. "$here/../lib/progress.sh"
# shellcheck source=deploy/lib/debian.sh
. "$here/../lib/debian.sh"
# shellcheck source=deploy/lib/processes.sh
. "$here/../lib/processes.sh"
units=(kubelet containerd scheduler controller-manager apiserver etcd) # in the order of stopping

usage() { sed -n '3,8s/^# *//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
action=$1 dir=$(realpath -m "$2") node=${3:-}
[ -z "$node" ] || [ "$node" = node ] || usage
umask 077

runs() { alive "$dir/$1.pid" "$dir/"; }

stop() { # unit; the API server holds no state, and would wait long for its open watches
  local grace=150
  [ "$1" != apiserver ] || grace=10
  stop_process "$dir/$1.pid" "$dir/" "$grace"
}

unit() { # name, command…: starts what does not run yet, and remembers how
  local name=$1
  shift
  printf '%s\0' "$@" >"$dir/$name.command"
  runs "$name" || start_process "$dir/$name.pid" "$dir/$name.log" "$@"
}

await() { # unit, seconds, command…
  local name=$1 seconds=$2
  shift 2
  await_process "$dir/$name.pid" "$dir/" "$seconds" "$@" && return
  tail -n 30 "$dir/$name.log" >&2
  fail "$name did not become ready; above is the end of $dir/$name.log"
}

api() { # path, curl's options…
  local path=$1
  shift
  curl -sf --noproxy '*' --max-time 10 --cacert "$dir/ca.crt" --cert "$dir/admin.crt" --key "$dir/admin.key" "https://127.0.0.1:$port$path" "$@"
}

certificate() { # name, subject, extensions
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -out "$1.crt" -days 365 -extfile <(printf '%s\n' "$3") 2>/dev/null
  rm "$1.csr"
}

create_pki() {
  [ ! -f kubelet-server.crt ] || return 0 # the last one
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj /CN=kubernetes-ca -addext keyUsage=critical,keyCertSign,cRLSign -days 365 2>/dev/null
  openssl genrsa -out sa.key 2048 2>/dev/null
  certificate admin /O=system:masters/CN=kubernetes-admin extendedKeyUsage=clientAuth
  certificate kubelet /O=system:nodes/CN=system:node:node1 extendedKeyUsage=clientAuth
  certificate kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client extendedKeyUsage=clientAuth
  certificate server /CN=kube-apiserver "subjectAltName=IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes.default.svc"
  certificate kubelet-server /CN=node1 "subjectAltName=IP:127.0.0.1,DNS:node1,DNS:localhost"
}

kubeconfig() { # certificate's name; written by hand because eight calls of kubectl take seconds
  cat >"$1.kubeconfig" <<T
apiVersion: v1
kind: Config
clusters: [{name: dev, cluster: {server: "https://127.0.0.1:$port", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}]
contexts: [{name: dev, context: {cluster: dev, user: $1}}]
current-context: dev
T
}

# The port that this folder's cluster has or gets. A running one keeps its own.
choose_port() {
  local stored='' unit offset
  [ ! -f "$dir/port" ] || stored=$(cat "$dir/port")
  port=${PORT:-${stored:-16443}}
  for unit in "${units[@]}"; do
    runs "$unit" || continue
    [ "$port" = "$stored" ] || fail "the cluster in $dir runs on port $stored; stop it before it can move to $port"
    return 0
  done
  for offset in {0..6}; do
    ! port_in_use $((port + offset)) || fail "port $((port + offset)) is in use; choose seven free ones with PORT (now $port)"
  done
  echo "$port" >"$dir/port"
}

start_etcd() {
  local client="http://127.0.0.1:$((port + 1))" peer="http://127.0.0.1:$((port + 2))" etcd=etcd
  [ ! -x "$bin/etcd" ] || etcd=$bin/etcd
  unit etcd "$etcd" --data-dir "$dir/etcd" --log-level warn --heartbeat-interval 50 --election-timeout 250 \
    --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer"
  await etcd 30 curl -sf --noproxy '*' "$client/health"
}

start_apiserver() {
  local audit=()
  cat ca.crt ${CLIENT_CA:+"$CLIENT_CA"} >client-ca.crt
  [ -z "${AUDIT_WEBHOOK:-}" ] || audit=(--audit-policy-file="$(realpath "$AUDIT_POLICY")"
    --audit-webhook-config-file="$(realpath "$AUDIT_WEBHOOK")" --audit-webhook-batch-max-wait=1s)
  unit apiserver "$bin/kube-apiserver" --etcd-servers="http://127.0.0.1:$((port + 1))" \
    --client-ca-file="$dir/client-ca.crt" --tls-cert-file="$dir/server.crt" --tls-private-key-file="$dir/server.key" \
    --service-account-key-file="$dir/sa.key" --service-account-signing-key-file="$dir/sa.key" --service-account-issuer=https://kubernetes.default.svc \
    --authorization-mode=Node,RBAC --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port="$port" --service-cluster-ip-range=10.0.0.0/24 \
    --kubelet-client-certificate="$dir/kubelet-client.crt" --kubelet-client-key="$dir/kubelet-client.key" --kubelet-certificate-authority="$dir/ca.crt" \
    --kubelet-preferred-address-types=InternalIP --allow-privileged=true "${audit[@]}"
  await apiserver 120 api /readyz
}

# No leader election: a restarted one would wait for the lease of the one before.
start_controller_manager() {
  if [ ! -x "$bin/kube-controller-manager" ]; then
    say "no kube-controller-manager in $bin: going on without one (no CSR signing, no ServiceAccount in new namespaces, no garbage collection)"
    return
  fi
  unit controller-manager "$bin/kube-controller-manager" --kubeconfig="$dir/admin.kubeconfig" --leader-elect=false \
    --cluster-signing-cert-file="$dir/ca.crt" --cluster-signing-key-file="$dir/ca.key" --cluster-signing-duration=10m \
    --service-account-private-key-file="$dir/sa.key" --root-ca-file="$dir/ca.crt" --use-service-account-credentials=true \
    --tls-cert-file="$dir/server.crt" --tls-private-key-file="$dir/server.key" --bind-address=127.0.0.1 --secure-port=$((port + 3)) "${insecure_port_off[@]}"
  await controller-manager 60 curl -sf --noproxy '*' --cacert "$dir/ca.crt" "https://127.0.0.1:$((port + 3))/healthz"
  await controller-manager 60 api /api/v1/namespaces/default/serviceaccounts/default
}

# As everywhere: a container's user must be able to read what the two make for it.
world_readable() {
  umask 022
  "$@"
  umask 077
}

start_containerd() {
  mkdir -p cni
  cat >containerd.toml <<T
version = 2
root = "$dir/containerd/root"
state = "$dir/containerd/state"
[grpc]
  address = "$dir/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "local/sh:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  stream_server_port = "$((port + 6))"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$dir/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
T
  cat >cni/10-bridge.conflist <<'T'
{"cniVersion":"0.4.0","name":"dev","plugins":[{"type":"bridge","bridge":"cni-dev0","isGateway":true,"ipam":{"type":"host-local","subnet":"10.88.0.0/16"}}]}
T
  world_readable unit containerd containerd -c "$dir/containerd.toml"
  await containerd 30 ctr -a "$dir/containerd.sock" version
}

# The one image, made here of busybox: no registry is reached.
import_image() {
  local applet layer
  [ -z "$(ctr -a "$dir/containerd.sock" -n k8s.io image ls -q name==docker.io/local/sh:1)" ] || return 0
  mkdir -p image/{bin,etc,tmp,proc,sys,dev}
  chmod -R 755 image
  cp /bin/busybox image/bin/busybox
  for applet in $(/bin/busybox --list); do [ "$applet" = busybox ] || ln -sf busybox "image/bin/$applet"; done
  echo 'root:x:0:0:root:/:/bin/sh' >image/etc/passwd
  tar -C image -cf layer.tar .
  layer=$(sha256sum layer.tar | cut -d' ' -f1)
  printf '{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":["/bin/sleep","1000000"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$layer" >config.json
  printf '[{"Config":"config.json","RepoTags":["docker.io/local/sh:1"],"Layers":["layer.tar"]}]' >manifest.json
  tar -cf image.tar manifest.json config.json layer.tar
  ctr -a "$dir/containerd.sock" -n k8s.io image import --snapshotter native image.tar >/dev/null
  rm -r image layer.tar config.json manifest.json image.tar
}

start_kubelet() {
  local cri='' runtime=()
  if [ "$minor" -ge 27 ]; then # the CRI endpoint moved from flags to the configuration file
    cri="containerRuntimeEndpoint: unix://$dir/containerd.sock"$'\n'"failCgroupV1: false"
  else
    runtime=(--container-runtime=remote --container-runtime-endpoint="unix://$dir/containerd.sock")
  fi
  cat >kubelet.yaml <<T
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: $((port + 5))
healthzPort: 0
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $dir/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $dir/kubelet-server.crt
tlsPrivateKeyFile: $dir/kubelet-server.key
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failSwapOn: false
volumePluginDir: $dir/volume-plugins
evictionHard: {memory.available: "50Mi", nodefs.available: "1%", imagefs.available: "1%"}
$cri
T
  world_readable unit kubelet "$bin/kubelet" --config="$dir/kubelet.yaml" --kubeconfig="$dir/kubelet.kubeconfig" --root-dir="$dir/kubelet-root" \
    --hostname-override=node1 --cloud-provider=external "${runtime[@]}"
  await kubelet 60 curl -sf --noproxy '*' --cacert ca.crt --cert kubelet-client.crt --key kubelet-client.key "https://127.0.0.1:$((port + 5))/healthz"
  await kubelet 60 api /api/v1/nodes/node1
  # A kubelet refuses a loopback address of its own accord; the API server must reach it on 127.0.0.1. The node is
  # waited for only afterwards: a patch that a starting kubelet overwrites is made again.
  await kubelet 60 node_ready
}

node_ready() {
  api /api/v1/nodes/node1/status -X PATCH -H 'Content-Type: application/merge-patch+json' -o /dev/null \
    -d '{"status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"},{"type":"Hostname","address":"node1"}]}}'
  api /api/v1/nodes/node1 -X PATCH -H 'Content-Type: application/merge-patch+json' -o /dev/null -d '{"spec":{"taints":null}}'
  api /api/v1/nodes/node1 | tr -d ' \n' | grep -qE '"type":"Ready","status":"True"'
}

up() {
  require_packages openssl=openssl curl=curl
  [ -x "${KUBEBUILDER_ASSETS:-}/etcd" ] || require_packages etcd=etcd-server
  bin=$("$here/build-kubernetes.sh")
  mkdir -p "$dir"
  cd "$dir"
  choose_port
  minor=$("$bin/kube-apiserver" --version | sed -E 's/.*v1\.([0-9]+).*/\1/')
  insecure_port_off=()
  [ "$minor" -ge 24 ] || insecure_port_off=(--port=0)
  create_pki
  kubeconfig admin
  kubeconfig kubelet
  start_etcd
  start_apiserver
  start_controller_manager
  if [ -n "$node" ]; then
    require_packages ctr=containerd runc=runc busybox=busybox-static /usr/lib/cni/bridge=containernetworking-plugins iptables=iptables conntrack=conntrack
    unit scheduler "$bin/kube-scheduler" --kubeconfig="$dir/admin.kubeconfig" --leader-elect=false --bind-address=127.0.0.1 --secure-port=$((port + 4)) "${insecure_port_off[@]}"
    start_containerd
    import_image
    start_kubelet
  fi
  echo "$dir/admin.kubeconfig"
}

down() {
  local name task
  [ -d "$dir" ] || return 0
  for name in "${units[@]}"; do
    if [ "$name" = containerd ] && runs containerd; then
      for task in $(ctr -a "$dir/containerd.sock" -n k8s.io tasks ls -q); do
        ctr -a "$dir/containerd.sock" -n k8s.io tasks kill -s KILL "$task" 2>/dev/null || true
      done
      wait_until 20 no_tasks || true
    fi
    stop "$name"
  done
  awk -v d="$dir/" 'index($2, d) == 1 { print $2 }' /proc/mounts | sort -r | while read -r point; do umount -l "$point" || true; done
}

no_tasks() { ! ctr -a "$dir/containerd.sock" -n k8s.io tasks ls | grep -q RUNNING; }

restart_apiserver() {
  local command
  [ -f "$dir/apiserver.command" ] || fail "there is no cluster in $dir"
  port=$(cat "$dir/port")
  mapfile -d '' -t command <"$dir/apiserver.command"
  unit apiserver "${command[@]}"
  await apiserver 120 api /readyz
}

case $action in
  up) up ;;
  down) down ;;
  stop-apiserver) stop apiserver ;;
  start-apiserver) restart_apiserver ;;
  *) usage ;;
esac
