{
  description = "Shopping lists that a household shares";

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
        default = pkgs.buildNpmPackage {
          pname = "shopping-list";
          inherit (lib.importJSON ./package.json) version;
          # What has no part in the build makes for no new one.
          src = lib.fileset.toSource {
            root = ./.;
            fileset = lib.fileset.unions [
              ./api
              ./index.html
              ./package-lock.json
              ./package.json
              ./src
              ./vite.config.js
            ];
          };
          # Changes with package-lock.json. When it is wrong, Nix says what it should be.
          npmDepsHash = "sha256-yj1KfSk4Gy4UQ4/oJJJ1xerLWlchHred5kZ7yfOy0xQ=";
          nativeBuildInputs = [ pkgs.makeWrapper ];
          # The pages for nginx, and the program with what it needs at run time.
          installPhase = ''
            runHook preInstall
            npm prune --omit=dev
            mkdir -p $out/lib/shopping-list $out/share
            cp -r dist $out/share/site
            cp -r api node_modules package.json $out/lib/shopping-list/
            makeWrapper ${lib.getExe pkgs.nodejs} $out/bin/shopping-list \
              --add-flags $out/lib/shopping-list/api/main.js
            runHook postInstall
          '';
          meta.mainProgram = "shopping-list";
        };
      });

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell { packages = [ pkgs.nodejs ]; };
      });
    };
}
