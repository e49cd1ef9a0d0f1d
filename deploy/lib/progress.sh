# What a script is doing, on stderr. Sourced; stdout stays free for results.
# shellcheck shell=bash

if [ -t 2 ] && [ "${CI:-}" != true ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' red='' plain=''
fi

say() { printf '%s\n' "$*" >&2; }
fail() { say "${red}error:${plain} $*"; exit 1; }

elapsed() { # seconds
  if [ "$1" -ge 60 ]; then printf '%d min %d s' $(($1 / 60)) $(($1 % 60)); else printf '%d s' "$1"; fi
}

# Says every 20 s that a step still runs, for as long as the calling script lives.
pulse() { # text, start
  local never
  exec {never}<> <(:)
  while ! read -rt 20 -u "$never" && kill -0 $$ 2>/dev/null; do
    say "${dim}    still $1 ($(elapsed $((SECONDS - $2))))${plain}"
  done
}

steps=() # seconds and text of each that is done

# Runs one long step. Its output goes to a log in $logs, the end of which is shown when the step fails; then the script ends.
# The command may be a function; it runs in a subshell, so it cannot set the caller's variables.
timed() { # text, command…
  local text=$1 started=$SECONDS log status pulse errexit=${-//[^e]/}
  shift
  log=$(mktemp "${logs:-${TMPDIR:-/tmp}}/step.XXXXXX")
  say "${bold}==>${plain} $text"
  pulse "$text" "$started" >/dev/null & pulse=$!
  set +e # in `command || …` the shell would go on after an error inside a function
  (set -e; "$@") >"$log" 2>&1 </dev/null
  status=$?
  [ -z "$errexit" ] || set -e
  kill "$pulse" 2>/dev/null || true
  wait "$pulse" 2>/dev/null || true
  if [ "$status" -ne 0 ]; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    say "${red}failed:${plain} $text (after $(elapsed $((SECONDS - started))), exit code $status)"
    exit "$status"
  fi
  rm -f "$log"
  steps+=("$((SECONDS - started)) $text")
  say "    done in $(elapsed $((SECONDS - started)))"
}
