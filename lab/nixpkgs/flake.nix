{
  description = "An offline stand-in for nixpkgs, for rehearsals";

  outputs = _: {
    lib = import ./lib.nix;
    legacyPackages = (import ./lib.nix).genAttrs [ "x86_64-linux" "aarch64-linux" ] (
      system: import ./. { inherit system; }
    );
  };
}
