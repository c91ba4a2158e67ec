# shellcheck shell=bash disable=SC2154
# The phases of buildPythonPackage.

pythonBuildPhase() {
  runHook preBuild
  "$tools/bin/python3" -m build --wheel --no-isolation --outdir dist .
  runHook postBuild
}

pythonInstallPhase() {
  runHook preInstall
  "$tools/bin/python3" -m installer --prefix "$out" dist/*.whl
  # With the toolchain's interpreter, which has the means to compare versions.
  /usr/bin/python3 "$checkDependencies" "$out/$sitePackages" "$environment/$sitePackages" \
    "${pythonRelaxDeps:-}" "${pythonRemoveDeps:-}"
  runHook postInstall
}

pythonWrapScripts() {
  local script
  for script in "$out"/bin/*; do
    sed -i "1s|.*|#!$environment/bin/python3\nimport site; site.addsitedir('$out/$sitePackages')|" "$script"
  done
}
