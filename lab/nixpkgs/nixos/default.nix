# `nixpkgs.lib.nixosSystem` without a system: the options that modules of applications set, with NixOS' types, and what
# NixOS would make of their values, as text.
{
  modules,
  pkgs,
  specialArgs ? { },
}:
pkgs.lib.evalModules {
  modules = [
    ./machine.nix
    ./nginx.nix
    ./systemd.nix
  ]
  ++ modules;
  specialArgs = {
    inherit pkgs;
  }
  // specialArgs;
}
