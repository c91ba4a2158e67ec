# Makes a NixOS machine ready for slipway's deploys; elsewhere `slipway setup` does that.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.slipway-host;

  # The only place where deploys write.
  root = "/var/lib/slipway";
in
{
  options.services.slipway-host = {
    enable = lib.mkEnableOption "deploys with slipway";

    deployUser = lib.mkOption {
      type = lib.types.str;
      default = "root";
      example = "deploy";
      description = ''
        Who logs in to deploy. Another user than root is made, and may run everything with sudo and without a
        password: whoever deploys units decides what root runs.
      '';
    };

    authorizedKeys = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "ssh-ed25519 AAAA… ann@laptop" ];
      description = "The public ssh keys of those who deploy.";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether to open ports 80 and 443.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = config.users.mutableUsers;
        message = "services.slipway-host: a deploy makes users, so users.mutableUsers must stay true.";
      }
    ];

    # /etc/systemd/system is read-only.
    boot.extraSystemdUnitPaths = [ "${root}/units" ];

    # nginx starts before the first deploy, too: what it includes is empty then. The first deploy replaces the link.
    systemd.tmpfiles.rules = [
      "d ${root} 0755 root root -"
      "d ${root}/host 0755 root root -"
      "d ${root}/services 0755 root root -"
      "d ${root}/units 0755 root root -"
      "d ${root}/nginx-trees 0755 root root -"
      "d ${root}/nginx-trees/tree.empty 0755 root root -"
      "f ${root}/nginx-trees/tree.empty/http.conf 0644 root root -"
      "L ${root}/nginx - - - - nginx-trees/tree.empty"
    ];
    services.nginx = {
      enable = true;
      appendHttpConfig = "include ${root}/nginx/http.conf;";
    };
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall [
      80
      443
    ];

    # Health checks, who listens where, and certificates.
    environment.systemPackages = [
      pkgs.curl
      pkgs.iproute2
      pkgs.lego
      pkgs.openssl
    ];
    # For what is built on this machine.
    nix.settings.experimental-features = [
      "nix-command"
      "flakes"
    ];

    services.openssh.enable = true;
    users.users.${cfg.deployUser} = {
      openssh.authorizedKeys.keys = cfg.authorizedKeys;
    }
    // lib.optionalAttrs (cfg.deployUser != "root") { isNormalUser = true; };
    security.sudo.extraRules = lib.mkIf (cfg.deployUser != "root") [
      {
        users = [ cfg.deployUser ];
        commands = [
          {
            command = "ALL";
            options = [ "NOPASSWD" ];
          }
        ];
      }
    ];
  };
}
