# python3: the toolchain's interpreter, packages of Debian's, and what nixpkgs builds with them.
final:
let
  inherit (final) lib stdenv fromToolchain;
  version = "3.13";
  sitePackages = "lib/python${version}/site-packages";

  # A package with all it imports, as Debian has it.
  package =
    debian: name:
    fromToolchain {
      pname = "python3-${name}";
      inherit version;
      buildInputs = [
        final.openssl
        final.sqlite
        final.zlib
      ];
      more = ''
        source ${./debian.sh}
        pythonFromDebian ${debian} ${sitePackages}
      '';
    };
  calledDifferently = {
    gunicorn = "gunicorn";
    mkdocs = "mkdocs";
    python-dotenv = "python3-dotenv";
    pyyaml = "python3-yaml";
    uvicorn = "uvicorn";
  };
  packages =
    lib.mapAttrs (name: debian: package debian name) calledDifferently
    // lib.genAttrs [
      "aiohttp"
      "build"
      "dj-database-url"
      "django"
      "email-validator"
      "fastapi"
      "flask"
      "flask-migrate"
      "flask-sqlalchemy"
      "hatchling"
      "httptools"
      "httpx"
      "hypercorn"
      "installer"
      "jinja2"
      "markdown"
      "poetry-core"
      "pytest"
      "python-multipart"
      "setuptools"
      "sqlmodel"
      "starlette"
      "uvloop"
      "websockets"
      "whitenoise"
    ] (name: package "python3-${name}" name)
    // {
      inherit buildPythonPackage buildPythonApplication toPythonModule;
      pkgs = final;
      python = python3;
    };

  # An interpreter that finds packages and no others: a virtual environment of links.
  withPackages =
    choose:
    let
      needed = list: list ++ lib.concatMap (one: needed (one.dependencies or [ ])) list;
    in
    final.runCommand "python3-env"
      {
        inherit python3 version sitePackages;
        packages = lib.unique (needed (choose packages));
        meta.mainProgram = "python3";
        passthru = {
          inherit python3 sitePackages withPackages;
          pkgs = packages;
          python = python3;
        };
      }
      ''
        source ${./environment.sh}
      '';

  python3 = fromToolchain {
    pname = "python3";
    inherit version;
    libraries = [ "libpython${version}.so.1.0" ];
    trees = [ "/usr/lib/python${version}=lib/python${version}" ];
    buildInputs = [
      final.openssl
      final.sqlite
      final.zlib
    ];
    # A program of our own: patchelf breaks Debian's, which is not position-independent.
    more = ''
      mkdir -p $out/bin
      echo 'int Py_BytesMain(int, char **); int main(int n, char **words) { return Py_BytesMain(n, words); }' |
        /usr/bin/gcc -x c - -o $out/bin/python${version} -x none $out/lib/libpython${version}.so.1.0 \
          -Wl,--dynamic-linker=$glibc/lib/$dynamicLinker,-rpath,$path
      ln -s python${version} $out/bin/python3
      ln -s python${version} $out/bin/python
      rm -r $out/lib/python${version}/{config-*,ensurepip,test} 2>/dev/null || :
      /usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash $out/lib
    '';
    passthru = {
      inherit withPackages sitePackages;
      pkgs = packages;
      pythonVersion = version;
      interpreter = "${python3}/bin/python3";
    };
  };

  buildPythonPackage =
    args:
    let
      given = if lib.isFunction args then lib.fix args else args;
      dependencies = given.dependencies or [ ];
      tools = withPackages (ps: given.build-system or [ ] ++ [ ps.build ps.installer ]);
    in
    lib.throwIfNot (given.pyproject or null == true) "buildPythonPackage: set pyproject = true" (
      stdenv.mkDerivation (
        removeAttrs given [
          "build-system"
          "dependencies"
          "optional-dependencies"
          "pyproject"
        ]
        // {
          inherit tools sitePackages;
          environment = withPackages (_: dependencies);
          checkDependencies = ./check-dependencies.py;
          nativeBuildInputs = given.nativeBuildInputs or [ ] ++ [
            tools
            ./hooks.sh
          ];
          buildPhase = given.buildPhase or "pythonBuildPhase";
          installPhase = given.installPhase or "pythonInstallPhase";
          passthru = {
            inherit dependencies;
            pythonModule = python3;
          }
          // given.passthru or { };
        }
      )
    );
  # A program, with its dependencies put into its scripts.
  buildPythonApplication =
    args:
    (buildPythonPackage args).overrideAttrs (old: {
      postFixup = old.postFixup or "" + "\npythonWrapScripts";
      passthru = removeAttrs old.passthru [ "pythonModule" ];
    });
  toPythonModule =
    package:
    package.overrideAttrs (old: {
      passthru = old.passthru // {
        pythonModule = python3;
      };
    });
in
{
  inherit python3;
  # There is the one.
  python311 = python3;
  python312 = python3;
  python313 = python3;
  python3Packages = packages;

  uwsgi = lib.makeOverridable (
    {
      plugins ? [ ],
      # There is the one.
      python3 ? null,
    }:
    fromToolchain {
      pname = "uwsgi";
      version = "2.0.28";
      programs = [ "uwsgi-core" ];
      more = ''
        mkdir -p $out/lib/uwsgi
        for plugin in ${toString plugins}; do
          # Links stay links: uWSGI takes what a plugin is called in its code from the file's real name.
          file=/usr/lib/uwsgi/plugins/''${plugin}_plugin.so
          install -m 644 "$(realpath "$file")" $out/lib/uwsgi/
          if [ -L "$file" ]; then ln -s "$(readlink "$file")" "$out/lib/uwsgi/''${file##*/}"; fi
        done
        fitAll $out/lib/uwsgi
        printf '#!%s\nexec %s --plugin-dir %s "$@"\n' \
          ${final.runtimeShell} $out/bin/uwsgi-core $out/lib/uwsgi >$out/bin/uwsgi
        chmod +x $out/bin/uwsgi
      '';
    }
  ) { };
}
