# The Debian tree every build runs in, made by ../toolchain.sh.
{ lib, system }:
let
  targets = {
    x86_64-linux = {
      triple = "x86_64-linux-gnu";
      dynamicLinker = "ld-linux-x86-64.so.2";
    };
    aarch64-linux = {
      triple = "aarch64-linux-gnu";
      dynamicLinker = "ld-linux-aarch64.so.1";
    };
  };
  target = targets.${system} or (throw "the stand-in for nixpkgs has no toolchain for ${system}");
in
target
// {
  path = "/var/cache/slipway/rehearse/toolchain";
  # A tree made to another recipe is another toolchain: everything is built anew with it.
  recipe = builtins.hashFile "sha256" ./toolchain.conf;
  libraries = "/usr/lib/${target.triple}";
}
