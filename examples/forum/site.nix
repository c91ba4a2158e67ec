{
  pkgs ? import <nixpkgs> { },
}:
pkgs.stdenvNoCC.mkDerivation {
  pname = "forum-site";
  version = "0.1.0";
  src = ./site;
  nativeBuildInputs = [ pkgs.hugo ];
  buildPhase = ''
    runHook preBuild
    export HUGO_CACHEDIR=$TMPDIR
    hugo --destination $out
    runHook postBuild
  '';
  dontInstall = true;
}
