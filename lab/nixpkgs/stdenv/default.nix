# mkDerivation, and the C compiler and libraries everything is linked with.
final:
let
  inherit (final) lib toolchain system;
  inherit (lib) getDev getLib;

  # `derivation`, inside the toolchain.
  build =
    { script, ... }@attrs:
    derivation (
      removeAttrs attrs [ "script" ]
      // {
        inherit system;
        builder = "/bin/sh";
        args = [
          ./enter.sh
          toolchain.path
          toolchain.recipe
          "-e"
          script
        ];
      }
    );

  # Makes a package of the arguments of mkDerivation. `recipe` is a function of the package's own
  # final arguments, so that overriding one of them reaches all that was derived from it.
  make =
    stdenv: recipe:
    let
      attrs = recipe (attrs // { finalPackage = package; });
      outputs = attrs.outputs or [ "out" ];
      inputs = kind: lib.remove null (lib.flatten (attrs.${kind} or [ ]));
      checkInputs = lib.optionals (attrs.doCheck or false) (
        inputs "nativeCheckInputs" ++ inputs "checkInputs"
      );
      drv = build (
        removeAttrs attrs [
          "checkInputs"
          "env"
          "meta"
          "nativeCheckInputs"
          "passthru"
          "pos"
        ]
        // attrs.env or { }
        // {
          script = ./build.sh;
          stdenv = stdenv.setup;
          name = attrs.name or "${attrs.pname}-${attrs.version}";
          inherit outputs;
          buildInputs = map getDev (inputs "buildInputs");
          nativeBuildInputs = map getDev (inputs "nativeBuildInputs" ++ checkInputs);
          propagatedBuildInputs = map getDev (inputs "propagatedBuildInputs");
          propagatedNativeBuildInputs = map getDev (inputs "propagatedNativeBuildInputs");
        }
      );
      extra =
        lib.filterAttrs (name: _: lib.elem name [ "pname" "version" "src" ]) attrs
        // {
          inherit stdenv system outputs;
          passthru = attrs.passthru or { };
          meta = {
            inherit (drv) name;
            available = true;
            outputsToInstall = [ (if lib.elem "bin" outputs then "bin" else lib.head outputs) ];
          }
          // attrs.meta or { };
          overrideAttrs =
            change:
            make stdenv (
              self:
              let
                prev = recipe self;
                changed = if lib.isFunction change then change prev else change;
              in
              prev // (if lib.isFunction changed then change self prev else changed)
            );
        }
        // attrs.passthru or { };
      package =
        drv // extra // lib.genAttrs outputs (o: drv.${o} // extra // { outputSpecified = true; });
    in
    package;

  stdenvWith =
    {
      cc ? null,
      shell ? null,
    }:
    let
      self = {
        inherit cc system;
        mkDerivation = attrs: make self (lib.toFunction attrs);
        # Sourced by every build: the commands it has, then the phases.
        setup = build {
          name = "stdenv";
          script = ./stdenv.sh;
          phases = ./setup.sh;
          inherit shell;
          cc = if cc == null then null else cc.wrapper;
          loader = if cc == null then null else "${final.glibc}/lib/${toolchain.dynamicLinker}";
        };
        shell = final.runtimeShell;
        hostPlatform = platform;
        buildPlatform = platform;
        targetPlatform = platform;
        inherit (platform)
          isLinux
          isDarwin
          isx86_64
          isAarch64
          ;
      };
    in
    self;

  platform = {
    inherit system;
    config = toolchain.triple;
    isLinux = true;
    isDarwin = false;
    isUnix = true;
    isx86_64 = system == "x86_64-linux";
    isAarch64 = system == "aarch64-linux";
    is64bit = true;
    isStatic = false;
    isMusl = false;
    extensions = {
      sharedLibrary = ".so";
      executable = "";
    };
  };

  # For what the others are made of.
  bootstrap = stdenvWith { };

  gcc = {
    # As in nixpkgs: `cc` is the wrapper's compiler, whose libraries programs need at run time.
    cc.lib = final.libgcc;
    wrapper = build {
      name = "gcc-wrapper";
      script = ./cc.sh;
      inherit (toolchain) dynamicLinker;
      inherit (final) glibc libgcc;
    };
  };
in
{
  stdenv = stdenvWith {
    cc = gcc;
    shell = final.runtimeShell;
  };
  stdenvNoCC = stdenvWith { shell = final.runtimeShell; };
  inherit gcc;

  # Copies programs and libraries out of the toolchain into a package that runs anywhere.
  fromToolchain =
    {
      pname,
      version,
      programs ? [ ],
      libraries ? [ ],
      # Folders, each as `from=to`.
      trees ? [ ],
      headers ? [ ],
      pkgConfig ? [ ],
      buildInputs ? [ ],
      outputs ? [ "out" ],
      mainProgram ? pname,
      # Run in the end.
      more ? "",
      passthru ? { },
    }:
    bootstrap.mkDerivation {
      inherit
        pname
        version
        programs
        libraries
        trees
        headers
        pkgConfig
        outputs
        more
        passthru
        ;
      buildInputs = map getLib ([ final.glibc ] ++ buildInputs);
      from = toolchain.libraries;
      inherit (toolchain) triple dynamicLinker;
      glibc = if pname == "glibc" then null else final.glibc;
      buildCommandPath = ./from-toolchain.sh;
      meta = { inherit mainProgram; };
    };

  glibc = bootstrap.mkDerivation {
    pname = "glibc";
    version = "2.41";
    from = toolchain.libraries;
    inherit (toolchain) dynamicLinker;
    buildCommandPath = ./glibc.sh;
  };

  libgcc = final.fromToolchain {
    pname = "gcc-lib";
    version = "14.2.0";
    libraries = [
      "libgcc_s.so.1"
      "libstdc++.so.6"
    ];
  };
}
