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
  recipe = builtins.hashFile "sha256" ./toolchain.conf;
  target = targets.${system} or (throw "the stand-in for nixpkgs has no toolchain for ${system}");
in
target
// {
  # A tree made to another recipe is another toolchain: everything is built anew with it.
  path = "/var/cache/slipway/rehearse/toolchains/${builtins.substring 0 16 recipe}";
  inherit recipe;
  libraries = "/usr/lib/${target.triple}";
}
