#!/bin/sh
# Run by mmdebstrap on this machine.
# $1: root of the new image. Other arguments: packages that `apt-get install` must be able to install
# in it later without a network. Puts them in a package repository inside the image.
set -eu
root=$1
shift
repository=/opt/rehearsal-packages

chroot "$root" apt-get install --yes --quiet --no-install-recommends --download-only "$@"
mkdir -p "$root$repository"
cp -l "$root"/var/cache/apt/archives/*.deb "$root$repository/"

# What dpkg-scanpackages does, without the compiler it would bring along.
# shellcheck disable=SC2016  # the inner shell expands it
chroot "$root" sh -eu -c '
  cd "$1"
  for deb in *.deb; do
    dpkg-deb --field "$deb"
    printf "Filename: ./%s\nSize: %s\nSHA256: %s\n\n" \
      "$deb" "$(stat --format=%s "$deb")" "$(sha256sum "$deb" | cut -d" " -f1)"
  done > Packages
' index "$repository"
