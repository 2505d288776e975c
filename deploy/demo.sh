#!/usr/bin/env bash
# Builds Baton and runs the whole relay on this machine; see --help.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: deploy/demo.sh [DIR] [--job ID] [--brief FILE] [--source FILE]… [--serve]

Installs the C libraries that are missing, builds Baton in release mode and
runs `baton demo` with the given arguments: four nodes on this machine relay
one job. Files are named from the current directory.

  --help    this text; all options of `baton demo`: .build/release/baton demo --help

Exit status: that of `baton demo`, or of the step before it that failed.
HELP
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

case ${1:-} in
    --help | -h) usage && exit 0 ;;
esac

say() { printf 'demo: %s\n' "$*" >&2; }

# Builds product $1; shows the compiler's words only when it fails.
build() {
    local status=0
    swift build --package-path "$root" -c release --product "$1" </dev/null >"$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$log" >&2
        say "the build of $1 failed; the compiler's output is above"
        exit "$status"
    fi
}

"$root/deploy/setup.sh"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
say 'building batond and baton in release mode (some minutes the first time)'
build batond
build baton
rm -f "$log"
products=$(swift build --package-path "$root" -c release --show-bin-path)

say "running baton demo${*:+ $*}"
exec "$products/baton" demo "$@"
