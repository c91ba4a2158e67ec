# shellcheck shell=bash disable=SC2154
# pythonFromDebian PACKAGE SITE_PACKAGES: copies the modules and scripts of a package of Debian's, and
# of those it depends on.
pythonFromDebian() {
  local info=/var/lib/dpkg/info modules=usr/lib/python3/dist-packages
  local site=$out/$2 wanted=("$1") seen=' ' package file target
  mkdir -p "$site"
  while [ ${#wanted[@]} -gt 0 ]; do
    package=${wanted[0]}
    wanted=("${wanted[@]:1}")
    case $seen in *" $package "*) continue ;; esac
    seen+="$package "
    if ! grep -q "^\./$modules/." "$info/$package.list" 2>/dev/null &&
      ! grep -q 'python' "$info/$package.depends" 2>/dev/null; then continue; fi
    # shellcheck disable=SC2207 # a list of words
    wanted+=($(<"$info/$package.depends"))
    while read -r file; do
      case $file in
      "./$modules/"*) target=$site/${file#"./$modules/"} ;;
      ./usr/bin/?*)
        if [ "$package" != "$1" ] && [ "$package" != "python3-${1#python3-}" ]; then continue; fi
        if ! head -n 1 "/$file" | grep -q '^#!.*python'; then continue; fi
        target=$out/bin/${file##*/}
        ;;
      *) continue ;;
      esac
      if [ ! -f "/$file" ]; then continue; fi
      mkdir -p "${target%/*}"
      cp -L --no-preserve=timestamps "/$file" "$target"
    done <"$info/$package.list"
  done
  fitAll "$site"
  /usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash "$site"
}
