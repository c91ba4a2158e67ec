# What stands in for `github:numtide/flake-utils`.
{
  description = "flake-utils' functions, for rehearsals";

  outputs =
    _:
    let
      defaultSystems = [
        "aarch64-darwin"
        "aarch64-linux"
        "x86_64-darwin"
        "x86_64-linux"
      ];
      # `{ packages.default = …; }` for each system becomes `{ packages.<system>.default = …; }`.
      eachSystem =
        systems: outputs:
        builtins.foldl' (
          all: system:
          all
          // builtins.mapAttrs (name: value: all.${name} or { } // { ${system} = value; }) (outputs system)
        ) { } systems;
    in
    {
      lib = {
        inherit defaultSystems eachSystem;
        allSystems = defaultSystems;
        eachDefaultSystem = eachSystem defaultSystems;
        eachDefaultSystemPassThrough = outputs: builtins.foldl' (all: system: all // outputs system) { } defaultSystems;
        system = builtins.listToAttrs (
          map (name: {
            inherit name;
            value = name;
          }) defaultSystems
        );
        mkApp =
          {
            drv,
            name ? drv.pname or drv.name,
            exePath ? drv.passthru.exePath or "/bin/${drv.meta.mainProgram or name}",
          }:
          {
            type = "app";
            program = "${drv}${exePath}";
          };
      };
    };
}
