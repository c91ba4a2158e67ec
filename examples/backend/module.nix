# `services.backend.enable = true;` in a NixOS configuration.
self:
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.backend;
  inherit (pkgs.stdenv.hostPlatform) system;
in
{
  options.services.backend = {
    enable = lib.mkEnableOption "the site and its backend";
    domain = lib.mkOption {
      type = lib.types.str;
      example = "example.org";
      description = "The domain that nginx serves both at.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.backend = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        ExecStart = lib.getExe self.packages.${system}.default;
        DynamicUser = true;
        Restart = "on-failure";
      };
    };
    services.nginx = {
      enable = true;
      virtualHosts.${cfg.domain} = {
        root = self.packages.${system}.site;
        locations."/api/".proxyPass = "http://127.0.0.1:3000/";
      };
    };
  };
}
