# shellcheck shell=bash disable=SC2086,SC2154,SC2164
# The phases of buildRustPackage.

# Lays out the crates of Cargo.lock as cargo wants vendored ones.
cargoVendor() {
  local lock=$1 vendor=$2 registry=/usr/share/cargo/registry name version checksum missing=
  mkdir -p "$vendor"
  while read -r name version checksum; do
    if [ -e "$registry/$name-$version" ]; then
      mkdir "$vendor/$name-$version"
      cp -rs "$registry/$name-$version/." "$vendor/$name-$version/"
      rm -f "$vendor/$name-$version/.cargo-checksum.json"
      if [ "$checksum" = - ]; then checksum=null; else checksum="\"$checksum\""; fi
      printf '{"files":{},"package":%s}\n' "$checksum" >"$vendor/$name-$version/.cargo-checksum.json"
    else
      missing+=" $name-$version"
    fi
  done < <(awk -F ' = ' '
    function flush() { if (source ~ /^"registry/) print name, version, checksum }
    /^\[\[package\]\]/ { flush(); source = ""; checksum = "-" }
    $1 == "name" { gsub(/"/, "", $2); name = $2 }
    $1 == "version" { gsub(/"/, "", $2); version = $2 }
    $1 == "source" { source = $2 }
    $1 == "checksum" { gsub(/"/, "", $2); checksum = $2 }
    END { flush() }
  ' "$lock")
  if [ -n "$missing" ]; then
    echo "crates of Cargo.lock the toolchain lacks (fine if they are for other systems):$missing" >&2
  fi
}

# Points cargo at the crates of a Cargo.lock.
cargoSetup() {
  export CARGO_HOME=/build/cargo-home
  cargoVendor "$1" /build/cargo-vendor-dir
  mkdir -p "$CARGO_HOME"
  cat >"$CARGO_HOME/config.toml" <<EOF
[source.crates-io]
replace-with = "vendored-sources"
[source.vendored-sources]
directory = "/build/cargo-vendor-dir"
EOF
}

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
  cargoSetup "$root/Cargo.lock"
  if [ -n "${cargoDependencies:-}" ]; then
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
  cargoArguments
  cargo build "${cargoArgs[@]}" ${cargoBuildFlags:-}
  if [ -n "${doCheck:-}" ]; then cargo test --no-run "${cargoArgs[@]}"; fi
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
