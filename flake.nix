{
  description = "From a web service's source to a running, reachable and reversible service on your own Linux server";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
    in
    {
      # `nix run`, `nix profile install`: docs/install.md
      packages = nixpkgs.lib.genAttrs systems (system: {
        default = nixpkgs.legacyPackages.${system}.callPackage ./nix/package.nix { };
      });

      # `services.slipway-host.enable = true;` makes a NixOS machine ready for deploys: docs/modules.md
      nixosModules.slipway-host = ./nix/slipway-host.nix;
      nixosModules.default = self.nixosModules.slipway-host;
    };
}
