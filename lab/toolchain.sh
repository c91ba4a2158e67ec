#!/bin/sh
# Makes the compilers the lab builds with: a Debian tree that nixpkgs/ (the offline stand-in for
# nixpkgs) enters for every build. Packages are fetched and verified by apt, then only unpacked:
# no maintainer script runs and nothing is installed on this machine.
#
#   toolchain.sh [DIR]     (default: a folder of this recipe's own in /var/cache/slipway/rehearse/toolchains)
#
# Does nothing when DIR was made by this very recipe. Trees of other recipes stay, for checkouts of
# other versions, until nobody has asked for them for a month. The tree is put together in DIR.new and
# renamed when it is whole, so it can be killed and run again at any time. The packages come from
# the Debian mirror this machine uses itself, or from the one SLIPWAY_DEBIAN_MIRROR names.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
trees=/var/cache/slipway/rehearse/toolchains
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf '%s\n' "toolchain: $*" >&2; }
die() { say "$*"; exit 1; }
sha256() { sha256sum | cut -d ' ' -f 1; }

[ "$(id -u)" = 0 ] || die 'must be run as root'
[ -r "$keyring" ] || die "needs $keyring (package debian-archive-keyring)"

packages='' absent='' excluded='' suite=''
# shellcheck source=/dev/null
. "$here/nixpkgs/toolchain.conf"
recipe=$(sha256 <"$here/nixpkgs/toolchain.conf")
stamp=$(cat "$0" "$here/nixpkgs/toolchain.conf" | sha256)
# As nixpkgs/toolchain.nix has it.
tree=${1:-$trees/$(printf %.16s "$recipe")}

whole() { [ "$(cat "$1/etc/slipway/stamp" 2>/dev/null)" = "$stamp" ]; }

mkdir -p "$trees" "$(dirname -- "$tree")"
exec 9>"$tree.lock"
flock 9
rm -rf --one-file-system "$tree.old"
if whole "$tree"; then touch "$tree"; exit 0; fi
new=$tree.new

put_in_place() {
  if [ -e "$tree" ]; then mv -T "$tree" "$tree.old"; fi
  mv -T "$new" "$tree"
  rm -rf --one-file-system "$tree.old"
  find "$trees" -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf --one-file-system {} +
  say "$tree is ready"
}
if whole "$new"; then put_in_place; exit 0; fi

# shellcheck disable=SC2016 # apt's own variable
mirror=${SLIPWAY_DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | grep -m 1 '/debian/*$' || :)}
[ -n "$mirror" ] || die 'this machine knows no Debian mirror: name one in SLIPWAY_DEBIAN_MIRROR'

# apt, with everything it keeps inside the new tree.
rm -rf --one-file-system "$new"
apt=$new/var/apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial"
arch=$(dpkg --print-architecture)
for entry in $absent; do
  case $entry in *=*) version=${entry#*=} ;; *) version=99:0 ;; esac
  printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "${entry%%=*}" "$version" "$arch"
  printf 'Status: install ok installed\nMulti-Arch: allowed\n'
  printf 'Maintainer: none\nDescription: left out\n\n'
done >"$apt/status"
printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$suite" >"$apt/sources.list"
cat >"$apt/apt.conf" <<EOF
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
APT::Architecture "$arch";
APT::Architectures "$arch";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
EOF
export APT_CONFIG="$apt/apt.conf"

say "fetching packages from Debian $suite"
apt-get -qq update
# shellcheck disable=SC2086 # a list of words
apt-get -qq --yes --download-only install $packages || apt-get --simulate install $packages

say 'unpacking'
patterns=$apt/excluded
printf '%s' "$excluded" | tr -s ' ' '\n' >"$patterns"
# shellcheck disable=SC2016 # expanded by the shell it is given to
unpack='set -eu
  for deb; do
    dpkg-deb --fsys-tarfile "$deb" >"$deb.tar"
    tar -C "$new" -x -f "$deb.tar" --keep-directory-symlink --exclude-from="$patterns"
    about=$info/$(dpkg-deb --field "$deb" Package)
    tar -t -f "$deb.tar" >"$about.list"
    dpkg-deb --field "$deb" Depends | tr ",|" "\n\n" | sed "s/^ *//; s/[ :(].*//" >"$about.depends"
    rm "$deb.tar" "$deb"
  done'
# What belongs to which package, and what a package depends on: nixpkgs/ makes packages of these.
info=$new/var/lib/dpkg/info
mkdir -p "$info"
export new patterns info
# base-files first, for the links such as /lib; then two at a time, the largest first.
sh -c "$unpack" sh "$apt"/archives/base-files_*.deb
find "$apt/archives" -name '*.deb' -printf '%s %p\n' | sort -rn | cut -d ' ' -f 2- |
  xargs -r -n 1 -P 2 sh -c "$unpack" sh
rm -rf "$apt"

# What maintainer scripts would have done.
ln -s mawk "$new/usr/bin/awk"
ln -s gcc "$new/usr/bin/cc"
ln -s g++ "$new/usr/bin/c++"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$new/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$new/etc/group"
printf '127.0.0.1 localhost\n' >"$new/etc/hosts"

# Where a build mounts what it sees of the machine.
mkdir -p "$new/nix" "$new/build" "$new/proc" "$new/dev" "$new/tmp" "$new/etc/slipway" "$new/etc/ssl/certs"
: >"$new/etc/resolv.conf"

printf '%s\n' "$recipe" >"$new/etc/slipway/recipe"
sync -f "$new"
printf '%s\n' "$stamp" >"$new/etc/slipway/stamp"
put_in_place
