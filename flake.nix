{
  description = "From a web service's source to a running, reachable and reversible service on your own Linux server";

  outputs =
    { self }:
    {
      # `services.slipway-host.enable = true;` makes a NixOS machine ready for deploys: docs/modules.md
      nixosModules.slipway-host = ./nix/slipway-host.nix;
      nixosModules.default = self.nixosModules.slipway-host;
    };
}
