#!/bin/sh
# Run by mmdebstrap on this machine once the packages are installed.
# $1: root of the new image. Turns a minimal Debian into a host that slipway can rehearse on.
set -eu
root=$1

# Each host gets a key and an identity of its own.
rm -f "$root"/etc/ssh/ssh_host_*
: > "$root/etc/machine-id"
# The hosts have no way to the outside, so no name can be looked up.
rm -f "$root/etc/resolv.conf"
rm -rf "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/var/lib/apt/lists/*
if [ -d "$root/opt/rehearsal-packages" ]; then
  echo 'deb [trusted=yes lang=none] file:/opt/rehearsal-packages ./' > "$root/etc/apt/sources.list.d/rehearsal.list"
fi
chroot "$root" apt-get --quiet update
# mmdebstrap may start the image with a policy that keeps services from starting.
rm -f "$root/usr/sbin/policy-rc.d"
# Nothing to bring up to date at a host's first boot.
touch --reference="$root/usr" "$root/etc/.updated" "$root/var/.updated"
echo LANG=C.UTF-8 > "$root/etc/default/locale"

systemctl --root="$root" --quiet enable systemd-networkd.service ssh.service
# Work on a schedule would disturb a rehearsal, and most of it wants the network.
systemctl --root="$root" --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  fstrim.timer e2scrub_all.timer systemd-networkd-wait-online.service
