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
    # A fixed output, so a wrong cargoHash is Nix's to report. The crates are the toolchain's, and so
    # is the hash; as with nixpkgs, it changes with Cargo.lock.
    cargoDeps =
      if written ? cargoHash then
        stdenv.mkDerivation {
          name = "${written.name or "${written.pname}-${written.version}"}-vendor";
          inherit (written) src;
          cargoRoot = written.cargoRoot or ".";
          prePatch = written.prePatch or "";
          patches = written.patches or [ ];
          postPatch = written.postPatch or "";
          nativeBuildInputs = [ ./hooks.sh ];
          dontConfigure = true;
          buildPhase = ''cargoVendor "$cargoRoot/Cargo.lock" "$out"'';
          installPhase = ''cp "$cargoRoot/Cargo.lock" "$out/"'';
          dontFixup = true;
          outputHashMode = "recursive";
          outputHashAlgo = if written.cargoHash == "" then "sha256" else null;
          outputHash = written.cargoHash;
        }
      else
        null;
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
      inherit cargoDeps;
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
