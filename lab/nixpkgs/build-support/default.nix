final:
let
  inherit (final) callPackage lib;
in
import ./trivial.nix final
// import ./node final
// import ./node/managers.nix final
// import ./python final
// {
  buildGoModule = callPackage ./go { };
  rustPlatform = {
    buildRustPackage = callPackage ./rust { };
    rustLibSrc = throw "rustPlatform.rustLibSrc is not part of the stand-in for nixpkgs";
  };

  makeWrapper = final.makeSetupHook {
    name = "make-wrapper";
    substitutions = { inherit (final) runtimeShell; };
  } ./make-wrapper.sh;
  makeBinaryWrapper = final.makeWrapper;

  inherit (lib) makeOverridable;
}
