#!/usr/bin/env bash
# Tries the ValidatingAdmissionPolicy of `config rbac --admission-policy` with the CEL evaluator that Kubernetes itself uses, on good and
# bad objects: tests/AccessGateway.Tests/Clusters/OwnWrites. The development cluster is too old to have such policies.
#   tests/cel/run.sh DIR    DIR holds the source of github.com/google/cel-go with its vendor folder: v0.17.8 is Kubernetes 1.30's,
#                           v0.20.1 is 1.31's. Needs Go (Debian: golang-go; 1.19 builds both), and no network.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# = 1 ] || { sed -n '2,5s/^# *//p' "$0" >&2; exit 2; }
source=$(realpath "$1") cases=$(realpath "$here/../AccessGateway.Tests/Clusters/OwnWrites")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source/." "$work"
mkdir "$work/own-writes"
cp "$here/main.go" "$work/own-writes"
cd "$work"
GOFLAGS=-mod=vendor GOPROXY=off go build -o own-writes/cel ./own-writes
own-writes/cel "$cases/policy.json" "$cases/cases.json"
