{
  description = "A guestbook that anyone can sign";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";

  outputs =
    { nixpkgs, ... }:
    let
      inherit (nixpkgs) lib;
      eachSystem =
        f:
        lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: f nixpkgs.legacyPackages.${system});
    in
    {
      packages = eachSystem (pkgs: {
        default = pkgs.buildGoModule {
          pname = "guestbook";
          version = "0.1.0";
          # What has no part in the build makes for no new one.
          src = lib.fileset.toSource {
            root = ./.;
            fileset = lib.fileset.difference ./. (
              lib.fileset.unions [
                ./README.md
                ./slipway.config.ts
              ]
            );
          };
          # Changes with the dependencies. When it is wrong, Nix says what it should be.
          vendorHash = "sha256-MnOH/tCu6XEASceLv/dQ2ucsrkajOB7wbWcKZ4TMc+A=";
          buildInputs = [ pkgs.sqlite ];
          ldflags = [
            "-s"
            "-w"
          ];
          meta.mainProgram = "guestbook";
        };
      });

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [ pkgs.go ];
          buildInputs = [ pkgs.sqlite ];
        };
      });
    };
}
