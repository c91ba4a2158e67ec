# `import <nixpkgs> { system = ...; overlays = [ ... ]; }`
{
  system ? localSystem.system or builtins.currentSystem,
  localSystem ? { },
  overlays ? [ ],
  ...
}:
let
  lib = import ./lib.nix;

  packages =
    final:
    let
      inherit (final) callPackage;
    in
    {
      inherit lib system;
      pkgs = final;
      callPackage = lib.callPackageWith final;
      toolchain = callPackage ./toolchain.nix { };
    }
    // import ./stdenv final
    // import ./build-support final
    // import ./packages.nix final;
in
lib.fix (lib.foldl' (lib.flip lib.extends) packages overlays)
