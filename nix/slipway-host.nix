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

  # What logins and timers call the agent by, as on hosts where `slipway setup` has brought it.
  version = builtins.substring 0 16 (builtins.hashFile "sha256" cfg.agent);

  # With what brings logins to the agent, which starts many times faster than Node.
  node = pkgs.symlinkJoin {
    name = "slipway-agent-node";
    paths = [
      cfg.node
      pkgs.socat
    ];
  };
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

    agent = lib.mkOption {
      type = lib.types.path;
      default = ../dist/agent.cjs;
      defaultText = lib.literalExpression "../dist/agent.cjs";
      description = "The agent: one file for Node, as slipway's npm package has it.";
    };

    node = lib.mkOption {
      type = lib.types.package;
      default = pkgs.nodejs-slim_22 or pkgs.nodejs_22;
      defaultText = lib.literalExpression "pkgs.nodejs-slim_22";
      description = "The Node that it runs with: 20.19 or newer.";
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
      {
        assertion = builtins.pathExists cfg.agent;
        message = "services.slipway-host: there is no ${toString cfg.agent}. A checkout of slipway has it once it is compiled (npm run build), the npm package from the start.";
      }
    ];

    # The only thing that changes what is deployed. A switch leaves one that runs alone, which may be at work on that very
    # switch: it ends by itself when it has nothing to do, and is started as the new one. No service wants it, and it is
    # ordered before none, so that what is wrong with it holds up nothing.
    systemd.services.slipway-agent = {
      description = "slipway: changes what this host serves";
      wantedBy = [ "multi-user.target" ];
      restartIfChanged = false;
      stopIfChanged = false;
      unitConfig = {
        RequiresMountsFor = "${root} /nix/store";
        StartLimitIntervalSec = 0;
      };
      serviceConfig = {
        Type = "notify";
        NotifyAccess = "all";
        ExecStart = "${node}/bin/node ${cfg.agent} serve";
        TimeoutStartSec = 30;
        TimeoutStopSec = 10;
        WatchdogSec = 60;
        WatchdogSignal = "SIGKILL";
        Restart = "always";
        RestartSec = 1;
        RestartSteps = 5;
        RestartMaxDelaySec = 30;
        KillMode = "control-group";
        OOMScoreAdjust = -900;
        RuntimeDirectory = "slipway-agent";
        RuntimeDirectoryMode = "0700";
        SyslogIdentifier = "slipway";
      };
    };

    # /etc/systemd/system is read-only.
    boot.extraSystemdUnitPaths = [ "${root}/units" ];

    # nginx starts before the first deploy, too: what it includes is empty then. The first deploy replaces the link.
    systemd.tmpfiles.rules = [
      "d ${root} 0755 root root -"
      "d ${root}/agent 0755 root root -"
      "d ${root}/agent/${version} 0755 root root -"
      "L+ ${root}/agent/${version}/agent.cjs - - - - ${cfg.agent}"
      "L+ ${root}/agent/current - - - - ${version}"
      "L+ ${root}/agent/node - - - - ${node}"
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

    # Certificates, and networks of their own.
    environment.systemPackages = [
      pkgs.iproute2
      pkgs.lego
      pkgs.nftables
      pkgs.openssl
      pkgs.passt
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
