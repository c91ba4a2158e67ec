# shellcheck shell=bash disable=SC2154
# Copies $programs, $libraries and $trees, with the libraries they need that no input has, and makes
# them look for all of these in the store. Headers and pkg-config files go along.
bin=${bin:-$out} dev=${dev:-$out}
path=$out/lib
for input in $buildInputs; do path=$path:$input/lib; done

has() {
  local dir
  for dir in ${path//:/ }; do
    if [ -e "$dir/$1" ]; then return 0; fi
  done
  return 1
}
fit() {
  local needed
  for needed in $(patchelf --print-needed "$1"); do
    if ! has "$needed"; then take "$needed"; fi
  done
  patchelf --set-rpath "$path" "$1"
  patchelf --shrink-rpath "$1"
}
take() {
  install -D -m 755 "$from/$1" "$out/lib/$1"
  fit "$out/lib/$1"
}

# All programs and libraries of a folder.
fitAll() {
  local file
  while IFS= read -r -d '' file; do
    if ! isELF "$file"; then continue; fi
    case $file in
    *.so*) fit "$file" ;;
    *) fitProgram "$file" ;;
    esac
  done < <(find "$1" -type f \( -perm -0100 -o -name '*.so*' \) -print0)
}
fitProgram() {
  patchelf --set-interpreter "$glibc/lib/$dynamicLinker" "$1"
  fit "$1"
}

mkdir -p "$out"
for library in $libraries; do
  has "$library" || take "$library"
  ln -sfn "$library" "$out/lib/${library%.so.*}.so"
done
for entry in $programs; do
  program=${entry#*=}
  install -D -m 755 "/usr/bin/${entry%=*}" "$bin/bin/$program"
  if isELF "$bin/bin/$program"; then fitProgram "$bin/bin/$program"; fi
done
for entry in $trees; do
  mkdir -p "$out/${entry#*=}"
  cp -rL --no-preserve=mode,timestamps "${entry%=*}/." "$out/${entry#*=}/"
  fitAll "$out/${entry#*=}"
done
for header in $headers; do
  for dir in /usr/include "/usr/include/$triple"; do
    if [ -e "$dir/$header" ]; then
      mkdir -p "$dev/include/$(dirname "$header")"
      cp -rL --no-preserve=mode "$dir/$header" "$dev/include/$(dirname "$header")/"
    fi
  done
done
for name in $pkgConfig; do
  mkdir -p "$dev/lib/pkgconfig"
  sed -e "s|^prefix=.*|prefix=$dev|" -e "s|^libdir=.*|libdir=$out/lib|" \
    "$from/pkgconfig/$name.pc" >"$dev/lib/pkgconfig/$name.pc"
done
if [ "$dev" != "$out" ]; then
  mkdir -p "$dev/nix-support"
  echo "$bin $out" >"$dev/nix-support/propagated-build-inputs"
fi
eval "${more:-}"
