# Builds one of everything, and looks at what came out.
{
  system ? builtins.currentSystem,
}:
let
  pkgs = import ./. {
    inherit system;
    overlays = [
      (final: prev: {
        go = prev.go_1_24;
        greeting = final.writeText "greeting" "hi\n";
      })
      (_: prev: { greeting = prev.greeting.overrideAttrs (old: { text = old.text + "again\n"; }); })
    ];
  };
  inherit (pkgs) lib;

  program = pkgs.stdenv.mkDerivation (finalAttrs: {
    pname = "program";
    version = "1";
    dontUnpack = true;
    nativeBuildInputs = [
      pkgs.makeWrapper
      pkgs.pkg-config
    ];
    buildInputs = [
      pkgs.openssl
      pkgs.sqlite
    ];
    env.MESSAGE = "version ${finalAttrs.version}";
    buildPhase = ''
      runHook preBuild
      cat >program.c <<EOF
      #include <stdio.h>
      #include <stdlib.h>
      #include <sqlite3.h>
      #include <openssl/crypto.h>
      int main(void) {
        printf("%s, %d, %d, %s\n", "$MESSAGE", sqlite3_libversion_number() > 3000000,
               OpenSSL_version_num() > 0x30000000L, getenv("WRAPPED"));
      }
      EOF
      $CC -o program program.c $(pkg-config --cflags --libs sqlite3 libcrypto)
      runHook postBuild
    '';
    doCheck = true;
    checkPhase = ''
      runHook preCheck
      ./program | grep "$MESSAGE"
      { (echo >/dev/tcp/127.0.0.1/9) 2>&1 || :; } | grep -q 'Connection refused'
      runHook postCheck
    '';
    installPhase = ''
      runHook preInstall
      installBin program
      runHook postInstall
    '';
    postInstall = ''
      printf '#!/usr/bin/env bash\necho old\n' >$out/bin/script
      chmod +x $out/bin/script
      substituteInPlace $out/bin/script --replace-fail old new
      wrapProgram $out/bin/program --set WRAPPED "a b" --prefix PATH : ${lib.makeBinPath [ pkgs.coreutils ]}
    '';
    meta.mainProgram = "program";
  });
  second = program.overrideAttrs { version = "2"; };
  application = pkgs.writeShellApplication {
    name = "application";
    runtimeInputs = [ second ];
    text = "program; script";
  };
  python = pkgs.python3.withPackages (ps: [ ps.flask ]);
  joined = pkgs.symlinkJoin {
    name = "joined";
    paths = [
      application
      pkgs.bash
    ];
  };
in
pkgs.runCommand "tests"
  {
    inherit (pkgs) greeting;
    first = lib.getExe program;
    closure = program.stdenv.cc.cc.lib;
    shell = pkgs.mkShell {
      packages = [ pkgs.go ];
      inputsFrom = [ program ];
    };
    nativeBuildInputs = [ joined ];
  }
  ''
    same() { [ "$1" = "$2" ] || { echo "got: $1"; echo "not: $2"; exit 1; }; }
    same "$(cat $greeting)" "$(printf 'hi\nagain')"
    same "$($first)" 'version 1, 1, 1, a b'
    same "$(PATH= ${lib.getExe application})" "$(printf 'version 2, 1, 1, a b\nnew')"
    same "$(type -P application)" ${joined}/bin/application
    same "$(head -n 1 ${program}/bin/script)" "#!${pkgs.runtimeShell}"
    if hugo version; then exit 1; fi
    same "$(${python}/bin/python3 -c 'import flask, ssl, sqlite3; print(flask.__name__)')" flask
    if ${python}/bin/python3 -c 'import django' 2>/dev/null; then exit 1; fi
    same "$(${lib.getExe pkgs.nodejs} -p 'typeof fetch')" function
    same ${lib.getName "x-y-1.2"} x-y
    same '${lib.concatStringsSep " " (lib.splitString "." "a.b.c")}' 'a b c'
    same '${lib.trim "  a b "}' 'a b'
    touch $out
  ''
