# What stands in for `github:nix-community/fenix`: whichever toolchain is asked for, it is Debian's.
{
  description = "fenix' toolchains, for rehearsals";

  outputs =
    _:
    let
      toolchain =
        system:
        let
          pkgs = import ../. { inherit system; };
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
      channels = system: {
        complete = toolchain system;
        latest = toolchain system;
        stable = toolchain system;
      };
    in
    {
      packages = {
        aarch64-linux = channels "aarch64-linux";
        x86_64-linux = channels "x86_64-linux";
      };
    };
}
