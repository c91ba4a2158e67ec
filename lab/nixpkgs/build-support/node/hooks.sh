# shellcheck shell=bash disable=SC2154
# The phases of buildNpmPackage.

# Collects what package-lock.json names, whatever versions it asks for: there is only the one.
npmCollect() {
  mkdir -p "$out"
  node "$collect" package-lock.json /usr/share/nodejs "$out"
  cp package-lock.json "$out/"
}

npmConfigurePhase() {
  runHook preConfigure
  export HOME=/build/home npm_config_offline=true npm_config_audit=false npm_config_fund=false
  export npm_config_update_notifier=false
  echo 'Validating consistency between package-lock.json and npmDeps'
  if ! diff package-lock.json "$npmDeps/package-lock.json"; then
    echo 'ERROR: npmDepsHash is out of date' >&2
    return 1
  fi
  if [ -e "$npmDeps/node_modules" ]; then
    cp -r "$npmDeps/node_modules" node_modules
    chmod -R u+w node_modules
    npm rebuild
    patchShebangs node_modules
  fi
  runHook postConfigure
}

npmBuildPhase() {
  runHook preBuild
  if [ -z "${dontNpmBuild:-}" ]; then npm run "$npmBuildScript"; fi
  runHook postBuild
}
