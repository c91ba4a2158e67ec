# What stands in for `github:ipetkov/crane`.
{
  description = "crane's functions, for rehearsals";

  outputs =
    { nixpkgs, ... }:
    {
      mkLib = import ./.;
      # As it was called before mkLib.
      lib = builtins.mapAttrs (_: import ./.) nixpkgs.legacyPackages;
    };
}
