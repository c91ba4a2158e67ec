# slipway itself: `nix run`, `nix profile install`.
{
  lib,
  buildNpmPackage,
  importNpmLock,
}:
let
  # package-lock.json has the hash of each package, and leaves out where npm's registry has it.
  lock = lib.importJSON ../package-lock.json;
  address =
    path: module:
    let
      name = module.name or (lib.last (lib.splitString "node_modules/" path));
    in
    "https://registry.npmjs.org/${name}/-/${baseNameOf name}-${module.version}.tgz";
  packages = lib.mapAttrs (
    path: module: if path == "" then module else { resolved = address path module; } // module
  ) lock.packages;
in
buildNpmPackage {
  pname = "slipway";
  inherit (lib.importJSON ../package.json) version;

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../CHANGELOG.md
      ../LICENSE
      ../README.md
      ../bin
      ../docs
      ../flake.nix
      ../host
      ../lab
      ../nix
      ../package-lock.json
      ../package.json
      ../scripts
      ../src
      ../tsconfig.build.json
      ../tsconfig.json
    ];
  };

  npmDeps = importNpmLock {
    npmRoot = ../.;
    packageLock = lock // {
      inherit packages;
    };
  };
  inherit (importNpmLock) npmConfigHook;

  # What the tarball has. The hook puts store paths into package.json, which are of no use there.
  installPhase = ''
    runHook preInstall
    if [ -e .package.json.orig ]; then mv .package.json.orig package.json; fi
    npm pack --ignore-scripts
    mkdir -p $out/lib/slipway $out/bin
    tar --extract --file slipway-*.tgz --directory $out/lib/slipway --strip-components 1
    ln -s ../lib/slipway/bin/slipway.js $out/bin/slipway
    runHook postInstall
  '';

  meta = {
    description = (lib.importJSON ../package.json).description;
    license = lib.licenses.mit;
    mainProgram = "slipway";
  };
}
