# nodejs and buildNpmPackage: the toolchain's node and npm, with packages that npm fetches.
final:
let
  inherit (final) lib stdenv fromToolchain;

  nodejs = fromToolchain {
    pname = "nodejs";
    version = "20.19.2";
    programs = [ "node" ];
    mainProgram = "node";
    buildInputs = [
      final.libgcc
      final.openssl
      final.sqlite
      final.zlib
    ];
    # Debian's node reads parts of itself from a folder of the machine's.
    more = ''
      files=$(/usr/bin/strings $out/lib/libnode.so.* | grep -x '/usr/share/nodejs/.*\.js')
      for file in $files; do
        install -D -m 644 "$file" "$out/lib/nodejs/''${file#/usr/share/nodejs/}"
      done
      /usr/bin/gcc -shared -fPIC -O2 -DTO="\"$out/lib/nodejs/\"" -o $out/lib/moved.so ${./moved.c}
      patchelf --add-needed moved.so $out/bin/node
    '';
  };

  npm = final.runCommand "npm" { } ''
    mkdir -p $out/bin
    ln -s /usr/bin/npm $out/bin/
  '';

  fetchNpmDeps =
    {
      hash,
      name ? "npm-deps",
      ...
    }@args:
    # A fixed output, so a wrong hash is Nix's to report.
    stdenv.mkDerivation (
      removeAttrs args [ "hash" ]
      // {
        inherit name;
        nativeBuildInputs = [
          npm
          nodejs
          ./hooks.sh
        ];
        dontConfigure = true;
        buildPhase = "npmFetch";
        dontInstall = true;
        dontFixup = true;
        outputHashMode = "recursive";
        outputHashAlgo = if hash == "" then "sha256" else null;
        outputHash = hash;
      }
    );

  # Has no registry to fetch from: takes what is installed beside package-lock.json.
  importNpmLock = {
    __functor =
      _:
      { npmRoot, ... }:
      final.runCommand "npm-deps" { } ''
        mkdir $out
        cp ${npmRoot + "/package-lock.json"} $out/package-lock.json
        cp -r ${npmRoot + "/node_modules"} $out/node_modules
      '';
    npmConfigHook = null;
  };

  buildNpmPackage =
    args:
    stdenv.mkDerivation (
      finalAttrs:
      let
        given = lib.toFunction args finalAttrs;
        node = given.nodejs or nodejs;
      in
      removeAttrs given [
        "nodejs"
        "npmDepsHash"
        "npmConfigHook"
      ]
      // {
        npmDeps =
          given.npmDeps or (fetchNpmDeps {
            inherit (given) src;
            name = "${given.pname or given.name}-${given.version or ""}-npm-deps";
            patches = given.patches or [ ];
            postPatch = given.postPatch or "";
            hash = given.npmDepsHash or (throw "buildNpmPackage: set npmDepsHash");
          });
        nativeBuildInputs = given.nativeBuildInputs or [ ] ++ [
          npm
          node
          ./hooks.sh
        ];
        npmBuildScript = given.npmBuildScript or "build";
        configurePhase = given.configurePhase or "npmConfigurePhase";
        buildPhase = given.buildPhase or "npmBuildPhase";
        installPhase = given.installPhase or (throw "buildNpmPackage: the stand-in wants an installPhase");
        dontStrip = given.dontStrip or true;
      }
    );
in
{
  inherit
    nodejs
    buildNpmPackage
    fetchNpmDeps
    importNpmLock
    ;
  # There is the one.
  nodejs_20 = nodejs;
  nodejs_22 = nodejs;
  nodejs_24 = nodejs;
}
