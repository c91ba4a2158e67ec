# pnpm, Yarn and bun, and what nixpkgs has for each to fetch packages and to lay them out. They are those of npm's
# registry, where Debian has none of these versions.
final:
let
  inherit (final) lib nodejs stdenv;

  # A package of the registry: `npm view NAME@VERSION dist.integrity` is its hash.
  published =
    name: version: hash:
    final.runCommand "${lib.last (lib.splitString "/" name)}-${version}"
      {
        src = derivation {
          name = "package.tgz";
          system = "builtin";
          builder = "builtin:fetchurl";
          url = "https://registry.npmjs.org/${name}/-/${lib.last (lib.splitString "/" name)}-${version}.tgz";
          urls = [ ];
          unpack = false;
          executable = false;
          preferLocalBuild = true;
          outputHashMode = "flat";
          outputHashAlgo = null;
          outputHash = hash;
        };
      }
      ''
        mkdir $out
        tar -xzf $src --no-same-owner --strip-components=1 -C $out
      '';

  # Its program, run by node.
  run =
    program: package: file: more:
    final.writeShellApplication {
      name = program;
      text = ''
        ${more}
        exec ${lib.getExe nodejs} ${package}/${file} "$@"
      '';
    };

  # What a package manager fetches for a lock file, as a fixed output: a wrong hash is Nix's to report.
  fetched =
    tool: phase: args: hash:
    stdenv.mkDerivation (
      removeAttrs args [
        "fetcherVersion"
        "hash"
        "missingHashes"
        "pnpm"
        "version"
        "yarnLock"
      ]
      // {
        name = "${args.pname or "node"}-${phase}";
        nativeBuildInputs = [
          nodejs
          tool
          ./managers.sh
        ];
        dontConfigure = true;
        buildPhase = phase;
        dontInstall = true;
        dontFixup = true;
        outputHashMode = "recursive";
        outputHashAlgo = if hash == "" then "sha256" else null;
        outputHash = hash;
      }
    );

  hook =
    name: function:
    final.makeSetupHook { inherit name; } (
      builtins.toFile name ''
        source ${./managers.sh}
        postConfigureHooks+=(${function})
      ''
    );

  pnpm_10 = run "pnpm" (published "pnpm" "10.34.8" "sha512-9ieo6XE0Ov5J39D2PQKCNCAd+oMdXLWIcz4eX42ya/FpiaMhYatcG02zsf28NzFgYGtbieAC323RmoWt+R/FqA==") "bin/pnpm.cjs" "export npm_config_manage_package_manager_versions=false";

  yarn = run "yarn" (published "yarn" "1.22.22" "sha512-prL3kGtyG7o9Z9Sv8IPfBNrWTDmXB4Qbes8A9rEzt6wkJV8mUvoirjU0Mp3GGAU06Y0XQyA3/2/RQFVuK7MTfg==") "bin/yarn.js" "";

  yarn-berry_4 =
    (run "yarn" (published "@yarnpkg/cli-dist" "4.18.1" "sha512-EH+A4TxAtBWXKE0DGQxW9Bo9crXHLJ73mfxjTQJuv8XonNWWTpei8BQ5JjczHJNU9GROTycwMFn8iOvRIZXUcA==") "bin/yarn.js" "export YARN_ENABLE_TELEMETRY=0 YARN_ENABLE_GLOBAL_CACHE=0 YARN_IGNORE_PATH=1")
    // {
      fetchYarnBerryDeps = args: fetched yarn-berry_4 "yarnBerryFetch" args args.hash;
      yarnBerryConfigHook = hook "yarn-berry-config-hook" "yarnBerryLayOut";
    };

  bun = stdenv.mkDerivation {
    pname = "bun";
    version = "1.4.5";
    src = published "@oven/bun-linux-x64-baseline" "1.4.5" "sha512-s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==";
    dontConfigure = true;
    dontBuild = true;
    # Other paths in it make it crash: it is for hosts that have Debian's loader.
    dontFixup = true;
    # It has certificates of its own, and does not look for the machine's.
    installPhase = ''
      install -D -m 755 bin/bun $out/bin/bun
      mkdir $out/nix-support
      echo 'export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' >$out/nix-support/setup-hook
    '';
    meta.mainProgram = "bun";
  };
in
{
  inherit
    bun
    pnpm_10
    yarn
    yarn-berry_4
    ;
  pnpm = pnpm_10;
  yarn-berry = yarn-berry_4;

  fetchPnpmDeps = args: fetched pnpm_10 "pnpmFetch" args args.hash;
  pnpmConfigHook = hook "pnpm-config-hook" "pnpmLayOut";

  # Of the lock file alone, as nixpkgs' is.
  fetchYarnDeps =
    { yarnLock, hash, ... }:
    fetched yarn "yarnFetch" { src = dirOf yarnLock; } hash;
  yarnConfigHook = hook "yarn-config-hook" "yarnLayOut";
}
