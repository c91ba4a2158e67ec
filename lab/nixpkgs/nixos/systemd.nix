# Units: nixos/modules/system/boot/systemd.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (types)
    attrsOf
    bool
    listOf
    nullOr
    oneOf
    str
    ;

  unitName = types.strMatching "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)";

  # A directive: one value that all agree on, or lines that add up.
  unitOption = lib.mkOptionType {
    name = "systemd option";
    merge =
      path: definitions:
      let
        values = map (definition: definition.value) definitions;
      in
      if !builtins.any builtins.isList values then
        lib.mergeEqualOption path definitions
      else if builtins.all builtins.isList values then
        builtins.concatLists values
      else
        throw "The definitions of `${lib.concatStringsSep "." path}' are a mix of lists and single values";
  };

  oneOfValues =
    name: values: set:
    !(set ? ${name}) || builtins.elem (set.${name}.content or set.${name}) values;
  serviceType = types.addCheck (attrsOf unitOption) (
    set:
    oneOfValues "Type" [
      "exec"
      "simple"
      "forking"
      "oneshot"
      "dbus"
      "notify"
      "notify-reload"
      "idle"
    ] set
    && oneOfValues "Restart" [
      "no"
      "on-success"
      "on-failure"
      "on-abnormal"
      "on-abort"
      "always"
    ] set
  );

  list =
    type:
    mkOption {
      type = listOf type;
      default = [ ];
    };
  directives = mkOption {
    type = attrsOf unitOption;
    default = { };
  };
  flag =
    default:
    mkOption {
      type = bool;
      inherit default;
    };

  unitLists = {
    after = "After";
    before = "Before";
    bindsTo = "BindsTo";
    conflicts = "Conflicts";
    onFailure = "OnFailure";
    onSuccess = "OnSuccess";
    partOf = "PartOf";
    requires = "Requires";
    requisite = "Requisite";
    upholds = "Upholds";
    wants = "Wants";
  };

  unit = {
    options = {
      enable = flag true;
      description = mkOption {
        type = types.singleLineStr;
        default = "";
      };
      documentation = list str;
      aliases = list unitName;
      requiredBy = list unitName;
      upheldBy = list unitName;
      wantedBy = list unitName;
      unitConfig = directives;
      startLimitBurst = mkOption { type = types.int; };
      startLimitIntervalSec = mkOption { type = types.int; };
      restartTriggers = list types.anything;
      reloadTriggers = list types.anything;
    }
    // lib.mapAttrs (_: _: list unitName) unitLists;
  };

  service =
    { config, ... }:
    {
      options = {
        environment = mkOption {
          type = attrsOf (nullOr (oneOf [
            str
            types.path
            types.package
          ]));
          default = { };
        };
        path = list (oneOf [
          types.package
          str
        ]);
        serviceConfig = mkOption {
          type = serviceType;
          default = { };
        };
        restartIfChanged = flag true;
        reloadIfChanged = flag false;
        stopIfChanged = flag true;
      };
      config = {
        path = lib.mkAfter [
          pkgs.coreutils
          pkgs.bash
        ];
        environment.PATH = "${lib.makeBinPath config.path}:${lib.makeSearchPath "sbin" config.path}";
      };
    };

  units =
    more:
    mkOption {
      type = attrsOf (types.submodule ([ unit ] ++ more));
      default = { };
    };

  toOption = value: if builtins.isBool value then lib.boolToString value else toString value;
  section =
    name: set:
    "[${name}]\n"
    + lib.concatMapAttrsStringSep "" (
      name: value: lib.concatMapStrings (value: "${name}=${toOption value}\n") (lib.toList value)
    ) set;

  unitText =
    unit: rest:
    section "Unit" (
      unit.unitConfig
      // lib.optionalAttrs (unit.description != "") { Description = unit.description; }
      // lib.optionalAttrs (unit.documentation != [ ]) { Documentation = toString unit.documentation; }
      // lib.concatMapAttrs (
        option: name: lib.optionalAttrs (unit.${option} != [ ]) { ${name} = toString unit.${option}; }
      ) unitLists
    )
    + "\n${rest}"
    + lib.optionalString (unit.wantedBy != [ ]) "\n[Install]\nWantedBy=${toString unit.wantedBy}\n";

  serviceText =
    unit:
    unitText unit (
      "[Service]\n"
      + lib.concatMapAttrsStringSep "" (
        name: value:
        lib.optionalString (value != null) "Environment=${builtins.toJSON "${name}=${toString value}"}\n"
      ) unit.environment
      + lib.removePrefix "[Service]\n" (section "Service" unit.serviceConfig)
    );

  named =
    kind: text: set:
    lib.mapAttrs' (name: unit: lib.nameValuePair "${name}.${kind}" { text = text unit; }) (
      lib.filterAttrs (_: unit: unit.enable) set
    );
  cfg = config.systemd;
in
{
  options = {
    systemd = {
      services = units [ service ];
      sockets = units [
        {
          options = {
            listenStreams = list str;
            listenDatagrams = list str;
            socketConfig = directives;
          };
        }
      ];
      timers = units [ { options.timerConfig = directives; } ];
      tmpfiles.rules = list str;
      # All of them, as files.
      units = mkOption {
        type = attrsOf (types.submodule { options.text = mkOption { type = str; }; });
        default = { };
      };
    };
    boot.extraSystemdUnitPaths = list str;
  };

  config.systemd.units =
    named "service" serviceText cfg.services
    // named "timer" (unit: unitText unit (section "Timer" unit.timerConfig)) cfg.timers
    // named "socket" (
      unit:
      unitText unit (
        section "Socket" unit.socketConfig
        + lib.concatMapStrings (stream: "ListenStream=${stream}\n") unit.listenStreams
        + lib.concatMapStrings (datagram: "ListenDatagram=${datagram}\n") unit.listenDatagrams
      )
    ) cfg.sockets;
}
