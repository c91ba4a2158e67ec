{
  description = "The notes' server";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = import nixpkgs {
        inherit system;
        overlays = [ (_: prev: { go = prev.go_1_24; }) ];
      };
    in
    {
      packages.${system}.default = pkgs.buildGoModule {
        pname = "server";
        version = "0.1.0";
        src = self;
        vendorHash = "sha256-MnOH/tCu6XEASceLv/dQ2ucsrkajOB7wbWcKZ4TMc+A=";
        buildInputs = [ pkgs.sqlite ];
        ldflags = [
          "-w"
          "-s"
        ];
      };
    };
}
