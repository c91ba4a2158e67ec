{
  description = "A site, and the small backend beside it";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";
    crane.url = "github:ipetkov/crane";
    flake-utils.url = "github:numtide/flake-utils";
    advisory-db = {
      url = "github:rustsec/advisory-db";
      flake = false;
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      crane,
      flake-utils,
      advisory-db,
    }:
    {
      nixosModules.default = import ./module.nix self;
    }
    // flake-utils.lib.eachSystem [ "x86_64-linux" "aarch64-linux" ] (
      system:
      let
        pkgs = nixpkgs.legacyPackages.${system};
        craneLib = crane.mkLib pkgs;
        # What is compiled, and nothing else: a change of a page or of a route makes for no new build.
        src = craneLib.cleanCargoSource ./.;
        common = {
          inherit src;
          strictDeps = true;
        };
        # Dependencies are compiled once, for the package and all checks.
        cargoArtifacts = craneLib.buildDepsOnly common;
        crate = common // {
          inherit cargoArtifacts;
        };
        backend = craneLib.buildPackage (crate // { meta.mainProgram = "backend"; });
        site = pkgs.runCommand "site" { nativeBuildInputs = [ pkgs.hugo ]; } ''
          export HUGO_CACHEDIR=$TMPDIR
          hugo --source ${./site} --destination $out --noBuildLock
        '';
      in
      {
        packages = {
          default = backend;
          inherit site;
        };
        apps.default = flake-utils.lib.mkApp { drv = backend; };
        devShells.default = craneLib.devShell { checks = self.checks.${system}; };

        checks = {
          inherit backend site;
          clippy = craneLib.cargoClippy (
            crate // { cargoClippyExtraArgs = "--all-targets -- --deny warnings"; }
          );
          fmt = craneLib.cargoFmt { inherit src; };
          audit = craneLib.cargoAudit { inherit src advisory-db; };
          doc = craneLib.cargoDoc crate;
          tests = craneLib.cargoNextest crate;
        }
        // nixpkgs.lib.optionalAttrs (system == "x86_64-linux") {
          coverage = craneLib.cargoTarpaulin crate;
        };
      }
    );
}
