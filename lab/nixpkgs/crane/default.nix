# crane's functions, as far as flakes of applications call them, over buildRustPackage: that compiles what a crate
# depends on by itself, too, and there is one toolchain.
pkgs:
let
  inherit (pkgs) lib;

  # Settings of crane's alone.
  ofCrane = [
    "cargoArtifacts"
    "cargoExtraArgs"
    "cargoLock"
    "cargoToml"
    "cargoVendorDir"
  ];

  crateNameFromCargoToml =
    {
      src ? null,
      cargoToml ? "${src}/Cargo.toml",
      ...
    }@args:
    let
      package = (lib.importTOML cargoToml).package or { };
    in
    {
      pname = args.pname or package.name or "cargo-package";
      version = args.version or package.version or "0.0.1";
    };

  crate =
    args:
    pkgs.rustPlatform.buildRustPackage (
      crateNameFromCargoToml args
      // {
        # What clippy and rustdoc want of dependencies is something else than what a build wants.
        cargoAlsoCheck = true;
        cargoLock.lockFile = args.cargoLock or "${args.src}/Cargo.lock";
        # Versions are Debian's.
        cargoBuildFlags = lib.replaceStrings [ "--locked" ] [ "" ] (args.cargoExtraArgs or "");
      }
      // removeAttrs args ofCrane
    );
  buildDepsOnly = args: (crate args).cargoDependencies;
  artifacts = args: args.cargoArtifacts or (buildDepsOnly args);

  buildPackage = args: (crate args).overrideAttrs { cargoDependencies = artifacts args; };

  # What cargo does with a crate beside building it, as a package by itself.
  step =
    suffix: tools: phase: args:
    (crate args).overrideAttrs (old: {
      pname = old.pname + suffix;
      nativeBuildInputs = old.nativeBuildInputs ++ tools ++ [ ./hooks.sh ];
      cargoDependencies = artifacts args;
      buildPhase = phase;
      doCheck = false;
      installPhase = ''mkdir -p "$out"'';
    });
  # The same with the source alone.
  look =
    suffix: tool: command: args:
    pkgs.stdenv.mkDerivation (
      crateNameFromCargoToml args
      // removeAttrs args ofCrane
      // {
        pname = (crateNameFromCargoToml args).pname + suffix;
        nativeBuildInputs = [
          pkgs.cargo
          tool
        ];
        buildPhase = command;
        installPhase = ''mkdir -p "$out"'';
      }
    );
  coverage = step "-coverage" [ pkgs.llvm ] "craneCoverage";
  isOfCargo =
    path: type:
    type == "directory"
    || lib.any (suffix: lib.hasSuffix suffix path) [
      ".rs"
      ".toml"
      "/Cargo.lock"
    ];
in
{
  inherit buildDepsOnly buildPackage crateNameFromCargoToml;

  cargoBuild = buildPackage;
  cargoClippy = step "-clippy" [ pkgs.clippy ] "craneClippy";
  cargoDoc = step "-doc" [ ] "craneDoc";
  cargoTest = step "-test" [ ] "cargoCheckPhase";
  cargoNextest = step "-nextest" [ ] "cargoCheckPhase";
  cargoTarpaulin = coverage;
  cargoLlvmCov = coverage;
  cargoFmt = look "-fmt" pkgs.rustfmt ''cargo fmt ''${cargoExtraArgs:-} -- --check ''${rustFmtExtraArgs:-}'';
  cargoAudit =
    { advisory-db, ... }@args:
    look "-audit" pkgs.cargo-audit
      ''cargo-audit audit --no-fetch --db ${advisory-db} --file Cargo.lock ''${cargoAuditExtraArgs:-}''
      (removeAttrs args [ "advisory-db" ]);

  path =
    given:
    if given ? path then
      builtins.path given
    else
      builtins.path {
        path = given;
        name = "source";
      };
  filterCargoSources = isOfCargo;
  cleanCargoSource =
    src:
    lib.cleanSourceWith {
      inherit src;
      filter = isOfCargo;
    };

  devShell =
    {
      checks ? { },
      packages ? [ ],
      ...
    }@args:
    pkgs.mkShell (
      removeAttrs args [ "checks" ]
      // {
        inputsFrom = lib.attrValues checks ++ args.inputsFrom or [ ];
        packages = packages ++ [
          pkgs.cargo
          pkgs.rustc
        ];
      }
    );
  overrideToolchain = _: import ./. pkgs;
}
