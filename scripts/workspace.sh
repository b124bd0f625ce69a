# shellcheck shell=bash
# Sourced by the other scripts: where the workspace is, which Node runs it, and one command under a time limit.

# shellcheck disable=SC2034 # used by those who source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

require_node() {
  if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    echo "Node.js 20.19 or newer is needed, with npm; see https://nodejs.org/en/download" >&2
    exit 1
  fi
  if ! node -e 'const [major, minor] = process.versions.node.split(".").map(Number)
      process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'; then
    echo "Node.js 20.19 or newer is needed; this is $(node --version)" >&2
    exit 1
  fi
}

bounded_pid=''

# bounded SECONDS COMMAND...: runs the command in a process group of its own, which ends with it, on time-out, and when
# this script is interrupted. In the background, so that a trap here runs at once and not after the command.
bounded() {
  node "$root/scripts/bounded.mjs" "$@" &
  bounded_pid=$!
  local status=0
  wait "$bounded_pid" || status=$?
  bounded_pid=''
  return "$status"
}

# Where on_interrupt speaks, wherever the output of a step goes.
exec 3>&2

# on_interrupt: for a trap; ends what `bounded` runs, and then this script.
on_interrupt() {
  trap - INT TERM HUP
  if [ -n "$bounded_pid" ]; then
    kill -TERM "$bounded_pid" 2>/dev/null || true
    wait "$bounded_pid" 2>/dev/null || true
  fi
  echo "interrupted" >&3
  exit 130
}
