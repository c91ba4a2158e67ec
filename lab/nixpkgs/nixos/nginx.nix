# nginx: nixos/modules/services/web-servers/nginx.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (types)
    attrsOf
    bool
    int
    lines
    listOf
    nullOr
    oneOf
    path
    str
    submodule
    ;
  option = type: default: mkOption { inherit type default; };
  cfg = config.services.nginx;

  server.freeformType = attrsOf (oneOf [
    bool
    int
    str
  ]);
  server.options.backup = option bool false;

  upstream.options = {
    servers = option (attrsOf (submodule server)) { };
    extraConfig = option lines "";
  };

  location.options = {
    proxyPass = option (nullOr str) null;
    proxyWebsockets = option bool false;
    recommendedProxySettings = option bool cfg.recommendedProxySettings;
    index = option (nullOr str) null;
    tryFiles = option (nullOr str) null;
    root = option (nullOr path) null;
    alias = option (nullOr path) null;
    return = option (nullOr (oneOf [
      str
      int
    ])) null;
    extraConfig = option lines "";
    priority = option int 1000;
  };

  virtualHost.options = {
    serverName = option (nullOr str) null;
    serverAliases = option (listOf str) [ ];
    enableACME = option bool false;
    useACMEHost = option (nullOr str) null;
    addSSL = option bool false;
    forceSSL = option bool false;
    onlySSL = option bool false;
    default = option bool false;
    root = option (nullOr path) null;
    extraConfig = option lines "";
    locations = option (attrsOf (submodule location)) { };
  };

  block = head: lines: "${head} {\n${lib.concatLines lines}}";
  setting = name: value: lib.optional (value != null) "${name} ${toString value};";

  upstreamText =
    name: upstream:
    block "upstream ${name}" (
      lib.mapAttrsToList (
        address: parameters:
        "server ${address} ${
          lib.concatMapAttrsStringSep " " (
            key: value: if builtins.isBool value then lib.optionalString value key else "${key}=${toString value}"
          ) parameters
        };"
      ) upstream.servers
      ++ [ upstream.extraConfig ]
    );
  locationText =
    name: location:
    block "location ${name}" (
      setting "proxy_pass" location.proxyPass
      ++ setting "index" location.index
      ++ setting "try_files" location.tryFiles
      ++ setting "root" location.root
      ++ setting "alias" location.alias
      ++ setting "return" location.return
      ++ [ location.extraConfig ]
      ++ lib.optional (location.proxyPass != null && location.recommendedProxySettings) "proxy_set_header Host $host;"
    );
  hostText =
    name: host:
    block "server" (
      [
        "listen 0.0.0.0:80;"
        "server_name ${toString ([ (if host.serverName == null then name else host.serverName) ] ++ host.serverAliases)};"
      ]
      ++ setting "root" host.root
      ++ lib.mapAttrsToList locationText host.locations
      ++ [ host.extraConfig ]
    );
in
{
  options.services.nginx = {
    enable = option bool false;
    user = option str "nginx";
    group = option str "nginx";
    recommendedProxySettings = option bool false;
    commonHttpConfig = option lines "";
    appendHttpConfig = option lines "";
    upstreams = option (attrsOf (submodule upstream)) { };
    virtualHosts = option (attrsOf (submodule virtualHost)) { };
    # What is between the braces of `http`.
    httpText = mkOption {
      type = str;
      readOnly = true;
      default = lib.concatLines (
        lib.mapAttrsToList upstreamText cfg.upstreams
        ++ [ cfg.commonHttpConfig ]
        ++ lib.mapAttrsToList hostText cfg.virtualHosts
        ++ [ cfg.appendHttpConfig ]
      );
    };
  };
}
