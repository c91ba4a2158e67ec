# shellcheck shell=bash disable=SC2154
# What pnpm and Yarn fetch, and how a build has it.

managerSettings() {
  export HOME=/build/home CI=true
  export npm_config_cafile=/etc/ssl/certs/ca-certificates.crt YARN_HTTPS_CA_FILE_PATH=/etc/ssl/certs/ca-certificates.crt
}

# Keeps what was installed, wherever a package of a workspace has it.
keepModules() {
  mkdir -p "$out"
  find . -name node_modules -prune -exec cp -r --parents -t "$out" {} +
}

# Lays out what was kept; what packages do when they are installed is not done, as with nixpkgs.
layOutModules() {
  managerSettings
  echo "Validating consistency between $1 and its dependencies"
  if ! diff "$1" "$2/$1"; then
    echo "ERROR: the hash of the dependencies is out of date: $1 has changed" >&2
    return 1
  fi
  cp -r "$2/." .
  chmod -R u+w .
  find . -name node_modules -prune -print0 | while IFS= read -r -d '' folder; do patchShebangs "$folder"; done
}

pnpmFetch() {
  managerSettings
  pnpm install --frozen-lockfile --ignore-scripts --store-dir /build/store --package-import-method copy
  keepModules
  cp pnpm-lock.yaml "$out/"
}
pnpmLayOut() { layOutModules pnpm-lock.yaml "$pnpmDeps"; }

yarnFetch() {
  managerSettings
  yarn install --frozen-lockfile --ignore-scripts --non-interactive
  keepModules
  cp yarn.lock "$out/"
}
yarnLayOut() { layOutModules yarn.lock "$yarnOfflineCache"; }

# Its archives, which it makes in one way; what is in node_modules names the folder it was made in.
yarnBerryFetch() {
  managerSettings
  export YARN_CACHE_FOLDER=$out/cache
  mkdir -p "$out/cache"
  yarn install --immutable --mode=skip-build
  cp yarn.lock "$out/"
}
yarnBerryLayOut() {
  managerSettings
  if ! diff yarn.lock "$offlineCache/yarn.lock"; then
    echo 'ERROR: the hash of the dependencies is out of date: yarn.lock has changed' >&2
    return 1
  fi
  cp -r "$offlineCache/cache" /build/cache
  chmod -R u+w /build/cache
  export YARN_CACHE_FOLDER=/build/cache YARN_ENABLE_NETWORK=0
  yarn install --immutable --immutable-cache --mode=skip-build
  patchShebangs node_modules
}
