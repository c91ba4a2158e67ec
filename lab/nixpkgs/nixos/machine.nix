# Users, the firewall and whatever else a machine has.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (types)
    anything
    attrsOf
    bool
    either
    int
    listOf
    nullOr
    package
    path
    port
    str
    submodule
    ;
  option = type: default: mkOption { inherit type default; };
  list = type: option (listOf type) [ ];

  user =
    { name, ... }:
    {
      options = {
        isNormalUser = option bool false;
        isSystemUser = option bool false;
        uid = option (nullOr int) null;
        description = option types.singleLineStr "";
        home = option path "/var/empty";
        createHome = option bool false;
        shell = option (nullOr (either package path)) null;
        group = option str "";
        extraGroups = list str;
        openssh.authorizedKeys = {
          keys = list types.singleLineStr;
          keyFiles = list path;
        };
      };
    };
  group.options = {
    gid = option (nullOr int) null;
    members = list str;
  };
  sudoRule.options = {
    users = list (either str int);
    groups = list (either str int);
    runAs = option str "ALL:ALL";
    commands = list (
      either str (submodule {
        options = {
          command = mkOption { type = str; };
          options = list (
            types.enum [
              "NOPASSWD"
              "PASSWD"
              "NOEXEC"
              "EXEC"
              "SETENV"
              "NOSETENV"
              "LOG_INPUT"
              "NOLOG_INPUT"
              "LOG_OUTPUT"
              "NOLOG_OUTPUT"
              "MAIL"
              "NOMAIL"
              "FOLLOW"
              "NOFOLLOW"
              "INTERCEPT"
              "NOINTERCEPT"
            ]
          );
        };
      })
    );
  };
in
{
  options = {
    assertions = list anything;
    warnings = list str;
    environment.systemPackages = list package;
    networking.firewall = {
      enable = option bool true;
      allowedTCPPorts = list port;
      allowedUDPPorts = list port;
    };
    nix.settings = option (attrsOf anything) { };
    security.sudo = {
      enable = option bool true;
      extraRules = list (submodule sudoRule);
    };
    services.openssh.enable = option bool false;
    users = {
      mutableUsers = option bool true;
      users = option (attrsOf (submodule user)) { };
      groups = option (attrsOf (submodule group)) { };
    };
  };
}
