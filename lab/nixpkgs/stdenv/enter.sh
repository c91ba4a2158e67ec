# shellcheck shell=sh
# The builder of every derivation, run by the machine's own /bin/sh: goes into the toolchain and
# runs bash there. What a build sees of the machine is /nix, /proc, /dev and its own directory,
# which is /build whatever Nix called it, so that nothing of the machine gets into its output.
set -eu
tree=$1 recipe=$2
shift 2

made=
if [ -r "$tree/etc/slipway/recipe" ]; then read -r made <"$tree/etc/slipway/recipe"; fi
if [ "$made" != "$recipe" ]; then
  if [ -n "$made" ]; then problem='was made to another recipe'; else problem='is missing'; fi
  echo "The toolchain, $tree, $problem." >&2
  echo "Run lab/toolchain.sh on this machine, and Nix with 'sandbox = false'." >&2
  exit 1
fi

# Statically linked, so it runs on any host.
busybox=$tree/usr/bin/busybox
if [ "$("$busybox" id -u)" != 0 ]; then
  echo "Builds enter the toolchain as root: run Nix with 'build-users-group =' (empty)." >&2
  exit 1
fi
# Only a fixed output may come from the network.
network=
if [ -z "${outputHash:-}" ]; then network=-n; fi
export tree busybox network
# shellcheck disable=SC2016 # expanded by the shell inside
exec "$busybox" unshare -m $network --propagation private "$busybox" sh -eu -c '
  [ -z "$network" ] || "$busybox" ip link set lo up
  "$busybox" mount -o bind "$tree" "$tree"
  "$busybox" mount -o remount,bind,ro "$tree"
  for shared in nix proc dev; do "$busybox" mount -o rbind "/$shared" "$tree/$shared"; done
  "$busybox" mount -o bind "$NIX_BUILD_TOP" "$tree/build"
  "$busybox" mount -t tmpfs tmpfs "$tree/tmp"
  if [ -z "$network" ]; then
    # A host without a network has neither.
    for shared in etc/resolv.conf etc/ssl/certs; do
      [ ! -e "/$shared" ] || "$busybox" mount -o bind "/$shared" "$tree/$shared"
    done
  fi
  chroot=$busybox root=$tree
  unset tree busybox network
  exec "$chroot" chroot "$root" /bin/bash "$@"
' enter "$@"
