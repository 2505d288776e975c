#!/usr/bin/env bash
# Builds and runs every test; see --help.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: deploy/test.sh [--long] [arguments of swift test…]

Installs the C libraries that are missing, builds Baton with its tests and
runs them.

  --long    also the long tests (exports BATON_LONG_TESTS=1), and all but those
            of load once more under the address sanitizer, in .build-address
  --help    this text

Examples: deploy/test.sh --filter RelayCoreTests
          deploy/test.sh --sanitize=thread --scratch-path .build-thread
          BATON_SEED=42 BATON_TRACE=1 deploy/test.sh --filter SimulationTests

The simulated fleet takes BATON_SEED (that history alone), BATON_SEEDS (how
many), BATON_KEEP_GOING=1 (also after one fails), BATON_TRACE=1 (print all).

Exit status: 0 all passed, else that of the step that failed.
HELP
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"

say() { printf 'test: %s\n' "$*"; }

# Runs the command after the words in $1; ends with its status when it fails.
step() {
    local doing=$1 status=0
    shift
    say "$doing"
    "$@" </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        say "FAILED: $doing (exit status $status, after $SECONDS s)"
        exit "$status"
    fi
}

# What changes how things are built goes to `swift build` as well, so that `swift test` finds it all built.
test_options=()
build_options=()
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) usage && exit 0 ;;
        --long) export BATON_LONG_TESTS=1 ;;
        --sanitize=* | --scratch-path=* | --configuration=*)
            build_options+=("$1")
            ;;
        --sanitize | --scratch-path | --configuration | -c | -X*)
            if [ $# -lt 2 ]; then
                say "$1 needs a value"
                exit 64
            fi
            build_options+=("$1" "$2")
            shift
            ;;
        *) test_options+=("$1") ;;
    esac
    shift
done

step 'looking for what the build needs' deploy/setup.sh
step 'building' swift build --build-tests ${build_options[@]+"${build_options[@]}"}
step 'running the tests' \
    swift test --disable-xctest ${build_options[@]+"${build_options[@]}"} ${test_options[@]+"${test_options[@]}"}
if [ "${BATON_LONG_TESTS:-}" = 1 ] && [[ ${build_options[*]-} != *--sanitize* ]]; then
    # With the backtracer a crash trips the sanitizer once more, in the handler, and hangs.
    export SWIFT_BACKTRACE=enable=no
    # The search for leaks attaches to its own process, which the daemon's filter denies.
    export ASAN_OPTIONS=detect_leaks=0
    unset BATON_LONG_TESTS
    address=(--sanitize=address --scratch-path .build-address)
    step 'building for the address sanitizer' swift build --build-tests "${address[@]}"
    step 'running the tests under the address sanitizer' \
        swift test --disable-xctest "${address[@]}" --skip 'LoadTests|LoopTests' \
        ${test_options[@]+"${test_options[@]}"}
fi
say "all passed ($SECONDS s)"
