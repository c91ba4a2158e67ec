#!/bin/sh
# Installs what the lab needs on this machine, saying what; changes nothing when all of it is there.
# Arguments `COMMAND=PACKAGE` name more that the caller needs.
set -eu
cd "$(dirname "$0")/.."

if [ "$(uname -s)" != Linux ]; then
  echo "The lab boots Linux hosts with systemd-nspawn; this is $(uname -s). Run it on a Linux machine or in a virtual one." >&2
  exit 2
fi
if [ "$(id -u)" != 0 ]; then
  echo 'The lab boots throwaway hosts, which takes root: run the same command with sudo.' >&2
  exit 2
fi

missing=$(node --import tsx --input-type=module -e '
  import { missingPackages } from "./src/rehearse/requirements.ts"
  console.log((await missingPackages()).join(" "))')
for need in nix=nix-bin git=git curl=curl "$@"; do
  command -v "${need%%=*}" >/dev/null 2>&1 || missing="$missing ${need#*=}"
done
[ -n "$(echo "$missing" | tr -d ' ')" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "The lab needs these Debian packages, or this system's equal: $missing" >&2
  exit 2
fi
echo "installing Debian packages: $missing" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update >&2
# shellcheck disable=SC2086 # a list of packages
apt-get -qq -y --no-install-recommends install $missing >/dev/null
