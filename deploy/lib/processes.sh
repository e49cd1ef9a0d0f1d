# Background processes with a pid file, and ports. Sourced.
# A pid file outlives its process and the number is used again: a process counts only while its command line holds
# the mark (a path of its own) that the starter gave.
# shellcheck shell=bash

alive() { # pid file, mark
  local pid
  pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] && grep -qaF -- "$2" "/proc/$pid/cmdline" 2>/dev/null
}

gone() { ! alive "$@"; }

# Starts a process in a session of its own: Ctrl+C in the terminal does not reach it, and it outlives the script.
start_process() { # pid file, log, command…
  local pidfile=$1 log=$2
  shift 2
  setsid nohup "$@" >"$log" 2>&1 </dev/null &
  echo $! >"$pidfile"
}

stop_process() { # pid file, mark, tenths of a second from TERM to KILL (150)
  local pid
  if alive "$1" "$2"; then
    pid=$(cat "$1")
    kill "$pid" 2>/dev/null || true
    wait_until "${3:-150}" gone "$1" "$2" || kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$1"
}

port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Waits until a command succeeds; fails after that many tenths of a second.
wait_until() { # tenths, command…
  local left=$1
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.1
  done
}

# Waits until a command tells that a process is up; gives up early when the process is gone.
await_process() { # pid file, mark, seconds, command…
  local pidfile=$1 mark=$2 limit=$(($3 * 10)) tenth
  shift 3
  for ((tenth = 0; tenth < limit; tenth++)); do
    "$@" >/dev/null 2>&1 && return
    [ "$tenth" -lt 10 ] || alive "$pidfile" "$mark" || return 1
    sleep 0.1
  done
  return 1
}
