# shellcheck shell=bash disable=SC2154
# Makes $out/setup, which every build sources, and the directory of commands it has: all the
# toolchain's but those that are packages of their own and must be asked for.
export PATH=/usr/bin
mkdir -p "$out/bin"
for program in /usr/bin/*; do
  name=${program##*/}
  case $name in
  busybox | cargo | go | gofmt | hugo | openssl | pkg-config | pkgconf | rustc | rustdoc | sqlite3) ;;
  cc | c++ | gcc | g++ | gcc-[0-9]* | g++-[0-9]* | c89-gcc | c99-gcc) ;;
  *-pkg-config | *-pkgconf | *-lto-dump* | *-gcc | *-g++ | *-gcc-[0-9]* | *-g++-[0-9]*) ;;
  *) ln -s "$program" "$out/bin/$name" ;;
  esac
done
{
  printf 'PATH=%s%s/bin\n' "${cc:+$cc/bin:}" "$out"
  printf 'stdenvCC=%s stdenvLoader=%s stdenvShell=%s\n' "$cc" "$loader" "$shell"
  cat "$phases"
} >"$out/setup"
