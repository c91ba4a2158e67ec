# buildGoModule: go, offline, with modules out of the toolchain's GOPATH.
{
  lib,
  stdenv,
  go,
}:
let
  # The standard library, compiled once for all: go would do it anew in every build.
  standardLibrary = stdenv.mkDerivation {
    name = "go-standard-library";
    nativeBuildInputs = [
      go
      ./hooks.sh
    ];
    phases = [ "buildPhase" ];
    buildPhase = "goCompileStandardLibrary";
  };

  buildGoModule =
    args:
    stdenv.mkDerivation (
      finalAttrs:
      let
        given = lib.toFunction args finalAttrs;
        vendorHash = given.vendorHash or (throw "buildGoModule: set vendorHash");
        name = given.name or "${given.pname}-${given.version}";
        # A fixed output, so a wrong vendorHash is Nix's to report.
        goModules = stdenv.mkDerivation {
          name = "${name}-go-modules";
          inherit (given) src;
          inherit (finalAttrs) modRoot;
          prePatch = given.prePatch or "";
          patches = given.patches or [ ];
          postPatch = given.postPatch or "";
          nativeBuildInputs = [
            go
            ./hooks.sh
          ];
          configurePhase = "goEnvironment";
          buildPhase = "goVendorPhase";
          installPhase = ''cp -r vendor "$out"'';
          dontFixup = true;
          outputHashMode = "recursive";
          outputHashAlgo = if vendorHash == "" then "sha256" else null;
          outputHash = vendorHash;
        };
      in
      removeAttrs given [
        "overrideModAttrs"
        "vendorHash"
      ]
      // {
        modRoot = given.modRoot or ".";
        goModules = if vendorHash == null then null else goModules;
        inherit standardLibrary;
        nativeBuildInputs = given.nativeBuildInputs or [ ] ++ [
          go
          ./hooks.sh
        ];
        ldflags = lib.concatStringsSep " " (given.ldflags or [ ]);
        tags = lib.concatStringsSep "," (given.tags or [ ]);
        configurePhase = given.configurePhase or "goConfigurePhase";
        buildPhase = given.buildPhase or "goBuildPhase";
        doCheck = given.doCheck or true;
        checkPhase = given.checkPhase or "goCheckPhase";
        installPhase = given.installPhase or "goInstallPhase";
        passthru = {
          inherit go goModules vendorHash;
        }
        // given.passthru or { };
      }
    );
in
buildGoModule
