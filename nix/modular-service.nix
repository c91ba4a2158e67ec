# A modular service, as slipway runs it: nixpkgs' portable options (its manual, "Modular Services") and those of systemd,
# evaluated and told as data. What slipway makes of them is not decided here.
{
  # nixpkgs: its packages for the system of the host, and its folder.
  pkgs,
  path,
  name,
  # What the config sets: `{ path = [ "foo" "port" ]; value = 8080; }` each, and the place that errors name.
  settings,
  settingsFile,
  # Where its configuration files are, and those of its sub-services.
  etc,
  subEtc,
}:
module:
let
  inherit (pkgs) lib;
  inherit (lib) mkDefault mkOption types;

  # The service manager's side of nixpkgs, wherever this version of it has that; else the same from here.
  found = builtins.filter (file: builtins.pathExists (path + file)) [
    "/lib/services/lib.nix"
    "/nixos/modules/system/service/portable/lib.nix"
  ];
  portable =
    if lib ? services.configure then
      lib.services
    else if found != [ ] then
      import (path + builtins.head found) { inherit lib; }
    else
      ours;

  ours = rec {
    configure =
      {
        extraRootModules,
        extraRootSpecialArgs,
        ...
      }:
      {
        serviceSubmodule = types.submoduleWith {
          class = "service";
          modules = [ base ] ++ extraRootModules;
          specialArgs = extraRootSpecialArgs;
        };
      };
    # Of a service and all below it.
    flat =
      of: loc: service:
      of loc service
      ++ lib.concatLists (
        lib.mapAttrsToList (
          sub:
          flat of (
            loc
            ++ [
              "services"
              sub
            ]
          )
        ) service.services
      );
    at = loc: message: "in ${lib.concatStringsSep "." loc}: ${message}";
    getWarnings = flat (loc: service: map (at loc) service.warnings);
    getAssertions = flat (
      loc: service:
      map (
        { assertion, message }:
        {
          inherit assertion;
          message = at loc message;
        }
      ) service.assertions
    );
  };

  base = {
    _file = "slipway, portable options";
    options = {
      process = {
        argv = mkOption {
          type = types.listOf (types.either types.str (types.either types.path types.package));
          apply = map (word: "${word}");
        };
        reloadSignal = mkOption {
          type = types.nullOr types.str;
          default = null;
        };
        reloadCommand = mkOption {
          type = types.nullOr types.str;
          default = null;
        };
      };
      notificationProtocol = mkOption {
        type = types.listOf (
          types.enum [
            "systemd"
            "s6"
          ]
        );
        default = [ ];
      };
      configData = mkOption {
        type = types.lazyAttrsOf (types.submodule configFile);
        default = { };
      };
      services = mkOption {
        type = types.attrsOf (
          types.submoduleWith {
            class = "service";
            modules = [ base ];
          }
        );
        default = { };
      };
      assertions = mkOption {
        type = types.listOf types.anything;
        default = [ ];
      };
      warnings = mkOption {
        type = types.listOf types.str;
        default = [ ];
      };
      meta = mkOption {
        type = types.attrsOf types.anything;
        default = { };
      };
    };
  };

  configFile =
    { name, config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
        };
        name = mkOption {
          type = types.str;
          default = name;
        };
        path = mkOption { type = types.str; };
        text = mkOption {
          type = types.nullOr types.lines;
          default = null;
        };
        source = mkOption { type = types.either types.path types.package; };
      };
      config.source = lib.mkIf (config.text != null) (
        mkDefault (pkgs.writeText (lib.replaceStrings [ "/" ] [ "-" ] name) config.text)
      );
    };

  # Where configuration files are: in the release, so that they change with it.
  placed =
    folder: below:
    {
      _file = "slipway, configData";
      options = {
        configData = mkOption {
          type = types.lazyAttrsOf (
            types.submodule (
              { config, ... }:
              {
                config.path = mkDefault "${folder}/${config.name}";
              }
            )
          );
        };
        services = mkOption {
          type = types.attrsOf (
            types.submoduleWith {
              class = "service";
              modules = [ ({ name, ... }: placed "${subEtc}/${below}${name}" "${below}${name}-") ];
            }
          );
        };
      };
    };

  # One word of a command line of systemd's, which would put variables and specifiers in.
  escapeSystemdExecArg =
    word:
    lib.replaceStrings [ "%" "$" ] [ "%%" "$$" ] (
      builtins.toJSON (if builtins.isPath word then "${word}" else toString word)
    );

  systemd =
    { config, ... }:
    {
      _file = "slipway, systemd's options";
      options = {
        systemd = {
          services = units;
          sockets = units;
          # What the service itself is called there.
          service = mkOption {
            type = types.deferredModule;
            default = { };
          };
          socket = mkOption {
            type = types.deferredModule;
            default = { };
          };
          lib = mkOption {
            type = types.attrsOf types.raw;
            default = {
              escapeSystemdExecArgs = lib.concatMapStringsSep " " escapeSystemdExecArg;
            };
          };
          mainExecStart = mkOption {
            type = types.nullOr types.str;
            default = null;
          };
          mainExecReload = mkOption {
            type = types.nullOr types.str;
            default = null;
          };
        };
        services = mkOption {
          type = types.attrsOf (
            types.submoduleWith {
              class = "service";
              modules = [ systemd ];
            }
          );
        };
      };
    };
  units = mkOption {
    type = types.lazyAttrsOf types.deferredModule;
    default = { };
  };

  # NixOS' options of a unit, as far as they merge; whatever else is said of one is told as it is.
  unitModule =
    let
      single = types.oneOf [
        types.bool
        types.int
        types.str
        types.path
        types.package
      ];
      section = mkOption {
        type = types.attrsOf (types.nullOr (types.either single (types.listOf single)));
        default = { };
      };
      names = mkOption {
        type = types.listOf types.str;
        default = [ ];
      };
    in
    {
      freeformType = types.attrsOf types.anything;
      options = {
        unitConfig = section;
        serviceConfig = section;
        socketConfig = section;
        environment = mkOption {
          type = types.attrsOf (types.nullOr single);
          default = { };
        };
        path = mkOption {
          type = types.listOf (types.either types.package types.str);
          default = [ ];
        };
        after = names;
        wants = names;
        wantedBy = names;
        listenStreams = names;
      };
    };
  unit = modules: (lib.evalModules { modules = [ unitModule ] ++ modules; }).config;
  said =
    modules: lib.filterAttrs (_: value: value != { } && value != [ ]) (removeAttrs (unit modules) [ "path" ]);
  # Those of a service: its own, and what else it names.
  unitsOf = own: all: {
    own = [ own ] ++ lib.optional (all ? "") all."";
    others = removeAttrs all [ "" ];
  };

  describe =
    service:
    let
      services = unitsOf service.systemd.service service.systemd.services;
      sockets = unitsOf service.systemd.socket service.systemd.sockets;
      protocol = service.notificationProtocol or [ ];
      signal = service.process.reloadSignal or null;
      command = service.process.reloadCommand or null;
      own = service.systemd.mainExecReload;
    in
    {
      inherit (service.process) argv;
      exec = service.systemd.mainExecStart;
      reload =
        if own != null then
          own
        else if command != null then
          command
        else if signal != null then
          "/usr/bin/env kill -${signal} $MAINPID"
        else
          null;
      notifies = protocol == "systemd" || (builtins.isList protocol && builtins.elem "systemd" protocol) || protocol.systemd or false == true;
      unit = said services.own;
      socket = said sockets.own;
      otherUnits = map (unit: "systemd.services.${unit}") (builtins.attrNames services.others) ++ map (unit: "systemd.sockets.${unit}") (builtins.attrNames sockets.others);
      services = lib.mapAttrs (_: describe) service.services;
    };

  pathsOf =
    service:
    (unit (unitsOf service.systemd.service service.systemd.services).own).path
    ++ lib.concatMap pathsOf (builtins.attrValues service.services);

  filesOf =
    folder: below: service:
    lib.mapAttrsToList (_: file: {
      name = "${folder}${file.name}";
      path = file.source;
    }) (lib.filterAttrs (_: file: file.enable) service.configData)
    ++ lib.concatLists (
      lib.mapAttrsToList (sub: filesOf "services/${below}${sub}/" "${below}${sub}-") service.services
    );

  config =
    (lib.evalModules {
      modules = [
        {
          options.services = mkOption {
            type = types.attrsOf
              (portable.configure {
                serviceManagerPkgs = pkgs;
                extraRootModules = [
                  systemd
                  (placed etc "")
                ];
                # Modules of nixpkgs 25.11 take it.
                extraRootSpecialArgs = { inherit pkgs; };
              }).serviceSubmodule;
          };
        }
        { config.services.${name} = { imports = [ module ]; }; }
      ]
      ++ map (
        { path, value }:
        {
          _file = settingsFile;
          config.services.${name} = lib.setAttrByPath path value;
        }
      ) settings;
    }).config.services.${name};

  loc = [
    "services"
    name
  ];
  failed = map ({ message, ... }: message) (
    lib.filter ({ assertion, ... }: !assertion) (portable.getAssertions loc config)
  );
  # A slot is known to units alone: the path of a file would not be found by what another file says.
  nested = lib.filter (file: file.enable && lib.hasInfix etc (if file.text == null then "" else file.text)) (
    lib.optionals (lib.hasInfix "%i" etc) (builtins.attrValues config.configData)
  );
  problems =
    failed
    ++ map (
      file: "in services.${name}: configData.${builtins.toJSON file.name} names the path of a file of configData, which differs from slot to slot"
    ) nested;
  service = describe config;
  files = filesOf "etc/" "" config;
  paths = pathsOf config;
  # All that its processes depend on, and nothing of what they can read again.
  program = pkgs.writeText "${name}-service.json" (builtins.toJSON service);
  package = pkgs.linkFarm "${name}-service" (
    [
      {
        name = "service.json";
        path = program;
      }
    ]
    ++ files
    ++ lib.optional (paths != [ ]) {
      name = "bin";
      path = "${
        pkgs.symlinkJoin {
          name = "${name}-path";
          inherit paths;
        }
      }/bin";
    }
  );
in
if module.type or null == "derivation" then
  throw "slipway: this is a package; the module of its service is an attribute of it, mostly `services.default`"
else if problems != [ ] then
  { failed = problems; }
else
  {
    drv = package.drvPath;
    out = package.outPath;
    main = null;
    inherit (package) name;
    system = package.system or null;
    service = {
      inherit service;
      program = program.outPath;
      files = map ({ name, ... }: name) files;
      warnings = portable.getWarnings loc config;
    };
  }
