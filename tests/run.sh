#!/usr/bin/env bash
# Builds everything and runs every test against real services: Kubernetes, PostgreSQL, Chromium, the published server
# and the published plugin. Installs the Debian packages that are missing. The last line is `N passed, N failed`.
#   tests/run.sh           all of it; a skipped test counts as failed
#   tests/run.sh --quick   no services and no end-to-end tests: what `dotnet test` alone runs
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=deploy/lib/progress.sh
. deploy/lib/progress.sh
# shellcheck source=deploy/lib/debian.sh
. deploy/lib/debian.sh
# shellcheck source=deploy/lib/processes.sh
. deploy/lib/processes.sh
# shellcheck source=deploy/lib/publish.sh
. deploy/lib/publish.sh

case "${1:-}" in
  '') quick='' ;;
  --quick) quick=1 ;;
  *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
esac

passed=0 failed=0 failures=() kubernetes_build='' test_group='' finished=''
unset "${!ACCESSGATEWAY_TEST_@}" # what the tests find is what this script made
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

main() {
  work=$(mktemp -d /tmp/access-gateway-tests.XXXXXX)
  chmod 711 "$work" # the user postgres passes through
  logs=$work/logs
  mkdir "$logs" "$work/tmp"
  trap clean_up EXIT
  trap 'exit 130' INT TERM

  type -P dotnet >/dev/null || fail "the .NET SDK is missing; install version 10 (global.json says which)"
  install_what_is_missing
  [ -n "$quick" ] || build_kubernetes_meanwhile
  timed "building the solution" dotnet build AccessGateway.sln -c Debug -p:RestoreLockedMode=true --disable-build-servers
  [ -n "$quick" ] || start_services
  check_scripts
  run_test_projects
  summarize
}

install_what_is_missing() {
  local wanted=(shellcheck=shellcheck jq=jq)
  # Kubernetes' own build installs what it needs, where it has to build.
  [ -n "$quick" ] || wanted+=(etcd=etcd-server openssl=openssl curl=curl kubectl=kubernetes-client chromium=chromium
    ctr=containerd runc=runc busybox=busybox-static /usr/lib/cni/bridge=containernetworking-plugins iptables=iptables conntrack=conntrack buildah=buildah
    /usr/lib/softhsm/libsofthsm2.so=softhsm2 /usr/lib/python3/dist-packages/aiosmtpd/smtp.py=python3-aiosmtpd '/usr/lib/postgresql/*/bin/postgres=postgresql' 'clang|gcc=clang' /usr/include/zlib.h=zlib1g-dev)
  require_packages "${wanted[@]}"
}

# Behind the .NET build where cores are few, and in a process group of its own, so that it can be stopped whole.
build_kubernetes_meanwhile() {
  nice setsid deploy/dev-cluster/build-kubernetes.sh >"$work/kube-bin" 2> >(sed -u 's/^/[kubernetes] /' >&2) </dev/null &
  kubernetes_build=$!
}

start_services() {
  publish_programs "$root/artifacts/publish"
  timed "starting PostgreSQL" start_postgres
  local started=$SECONDS
  [ -s "$work/kube-bin" ] || say "${bold}==>${plain} waiting for the build of Kubernetes"
  wait "$kubernetes_build" || fail "Kubernetes could not be built"
  steps+=("$((SECONDS - started)) waiting for the build of Kubernetes")
  kubernetes_build=''

  KUBE_BIN=$(tail -n 1 "$work/kube-bin")
  export KUBE_BIN
  export ACCESSGATEWAY_TEST_PUBLISHED=$root/artifacts/publish
  export ACCESSGATEWAY_TEST_SERVER=$root/artifacts/publish/server/access-gateway
  export ACCESSGATEWAY_TEST_PLUGIN=$root/artifacts/publish/bin/kubectl-access
  ACCESSGATEWAY_TEST_POSTGRES="Host=127.0.0.1;Port=$(cat "$work/postgres/port");Username=postgres;Password=$(cat "$work/postgres/password");Database=postgres"
  export ACCESSGATEWAY_TEST_POSTGRES
  export ACCESSGATEWAY_TEST_CHROMIUM=/usr/bin/chromium
  export ACCESSGATEWAY_TEST_SOFTHSM=/usr/lib/softhsm/libsofthsm2.so
  export ACCESSGATEWAY_TEST_SERVICES=1
}

# A PostgreSQL of the run's own, for which losing data in a crash is fine. It refuses to run as root.
start_postgres() {
  local programs port as=()
  programs=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
  port=$(free_port)
  mkdir "$work/postgres"
  cd "$work/postgres"
  echo "$port" >port
  openssl rand -hex 16 >password
  if [ "$EUID" -eq 0 ]; then
    as=(setpriv --reuid=postgres --regid=postgres --init-groups)
    chown -R postgres: .
  fi
  chmod 700 .
  "${as[@]}" "$programs/initdb" -D "$work/postgres/data" -U postgres --auth=scram-sha-256 --pwfile=password --no-sync -E UTF8 --locale=C
  start_process "$work/postgres.pid" "$logs/postgres.log" "${as[@]}" "$programs/postgres" -D "$work/postgres/data" -p "$port" \
    -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$work/postgres" -c max_connections=300 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off
  await_process "$work/postgres.pid" "$work/postgres/" 30 "$programs/pg_isready" -h 127.0.0.1 -p "$port" || { cat "$logs/postgres.log"; return 1; }
}

stop_postgres() {
  if alive "$work/postgres.pid" "$work/postgres/"; then kill -INT "$(cat "$work/postgres.pid")"; fi # at once, not after its clients
  stop_process "$work/postgres.pid" "$work/postgres/"
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    port_in_use "$port" || break
  done
  echo "$port"
}

count() { # name, passed, failed
  passed=$((passed + $2)) failed=$((failed + $3))
  [ "$3" -eq 0 ] || failures+=("$1: $3 failed")
  say "    $1: $2 passed, $3 failed"
}

check_scripts() {
  local scripts
  mapfile -t scripts < <(git ls-files '*.sh' .ci/run 2>/dev/null || find deploy tests .ci -name '*.sh' -o -path .ci/run)
  say "${bold}==>${plain} checking ${#scripts[@]} scripts with shellcheck"
  if shellcheck -x "${scripts[@]}" >&2; then count shellcheck 1 0; else count shellcheck 0 1; fi
}

run_test_projects() {
  local project folder
  # A Directory.Build.props of the tests' own may move their output; the build itself knows where to.
  folder=$(dotnet msbuild tests/AccessGateway.Tests -getProperty:ArtifactsPath)
  for project in tests/*.Tests tests/AccessGateway.EndToEnd; do
    [ -d "$project" ] || continue
    [ -z "$quick" ] || [ "$project" != tests/AccessGateway.EndToEnd ] || continue
    if grep -rqE --include='*.cs' --include='*.razor' '\[(Fact|Theory)' "$project"; then
      run_tests "${project#tests/}" "$folder"
    else
      say "${bold}==>${plain} ${project#tests/} has no tests yet"
    fi
  done
}

# A test project is a program. It runs in a process group of its own, of which nothing is left when it ends.
run_tests() { # project, artifacts folder
  local name=$1 program=$2/bin/$1/debug/$1 report=$work/$1.json started=$SECONDS status=0 ok=0 bad=0
  say "${bold}==>${plain} $name"
  TMPDIR=$work/tmp timeout --kill-after=30 1800 "$program" -noLogo -noColor -noAutoReporters -reporter quiet -result-ctrf "$report" >&2 </dev/null &
  test_group=$!
  wait "$test_group" || status=$?
  end_test_group
  if [ -s "$report" ]; then
    read -r ok bad < <(jq -r --argjson quick "${quick:-0}" \
      '.results.summary | "\(.passed) \(.failed + (if $quick == 1 then 0 else .skipped + .pending + .other end))"' "$report")
  fi
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
    say "    $name ended with exit code $status"
    bad=1
  elif [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ]; then
    say "    $name ran no test"
    bad=1
  fi
  steps+=("$((SECONDS - started)) $name")
  count "$name" "$ok" "$bad"
}

end_test_group() {
  [ -z "$test_group" ] || kill -KILL -- "-$test_group" 2>/dev/null || true
  test_group=''
}

summarize() {
  local line
  if [ -z "$quick" ] && ! alive "$work/postgres.pid" "$work/postgres/"; then
    tail -n 40 "$logs/postgres.log" >&2
    count "PostgreSQL, which ended before the tests did" 0 1
  fi
  [ ${#failures[@]} -eq 0 ] || say "${red}failed:${plain}"
  for line in "${failures[@]}"; do say "    $line"; done
  finished=1
}

# Where the time went, the steps of less than a second left out.
say_times() {
  local step
  say "time:"
  for step in "${steps[@]}" "$SECONDS all of it"; do
    [ "${step%% *}" -eq 0 ] || say "$(printf '%15s  %s' "$(elapsed "${step%% *}")" "${step#* }")"
  done
}

# Whatever happened: nothing that was started stays, and the result is the last line.
clean_up() {
  local status=$? folder
  trap - EXIT
  trap '' INT TERM
  end_test_group
  [ -z "$kubernetes_build" ] || kill -- "-$kubernetes_build" 2>/dev/null || true
  find "$work/tmp" -name apiserver.command -printf '%h\n' | while read -r folder; do # of a test that could not clean up
    deploy/dev-cluster/cluster.sh down "$folder" || true
  done
  stop_postgres
  [ -z "$kubernetes_build" ] || wait "$kubernetes_build" 2>/dev/null || true
  rm -rf "$work"
  [ -n "$finished" ] || failed=$((failed + 1)) # the step that ended the run
  say_times
  echo "$passed passed, $failed failed"
  [ "$status" -ne 0 ] || [ "$failed" -eq 0 ] || status=1
  exit "$status"
}

main
