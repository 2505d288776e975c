#!/usr/bin/env bash
# Installs the C libraries Baton is built with; see --help.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: deploy/setup.sh [--tools]

Checks that Swift 6.1 or later and the C libraries Baton is built with are
there, and installs the missing libraries with apt-get (through sudo unless
run as root) or Homebrew. Does and prints nothing when nothing is missing.

  --tools   also what only the gates of .ci/run and some tests need: shellcheck,
            Python's venv and, on Linux, the programs that tests make faults with
  --help    this text

Exit status: 0 all is there, 64 wrong arguments, 69 something that is needed
is not available, 77 no right to install.
HELP
}

say() { printf 'setup: %s\n' "$*" >&2; }

# Ends with status $1 and the sentence in the other arguments.
fail() {
    local status=$1
    shift
    say "$*"
    exit "$status"
}

require_swift() {
    local version major minor
    command -v swift >/dev/null 2>&1 ||
        fail 69 'Swift 6.1 or later is needed and there is no swift on the PATH; see https://www.swift.org/install'
    version=$(swift --version 2>/dev/null </dev/null |
        sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1) || true
    major=${version%%.*}
    minor=${version#*.}
    if [ -z "$version" ] || [ "$((major * 100 + minor))" -lt 601 ]; then
        fail 69 "Swift 6.1 or later is needed and $(command -v swift) is ${version:-of unknown version};" \
            'see https://www.swift.org/install'
    fi
}

# Prints the packages, named for the installer in use, whose library
# pkg-config does not find: all of them when there is no pkg-config yet.
missing_packages() {
    local row module package
    command -v pkg-config >/dev/null 2>&1 || printf 'pkg-config\n'
    for row in "${libraries[@]}"; do
        module=${row%% *}
        package=${row#* }
        pkg-config --exists "$module" 2>/dev/null || printf '%s\n' "$package"
    done
    [ "$tools" = yes ] || return 0
    for row in "${programs[@]}"; do
        # Some of them are for root, and lie where only root looks.
        PATH=$PATH:/usr/sbin:/sbin command -v "${row%% *}" >/dev/null 2>&1 || printf '%s\n' "${row#* }"
    done
    python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || printf '%s\n' "$venv_package"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@" </dev/null; else sudo "$@"; fi
}

require_right_to_install() {
    [ "$(id -u)" -ne 0 ] || return 0
    if command -v sudo >/dev/null 2>&1; then
        sudo -n true 2>/dev/null && return 0
        if [ -t 0 ] && sudo -v; then return 0; fi
    fi
    fail 77 "these packages are missing and only root may install them: $*;" \
        "run this as root or with sudo, or: apt-get install $*"
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@" >>"$log" 2>&1
}

install_packages() {
    say "installing $*"
    if [ "$installer" = brew ]; then
        brew install "$@" </dev/null >>"$log" 2>&1 && return 0
    else
        require_right_to_install "$@"
        # The package lists are fetched only when they lack a package or are too old to fetch it by.
        apt_install "$@" && return 0
        as_root apt-get update >>"$log" 2>&1 && apt_install "$@" && return 0
    fi
    tail -n 20 "$log" >&2
    fail 69 "$installer could not install $*; its last lines are above"
}

tools=no
for argument in "$@"; do
    case $argument in
        --tools) tools=yes ;;
        --help | -h) usage && exit 0 ;;
        *) fail 64 "unknown argument $argument; see deploy/setup.sh --help" ;;
    esac
done

require_swift

# Each row: a program that only tests run, and the package that holds it.
programs=('shellcheck shellcheck')

# Each row: the module as pkg-config names it, and the package that holds it.
if [ "$(uname -s)" = Darwin ]; then
    installer=brew
    venv_package=python3
    libraries=('sqlite3 sqlite' 'libmicrohttpd libmicrohttpd' 'libcurl curl' 'libcrypto openssl@3')
    if command -v brew >/dev/null 2>&1; then
        # Homebrew keeps some of these apart from its common directories.
        for row in "${libraries[@]}"; do
            PKG_CONFIG_PATH=$(brew --prefix)/opt/${row#* }/lib/pkgconfig:${PKG_CONFIG_PATH:-}
        done
        export PKG_CONFIG_PATH
    fi
else
    installer=apt-get
    venv_package=python3-venv
    libraries=(
        'sqlite3 libsqlite3-dev'
        'libmicrohttpd libmicrohttpd-dev'
        'libcurl libcurl4-openssl-dev'
        'libcrypto libssl-dev'
        'libseccomp libseccomp-dev'
    )
    programs+=(
        'strace strace'
        'eatmydata eatmydata'
        'faketime faketime'
        'nft nftables'
        'ip iproute2'
        'mkfs.ext4 e2fsprogs'
    )
fi

missing=$(missing_packages)
[ -n "$missing" ] || exit 0
missing=${missing//$'\n'/ }
command -v "$installer" >/dev/null 2>&1 ||
    fail 69 "these packages are missing and there is no $installer to install them with: $missing"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
read -r -a packages <<<"$missing"
install_packages "${packages[@]}"
missing=$(missing_packages)
[ -z "$missing" ] || fail 69 "pkg-config still does not find what was just installed: ${missing//$'\n'/ }"
