# What stands in for `github:ipetkov/crane`.
{
  description = "crane's functions, for rehearsals";

  outputs = _: {
    mkLib = import ./.;
    # As it was called before mkLib.
    lib = builtins.listToAttrs (
      map
        (system: {
          name = system;
          value = import ./. (import ../. { inherit system; });
        })
        [
          "x86_64-linux"
          "aarch64-linux"
        ]
    );
  };
}
