# shellcheck shell=bash disable=SC2086,SC2154,SC2164
# The phases of buildRustPackage.

# Name, version and another field of each package in a Cargo.lock that has that field.
cargoLocked() {
  awk -F ' = ' -v field="$2" '
    function flush() { if (p[field]) print p["name"], p["version"], p[field]; delete p }
    /^\[\[package\]\]/ { flush() }
    { gsub(/"/, "", $2); p[$1] = $2 }
    END { flush() }
  ' "$1"
}

# Lays out the toolchain's crates as cargo wants vendored ones, those that are in Cargo.lock with
# the checksum they have there. Cargo prefers what is locked, and takes what there is otherwise.
cargoVendor() {
  local lock=$1 vendor=$2 crate name version checksum
  local -A checksums
  while read -r name version checksum; do
    checksums[$name-$version]=\"$checksum\"
  done < <(cargoLocked "$lock" checksum)
  for crate in /usr/share/cargo/registry/*; do
    name=${crate##*/}
    mkdir -p "$vendor/$name"
    ln -s "$crate"/* "$vendor/$name/"
    echo "{\"files\":{},\"package\":${checksums[$name]:-null}}" >"$vendor/$name/.cargo-checksum.json"
  done
}

# Points cargo at the crates of a Cargo.lock.
cargoSetup() {
  export CARGO_HOME=/build/cargo-home
  local vendor=${cargoDeps:-/build/cargo-vendor-dir}
  if [ -z "${cargoDeps:-}" ]; then cargoVendor "$1" "$vendor"; fi
  mkdir -p "$CARGO_HOME"
  cat >"$CARGO_HOME/config.toml" <<EOF
[source.crates-io]
replace-with = "vendored-sources"
[source.vendored-sources]
directory = "$vendor"
EOF
}

# Says where the crates that are used differ from those in Cargo.lock.
cargoCompareLock() (
  cd "$1"
  cp Cargo.lock /build/Cargo.lock.given
  cargo metadata --offline --format-version 1 >/dev/null
  comm -3 <(cargoLocked /build/Cargo.lock.given source | cut -d ' ' -f 1,2 | sort) \
    <(cargoLocked Cargo.lock source | cut -d ' ' -f 1,2 | sort) >/build/differences
  if [ -s /build/differences ]; then
    echo 'Cargo.lock asks for (left), and the toolchain has instead (right):'
    cat /build/differences
  fi
)

cargoConfigurePhase() {
  runHook preConfigure
  local root=${cargoRoot:-.}
  if [ ! -e "$root/Cargo.lock" ]; then
    echo 'the source has no Cargo.lock: commit it, or copy it there in postPatch' >&2
    return 1
  fi
  if [ -n "${cargoLockFile:-}" ]; then
    echo 'Validating consistency between Cargo.lock and cargoLock.lockFile'
    diff "$root/Cargo.lock" "$cargoLockFile"
  fi
  if [ -n "${cargoDeps:-}" ]; then
    echo 'Validating consistency between Cargo.lock and cargoDeps'
    if ! diff "$root/Cargo.lock" "$cargoDeps/Cargo.lock"; then
      echo 'ERROR: cargoHash or cargoSha256 is out of date' >&2
      return 1
    fi
  fi
  cargoSetup "$root/Cargo.lock"
  if [ -z "${cargoDependencies:-}" ]; then
    cargoCompareLock "$root"
  else
    cp -r --no-preserve=mode,timestamps "$cargoDependencies" "$root/target"
    find "$root/target" -path '*/build/*' -type f -name 'build-script-*' -exec chmod +x {} +
    # All of one age: to cargo what is younger than what was made of it has changed.
    find "$root/target" -type f -exec touch -d "@$(date +%s)" {} +
  fi
  runHook postConfigure
}

# Compiles the dependencies of a crate: see dependencies.nix.
cargoDependenciesPhase() {
  mkdir -p /build/bare/src
  cd /build/bare
  cp "$manifestPath" Cargo.toml
  cp "$lockPath" Cargo.lock
  touch src/lib.rs
  cargoSetup Cargo.lock
  cargoCompareLock .
  cargoArguments
  cargo build "${cargoArgs[@]}" ${cargoBuildFlags:-}
  if [ -n "${doCheck:-}" ]; then cargo test --no-run "${cargoArgs[@]}"; fi
  if [ -n "${cargoAlsoCheck:-}" ]; then cargo check --all-targets "${cargoArgs[@]}" ${cargoBuildFlags:-}; fi
  cp -r target "$out"
}

# Arguments that building, testing and installing share.
cargoArguments() {
  cargoArgs=(-j "$NIX_BUILD_CORES" --offline)
  case $cargoBuildType in
  release) cargoArgs+=(--release) ;;
  debug) ;;
  *) cargoArgs+=(--profile "$cargoBuildType") ;;
  esac
  if [ -n "${cargoBuildNoDefaultFeatures:-}" ]; then cargoArgs+=(--no-default-features); fi
  if [ -n "${cargoBuildFeatures:-}" ]; then cargoArgs+=(--features "${cargoBuildFeatures// /,}"); fi
}

cargoBuildPhase() {
  runHook preBuild
  cargoArguments
  (cd "${buildAndTestSubdir:-.}" && cargo build "${cargoArgs[@]}" ${cargoBuildFlags:-})
  runHook postBuild
}

cargoCheckPhase() {
  runHook preCheck
  cargoArguments
  (cd "${buildAndTestSubdir:-.}" &&
    cargo test "${cargoArgs[@]}" ${cargoTestFlags:-} -- ${checkFlags:-})
  runHook postCheck
}

cargoInstallPhase() {
  runHook preInstall
  local file built=target/${cargoBuildType}
  if [ "$cargoBuildType" = debug ]; then built=target/debug; fi
  for file in "$built"/*; do
    if [ -f "$file" ] && [ -x "$file" ]; then
      case $file in
      *.so) install -D -m 755 "$file" "$out/lib/${file##*/}" ;;
      *) install -D -m 755 "$file" "$out/bin/${file##*/}" ;;
      esac
    fi
  done
  if [ ! -e "$out" ]; then echo 'cargo built no program' >&2 && return 1; fi
  runHook postInstall
}
