#!/bin/sh
# Run by mmdebstrap on this machine. $1: root of the new image, which has Nix and nginx.
set -eu
root=$1

mkdir -p "$root/etc/nix"
# No substituters: there is no network. No build users: root builds, and may chroot into a toolchain.
cat > "$root/etc/nix/nix.conf" <<'CONF'
experimental-features = nix-command flakes
sandbox = false
substituters =
build-users-group =
CONF
systemctl --root="$root" --quiet enable nginx.service
