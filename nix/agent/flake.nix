# What slipway's agent runs with on hosts. `slipway setup` brings it.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { nixpkgs, ... }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
    in
    {
      packages = nixpkgs.lib.genAttrs systems (
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
        in
        {
          node = pkgs.symlinkJoin {
            name = "slipway-agent-node";
            paths = [
              # The one without npm, where there is one.
              (pkgs.nodejs-slim_22 or pkgs.nodejs_22)
              # Brings logins to the agent: it starts twenty times faster than Node.
              pkgs.socat
            ];
          };
        }
      );
    };
}
