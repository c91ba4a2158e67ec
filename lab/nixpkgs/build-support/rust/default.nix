# buildRustPackage: cargo, offline, with the crates Cargo.lock names out of the toolchain's.
{
  lib,
  stdenv,
  cargo,
  rustc,
}:
let
  buildRustPackage =
    args:
    stdenv.mkDerivation (
      finalAttrs:
      let
        given = lib.toFunction args finalAttrs;
        lockFile = given.cargoLock.lockFile or null;
        # nixpkgs wants to be told what is fetched; here there is nothing to fetch.
        knowsItsCrates = given ? cargoLock || given ? cargoHash || given ? cargoSha256 || given ? cargoDeps;
      in
      lib.throwIfNot knowsItsCrates "buildRustPackage: set cargoLock.lockFile or cargoHash" (
        removeAttrs given [
          "cargoDeps"
          "cargoHash"
          "cargoLock"
          "cargoSha256"
          "useFetchCargoVendor"
        ]
        // {
          nativeBuildInputs = given.nativeBuildInputs or [ ] ++ [
            cargo
            rustc
            ./hooks.sh
          ];
          cargoLockFile = if lockFile == null then null else builtins.toFile "Cargo.lock" (lib.readFile lockFile);
          cargoBuildType = given.buildType or "release";
          cargoBuildFeatures = given.buildFeatures or [ ];
          cargoBuildNoDefaultFeatures = given.buildNoDefaultFeatures or false;
          configurePhase = given.configurePhase or "cargoConfigurePhase";
          buildPhase = given.buildPhase or "cargoBuildPhase";
          doCheck = given.doCheck or true;
          checkPhase = given.checkPhase or "cargoCheckPhase";
          installPhase = given.installPhase or "cargoInstallPhase";
          strictDeps = true;
        }
      )
    );
in
buildRustPackage
