# What stands in for `github:nix-community/fenix`: whichever toolchain is asked for, it is Debian's.
{
  description = "fenix' toolchains, for rehearsals";

  outputs =
    { nixpkgs, ... }:
    let
      toolchain =
        pkgs:
        let
          all = pkgs.symlinkJoin {
            name = "rust";
            paths = [
              pkgs.cargo
              pkgs.clippy
              pkgs.rustc
              pkgs.rustfmt
            ];
          };
        in
        {
          toolchain = all;
          withComponents = _: all;
        };
    in
    {
      packages = builtins.mapAttrs (_: pkgs: {
        complete = toolchain pkgs;
        latest = toolchain pkgs;
        stable = toolchain pkgs;
      }) nixpkgs.legacyPackages;
    };
}
