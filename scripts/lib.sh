# Sourced by the scripts: installs what is missing, starts what does not run, remembers what to stop.
# shellcheck shell=bash

# Versions of the tools that the tests use.
readonly CARGO_DENY_VERSION=0.20.2
readonly CARGO_FUZZ_VERSION=0.13.2

readonly CACHE_DIR="${SCF_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/scf-action}"
readonly TOOLS_DIR="$CACHE_DIR/tools"
export PATH="$TOOLS_DIR/bin:$PATH"

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$1" >&2
  [[ $# -gt 1 ]] && printf 'hint: %s\n' "$2" >&2
  exit 1
}

# as_root COMMAND...: with sudo where we are not root.
as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi
}

# apt_update: refreshes the index of Debian's registry, once.
apt_update() {
  command -v apt-get >/dev/null || fail "there is no apt-get" "install what is missing by hand"
  as_root true 2>/dev/null || fail "cannot install packages: not root" "run this as root, or allow sudo"
  [[ -n ${APT_UPDATED:-} ]] && return
  as_root apt-get update -qq >/dev/null || fail "apt-get update failed"
  APT_UPDATED=1
}

# apt_install PACKAGE...: from Debian's registry.
apt_install() {
  apt_update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
    fail "apt-get install $* failed"
}

# need COMMAND PACKAGE...: installs the packages unless the command is there.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null || { say "installing $*"; apt_install "$@"; }
}

need_rust() {
  command -v cargo >/dev/null ||
    fail "cargo is not installed" "install Rust with rustup; rust-toolchain.toml names the version"
  need cc gcc libc6-dev
}

# The program alone: the package would also start a service, on a port that may be somebody's.
need_docker_registry() {
  command -v docker-registry >/dev/null && return
  say "installing docker-registry"
  local folder
  folder=$(mktemp -d)
  apt_update
  (cd "$folder" && apt-get -o APT::Sandbox::User=root download -qq docker-registry >/dev/null && dpkg -x ./docker-registry_*.deb .) ||
    fail "apt-get download docker-registry failed"
  install -D "$folder/usr/bin/docker-registry" "$TOOLS_DIR/bin/docker-registry"
  rm -r "$folder"
}

need_cargo_deny() {
  [[ "$(cargo-deny --version 2>/dev/null)" == "cargo-deny $CARGO_DENY_VERSION" ]] && return
  say "installing cargo-deny $CARGO_DENY_VERSION"
  # Unoptimised: it runs for a second, and would build for minutes longer.
  cargo install --quiet --locked --debug --root "$TOOLS_DIR" "cargo-deny@$CARGO_DENY_VERSION"
}

need_cargo_fuzz() {
  [[ "$(cargo-fuzz --version 2>/dev/null)" == "cargo-fuzz $CARGO_FUZZ_VERSION" ]] && return
  say "installing cargo-fuzz $CARGO_FUZZ_VERSION"
  cargo install --quiet --locked --debug --root "$TOOLS_DIR" "cargo-fuzz@$CARGO_FUZZ_VERSION"
}

docker_answers() { curl -fsS --max-time 5 --unix-socket /var/run/docker.sock http://docker/_ping >/dev/null 2>&1; }

# await_docker SECONDS: whether an engine answers within them.
await_docker() {
  local end=$((SECONDS + $1))
  until docker_answers; do
    ((SECONDS < end)) || return 1
    # A process of ours that has ended will not answer any more.
    [[ -z $STARTED_DOCKER ]] || kill -0 "$STARTED_DOCKER" 2>/dev/null || return 1
    sleep 0.2
  done
}

# start_docker: makes sure that an engine answers. STARTED_DOCKER is its process if we started it.
STARTED_DOCKER=
start_docker() {
  need curl curl ca-certificates
  docker_answers && return
  [[ -n ${DOCKER_HOST:-} ]] && return # An engine elsewhere: the program says what is wrong with it.
  if ! command -v dockerd >/dev/null; then
    say "installing Docker Engine"
    apt_install docker.io iptables
    # Where services run, the package has started it: it is the machine's, and goes on running.
    await_docker 5 && return
  fi
  [[ $(id -u) == 0 ]] || fail "Docker Engine is not running" "start it, or run this as root"
  say "starting Docker Engine"
  mkdir -p "$CACHE_DIR"
  # A session of its own: Ctrl-C is for the script.
  setsid dockerd --data-root "$CACHE_DIR/docker" --pidfile "$CACHE_DIR/dockerd.pid" \
    >"$CACHE_DIR/dockerd.log" 2>&1 </dev/null &
  STARTED_DOCKER=$!
  await_docker 30 && return
  tail -n 20 "$CACHE_DIR/dockerd.log" >&2
  stop_docker
  fail "Docker Engine did not start" "its log is $CACHE_DIR/dockerd.log"
}

# stop_docker: the engine that start_docker started, by its process.
stop_docker() {
  [[ -n $STARTED_DOCKER ]] || return 0
  kill "$STARTED_DOCKER" 2>/dev/null || true
  wait "$STARTED_DOCKER" 2>/dev/null || true
  STARTED_DOCKER=
}

# tell_docker: says how to stop the engine that start_docker started and that goes on running.
tell_docker() {
  [[ -n $STARTED_DOCKER ]] || return 0
  echo "Docker Engine was started by this script and goes on running: kill $STARTED_DOCKER stops it."
}
