{
  description = "What a small server of one's own has on it";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      eachSystem =
        f:
        lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: f nixpkgs.legacyPackages.${system});
      python =
        ps: folder: dependencies:
        ps.buildPythonPackage {
          pname = baseNameOf folder;
          version = (lib.importTOML "${folder}/pyproject.toml").project.version;
          pyproject = true;
          # Without the articles: a new one builds nothing.
          src = lib.fileset.toSource {
            root = folder;
            fileset = lib.fileset.unions [
              (folder + "/pyproject.toml")
              (folder + "/src")
            ];
          };
          build-system = [ ps.hatchling ];
          inherit dependencies;
        };
    in
    {
      packages = eachSystem (
        pkgs:
        let
          ps = pkgs.python3.pkgs;
        in
        {
          front = pkgs.runCommand "front" { } "cp -r ${./front} $out";
          blog = python ps ./blog [
            ps.flask
            ps.markdown
          ];
          guests = python ps ./guests [ ps.flask ];
          clock = python ps ./clock [ ps.starlette ];
          articles = pkgs.runCommand "articles" { } "cp -r ${./blog/articles} $out";
        }
      );
    };
}
