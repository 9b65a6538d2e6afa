#!/bin/sh
# Install what a make target needs: config/install.sh GROUP... (groups of config/packages.txt).
# Does nothing, without root or network, where everything is already there.
set -eu
here=$(dirname "$0")

wanted() { # GROUP: the packages of one group
    awk -v g="[$1]" '/^#|^$/ {next} /^\[/ {on = ($0 == g); next} on' "$here/packages.txt"
}

missing=
for group in "$@"; do
    if [ "$group" = node ] && command -v node >/dev/null && command -v npm >/dev/null; then
        continue
    fi
    for p in $(wanted "$group"); do
        case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true) in
        *' installed') ;;
        *) missing="$missing $p" ;;
        esac
    done
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
    as_root=sudo
    command -v sudo >/dev/null || {
        echo "missing packages:$missing" >&2
        echo "install them as root:  apt-get install$missing" >&2
        exit 1
    }
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086  # the list is meant to be split
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
