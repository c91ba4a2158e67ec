# shellcheck shell=bash disable=SC2154
# The phases of buildNpmPackage.

npmSettings() {
  export HOME=/build/home npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
}

# Fetches what package-lock.json names, and lays it out; what packages do when they are installed is left to the build.
npmFetch() {
  npmSettings
  export npm_config_cafile=/etc/ssl/certs/ca-certificates.crt
  npm ci --ignore-scripts
  mkdir -p "$out"
  find . -name node_modules -prune -exec cp -r --parents -t "$out" {} +
  cp package-lock.json "$out/"
}

npmConfigurePhase() {
  runHook preConfigure
  npmSettings
  export npm_config_offline=true
  echo 'Validating consistency between package-lock.json and npmDeps'
  if ! diff package-lock.json "$npmDeps/package-lock.json"; then
    echo 'ERROR: npmDepsHash is out of date' >&2
    return 1
  fi
  if [ -e "$npmDeps/node_modules" ]; then
    cp -r "$npmDeps/." .
    chmod -R u+w .
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
