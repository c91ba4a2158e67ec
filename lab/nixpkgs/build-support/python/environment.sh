# shellcheck shell=bash disable=SC2154
# A virtual environment of $packages: an interpreter that finds these and nothing else.
site=$out/$sitePackages
mkdir -p "$out/bin" "$site"
for name in python python3 "python$version"; do ln -s "$python3/bin/python$version" "$out/bin/$name"; done
printf 'home = %s/bin\ninclude-system-site-packages = false\nversion = %s\n' "$python3" "$version" >"$out/pyvenv.cfg"
for package in $packages; do
  cp -rs --no-preserve=mode --update=none "$package/$sitePackages/." "$site/"
  for script in "$package"/bin/*; do
    if [ -e "$out/bin/${script##*/}" ]; then continue; fi
    sed "1s|^#!.*python.*|#!$out/bin/python3|" "$script" >"$out/bin/${script##*/}"
    chmod +x "$out/bin/${script##*/}"
  done
done
