# What a crate depends on, compiled on its own: a change to the crate's source then costs its own
# compilation only. For a package that is one crate, with its source known at evaluation; otherwise
# null, and everything is compiled together.
{
  lib,
  stdenv,
  inputs,
}:
given: lockFile:
let
  inherit (builtins) isAttrs isList toJSON;

  # Without building anything to look at it.
  isKnown =
    !lib.isDerivation given.src
    && !(lib.any (c: c ? outputs) (lib.attrValues (builtins.getContext "${given.src}")));
  source = "${given.src}/${given.cargoRoot or "."}";
  manifest = lib.importTOML "${source}/Cargo.toml";
  lock = lib.importTOML (if lockFile == null then "${source}/Cargo.lock" else lockFile);
  fetched = lib.partition (package: package ? source) (lock.package or [ ]);
  isOneCrate =
    !(manifest ? workspace)
    && manifest ? package
    && lib.length fetched.wrong == 1
    && fetched.right != [ ]
    && lib.all (package: lib.hasPrefix "registry+" package.source) fetched.right;

  # JSON's scalars are TOML's.
  toKey = key: if builtins.match "[A-Za-z0-9_-]+" key == null then toJSON key else key;
  toTOML =
    value:
    if isAttrs value then
      "{ ${
        lib.concatStringsSep ", " (
          lib.mapAttrsToList (key: value: "${toKey key} = ${toTOML value}") value
        )
      } }"
    else if isList value then
      "[ ${lib.concatMapStringsSep ", " toTOML value} ]"
    else
      toJSON value;
  toDocument = lib.concatMapAttrsStringSep "\n" (key: value: "${toKey key} = ${toTOML value}");

  # The crate as its dependencies see it: whatever its version, and without a line of its own.
  bareManifest =
    lib.filterAttrs (
      key: _:
      lib.elem key [
        "build-dependencies"
        "dependencies"
        "dev-dependencies"
        "features"
        "profile"
        "target"
      ]
    ) manifest
    // {
      package = {
        inherit (manifest.package) name;
        version = "0.0.0";
      }
      // lib.filterAttrs (
        key: _:
        lib.elem key [
          "edition"
          "resolver"
          "rust-version"
        ]
      ) manifest.package;
    };
  bareLock = ''
    version = ${toString lock.version}
    ${lib.concatMapStringsSep "\n" (package: "[[package]]\n${toDocument package}\n") fetched.right}
  '';

  # Settings of the package that are part of its code, or of no interest here.
  ofTheCrate = [
    "checkFlags"
    "cargoTestFlags"
    "meta"
    "name"
    "outputs"
    "passthru"
    "patches"
    "phases"
    "pname"
    "src"
    "version"
  ]
  ++ lib.filter (name: lib.hasPrefix "pre" name || lib.hasPrefix "post" name) (lib.attrNames given)
  ++ lib.filter (lib.hasSuffix "Phase") (lib.attrNames given);
in
if isKnown && isOneCrate then
  stdenv.mkDerivation (
    removeAttrs given ofTheCrate
    // inputs
    // {
      name = "${given.pname or given.name}-dependencies";
      inherit (given) doCheck;
      manifest = toDocument bareManifest;
      lock = bareLock;
      passAsFile = [
        "lock"
        "manifest"
      ];
      phases = [ "buildPhase" ];
      buildPhase = "cargoDependenciesPhase";
    }
  )
else
  null
