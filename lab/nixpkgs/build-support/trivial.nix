# runCommand, the write* functions and symlinkJoin.
final:
let
  inherit (final)
    lib
    runtimeShell
    stdenv
    stdenvNoCC
    ;
  runIn =
    env: name: attrs: buildCommand:
    env.mkDerivation ({ inherit name buildCommand; } // attrs);
in
rec {
  runCommand = runIn stdenvNoCC;
  runCommandLocal = runCommand;
  runCommandCC = runIn stdenv;

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      derivationArgs ? { },
    }:
    runCommand name
      (
        {
          inherit
            text
            checkPhase
            meta
            passthru
            ;
          passAsFile = [ "text" ];
        }
        // derivationArgs
      )
      ''
        target=$out${lib.escapeShellArg destination}
        mkdir -p "$(dirname "$target")"
        cp "$textPath" "$target"
        ${lib.optionalString executable ''chmod +x "$target"''}
        eval "$checkPhase"
      '';
  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir =
    path: text:
    writeTextFile {
      name = baseNameOf path;
      destination = "/${path}";
      inherit text;
    };
  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };
  writeShellScript = name: text: writeScript name "#!${runtimeShell}\n${text}\n";
  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };
  writeShellScriptBin = name: text: writeScriptBin name "#!${runtimeShell}\n${text}\n";
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? { },
      meta ? { },
      passthru ? { },
      bashOptions ? [
        "errexit"
        "nounset"
        "pipefail"
      ],
      # There is no shellcheck here: the shell's own check has to do.
      checkPhase ? ''bash -n "$target"'',
      ...
    }:
    writeTextFile {
      inherit name checkPhase passthru;
      executable = true;
      destination = "/bin/${name}";
      meta = {
        mainProgram = name;
      }
      // meta;
      text = ''
        #!${runtimeShell}
        ${lib.concatMapStringsSep "\n" (option: "set -o ${option}") bashOptions}
        ${lib.concatMapAttrsStringSep "\n" (
          key: value: "export ${key}=${lib.escapeShellArg value}"
        ) runtimeEnv}
        ${lib.optionalString (runtimeInputs != [ ]) ''
          export PATH="${lib.makeBinPath runtimeInputs}:$PATH"
        ''}
        ${text}
      '';
    };

  symlinkJoin =
    {
      paths,
      postBuild ? "",
      ...
    }@args:
    runCommand (args.name or "${args.pname}-${args.version}")
      (
        removeAttrs args [
          "name"
          "postBuild"
        ]
        // {
          inherit paths;
        }
      )
      ''
        mkdir -p "$out"
        for path in $paths; do
          cp -rs --no-preserve=mode -n "$path/." "$out/"
        done
        ${postBuild}
      '';
  buildEnv = { name, paths, ... }: symlinkJoin { inherit name paths; };
  linkFarm =
    name: entries:
    runCommand name { } (
      "mkdir -p $out\n"
      + lib.concatMapStrings (entry: ''
        mkdir -p "$out/$(dirname ${lib.escapeShellArg entry.name})"
        ln -s ${entry.path} "$out/"${lib.escapeShellArg entry.name}
      '') (if lib.isList entries then entries else lib.mapAttrsToList (name: path: { inherit name path; }) entries)
    );

  makeSetupHook =
    {
      name,
      substitutions ? { },
      propagatedBuildInputs ? [ ],
      ...
    }:
    script:
    runCommand name (substitutions // { inherit propagatedBuildInputs; }) ''
      mkdir -p $out/nix-support
      substitute ${script} $out/nix-support/setup-hook ${
        lib.concatMapStringsSep " " (key: "--subst-var ${key}") (lib.attrNames substitutions)
      }
      echo $propagatedBuildInputs >$out/nix-support/propagated-build-inputs
    '';

  mkShell =
    {
      name ? "nix-shell",
      packages ? [ ],
      inputsFrom ? [ ],
      buildInputs ? [ ],
      nativeBuildInputs ? [ ],
      ...
    }@attrs:
    stdenv.mkDerivation (
      removeAttrs attrs [
        "inputsFrom"
        "packages"
      ]
      // {
        inherit name;
        buildInputs = buildInputs ++ lib.concatMap (from: from.buildInputs or [ ]) inputsFrom;
        nativeBuildInputs =
          nativeBuildInputs ++ packages ++ lib.concatMap (from: from.nativeBuildInputs or [ ]) inputsFrom;
        phases = [ "buildPhase" ];
        buildPhase = ''export >"$out"'';
      }
    );
  mkShellNoCC = mkShell;
}
