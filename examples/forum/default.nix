{
  pkgs ? import <nixpkgs> { },
}:
let
  inherit (pkgs) lib;
  # Cargo.toml is the one place that names the package and its version.
  inherit (lib.importTOML ./Cargo.toml) package;
in
pkgs.rustPlatform.buildRustPackage {
  pname = package.name;
  inherit (package) version;
  src = lib.fileset.toSource {
    root = ./.;
    fileset = lib.fileset.unions [
      ./Cargo.lock
      ./Cargo.toml
      ./src
    ];
  };
  cargoLock.lockFile = ./Cargo.lock;
  meta = {
    inherit (package) description;
    mainProgram = package.name;
  };
}
