# buildRustPackage: cargo, offline, with the crates Cargo.lock names out of the toolchain's.
{
  lib,
  stdenv,
  cargo,
  rustc,
}:
args:
stdenv.mkDerivation (
  finalAttrs:
  let
    written = lib.toFunction args finalAttrs;
    lockFile = written.cargoLock.lockFile or null;
    # nixpkgs has to be told what it fetches; here there is nothing to fetch.
    isComplete = written ? cargoLock || written ? cargoHash || written ? cargoDeps;
    given =
      removeAttrs written [
        "buildFeatures"
        "buildNoDefaultFeatures"
        "buildType"
        "cargoDeps"
        "cargoHash"
        "cargoLock"
        "useFetchCargoVendor"
      ]
      // {
        cargoBuildType = written.buildType or "release";
        cargoBuildFeatures = written.buildFeatures or [ ];
        cargoBuildNoDefaultFeatures = written.buildNoDefaultFeatures or false;
        doCheck = written.doCheck or true;
      };
    inputs.nativeBuildInputs = written.nativeBuildInputs or [ ] ++ [
      cargo
      rustc
      ./hooks.sh
    ];
  in
  lib.throwIfNot isComplete "buildRustPackage: set cargoLock.lockFile or cargoHash" (
    given
    // inputs
    // {
      cargoDependencies = import ./dependencies.nix { inherit lib stdenv inputs; } given lockFile;
      cargoLockFile =
        if lockFile == null then null else builtins.toFile "Cargo.lock" (lib.readFile lockFile);
      configurePhase = written.configurePhase or "cargoConfigurePhase";
      buildPhase = written.buildPhase or "cargoBuildPhase";
      checkPhase = written.checkPhase or "cargoCheckPhase";
      installPhase = written.installPhase or "cargoInstallPhase";
    }
  )
)
