# shellcheck shell=bash disable=SC2086,SC2154
# What crane's functions have cargo do.

craneClippy() {
  cargoArguments
  cargo clippy "${cargoArgs[@]}" ${cargoBuildFlags:-} ${cargoClippyExtraArgs:---all-targets}
}

craneDoc() {
  cargoArguments
  cargo doc "${cargoArgs[@]}" ${cargoBuildFlags:-} ${cargoDocExtraArgs:---no-deps}
}

# Counts what tests run, in the crate's own lines; dependencies stay as they were compiled.
craneCoverage() {
  cargoArguments
  export RUSTC_WORKSPACE_WRAPPER=/build/counting LLVM_PROFILE_FILE=/build/profiles/%p-%m.profraw
  printf '#!/bin/sh\nexec "$@" -C instrument-coverage\n' >"$RUSTC_WORKSPACE_WRAPPER"
  chmod +x "$RUSTC_WORKSPACE_WRAPPER"
  local built
  built=$(cargo test --no-run --message-format json "${cargoArgs[@]}" ${cargoBuildFlags:-} |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
  cargo test "${cargoArgs[@]}" ${cargoBuildFlags:-}
  llvm-profdata-19 merge --sparse /build/profiles/*.profraw --output /build/profile
  mkdir -p "$out"
  # shellcheck disable=SC2046 # a list of arguments
  llvm-cov-19 report --instr-profile /build/profile $(printf -- '--object %s ' $built) |
    tee "$out/coverage.txt"
}
