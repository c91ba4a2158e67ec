{
  description = "A blog in Flask, served by uWSGI";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      eachSystem =
        f:
        lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: f nixpkgs.legacyPackages.${system});

      blog =
        ps:
        ps.buildPythonPackage {
          pname = "blog";
          version = (lib.importTOML ./pyproject.toml).project.version;
          pyproject = true;
          # Without the articles, which the config ships.
          src = lib.fileset.toSource {
            root = ./.;
            fileset = lib.fileset.unions [
              ./pyproject.toml
              ./src
            ];
          };
          build-system = [ ps.hatchling ];
          dependencies = [
            ps.flask
            ps.markdown
            ps.pyyaml
          ];
        };
    in
    {
      packages = eachSystem (
        pkgs:
        let
          python = pkgs.python3.withPackages (ps: [ (blog ps) ]);
        in
        {
          default = pkgs.symlinkJoin {
            name = "blog";
            paths = [
              # In production. A unix socket is nginx' way in: nothing listens on a port.
              (pkgs.writeShellApplication {
                name = "blog";
                runtimeInputs = [ (pkgs.uwsgi.override { plugins = [ "python3" ]; }) ];
                text = ''
                  exec uwsgi --plugin python3 --pyhome ${python} --module blog:app --need-app \
                    --http-socket "''${LISTEN_PATH:-127.0.0.1:8000}" --chmod-socket=660 \
                    --master --processes 2 --die-on-term "$@"
                '';
              })
              (pkgs.writeShellScriptBin "blog-init-db" "exec ${python}/bin/blog-init-db")
            ];
            meta.mainProgram = "blog";
          };
        }
      );

      checks = eachSystem (pkgs: {
        build = self.packages.${pkgs.system}.default;
        tests =
          pkgs.runCommand "blog-tests"
            { nativeBuildInputs = [ (pkgs.python3.withPackages (ps: [ (blog ps) ps.pytest ])) ]; }
            ''
              cp -r ${./articles} articles
              cp -r ${./tests} tests
              pytest -p no:cacheprovider tests
              touch $out
            '';
      });

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [ (pkgs.python3.withPackages (ps: [ ps.flask ps.markdown ps.pyyaml ps.pytest ])) ];
        };
      });
    };
}
