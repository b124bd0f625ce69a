# shellcheck shell=bash
# Sourced by scripts that install what is missing, after workspace.sh: the platform's package managers, which ask nothing.

install_seconds=300

as_root() {
  if [ "$(id -u)" = 0 ]; then
    bounded "$install_seconds" "$@" >&2
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    bounded "$install_seconds" sudo -n "$@" >&2
  else
    echo "Not root, and sudo wants a password: cannot run $*" >&2
    return 1
  fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=60 "$@"
}

brew_install() {
  bounded "$install_seconds" env NONINTERACTIVE=1 HOMEBREW_NO_AUTO_UPDATE=1 brew install --quiet "$@" >&2
}
