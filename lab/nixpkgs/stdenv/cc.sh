# shellcheck shell=bash disable=SC2154
# Wraps the toolchain's compilers: what they link looks for its libraries in the store, and
# NIX_CFLAGS_COMPILE and NIX_LDFLAGS, which setup fills from the inputs, are added.
export PATH=/usr/bin
mkdir -p "$out/bin"
wrap() {
  cat >"$out/bin/$1" <<EOF
#!/bin/sh
for flag in -L$libgcc/lib -rpath $glibc/lib -rpath $libgcc/lib \$NIX_LDFLAGS; do
  set -- "\$@" "-Wl,\$flag"
done
exec /usr/bin/$2 "\$@" "-Wl,--dynamic-linker=$glibc/lib/$dynamicLinker" \$NIX_CFLAGS_COMPILE
EOF
  chmod +x "$out/bin/$1"
}
wrap cc gcc
wrap gcc gcc
wrap c++ g++
wrap g++ g++
