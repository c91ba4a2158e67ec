# The packages themselves. Compilers and site generators are the toolchain's, and of use only in
# builds; what programs are linked with or call at run time is copied out of it.
final:
let
  inherit (final) fromToolchain lib;

  # A package whose commands are the toolchain's.
  tool =
    pname: version: programs:
    final.runCommand "${pname}-${version}"
      {
        inherit pname version programs;
        meta.mainProgram = lib.head programs;
      }
      ''
        mkdir -p $out/bin
        for program in $programs; do ln -s /usr/bin/$program $out/bin/; done
      '';
  library = [
    "bin"
    "dev"
    "out"
  ];
  simple =
    pname: version: programs:
    fromToolchain { inherit pname version programs; };
in
{
  cargo = tool "cargo" "1.85.1" [ "cargo" ];
  rustc = tool "rustc" "1.85.1" [
    "rustc"
    "rustdoc"
  ];
  clippy = tool "clippy" "1.85.1" [
    "cargo-clippy"
    "clippy-driver"
  ];
  rustfmt = tool "rustfmt" "1.85.1" [
    "cargo-fmt"
    "rustfmt"
  ];
  # Debian has none: as much of it as a check needs.
  cargo-audit = final.runCommand "cargo-audit" { meta.mainProgram = "cargo-audit"; } ''
    install -D -m 755 ${./build-support/rust/cargo-audit.py} $out/bin/cargo-audit
  '';
  llvm = tool "llvm" "19.1.7" [
    "llvm-cov-19"
    "llvm-profdata-19"
  ];
  go = final.go_1_24;
  go_1_24 = tool "go" "1.24.4" [
    "go"
    "gofmt"
  ];
  hugo = tool "hugo" "0.131.0" [ "hugo" ];
  pkg-config = tool "pkg-config" "1.8.1" [ "pkg-config" ];

  openssl = fromToolchain {
    pname = "openssl";
    version = "3.5.7";
    outputs = library;
    programs = [ "openssl" ];
    libraries = [
      "libcrypto.so.3"
      "libssl.so.3"
    ];
    headers = [ "openssl" ];
    pkgConfig = [
      "libcrypto"
      "libssl"
      "openssl"
    ];
  };
  sqlite = fromToolchain {
    pname = "sqlite";
    version = "3.46.1";
    outputs = library;
    programs = [ "sqlite3" ];
    libraries = [ "libsqlite3.so.0" ];
    headers = [
      "sqlite3.h"
      "sqlite3ext.h"
    ];
    pkgConfig = [ "sqlite3" ];
    buildInputs = [ final.zlib ];
    mainProgram = "sqlite3";
  };
  zlib = fromToolchain {
    pname = "zlib";
    version = "1.3.1";
    outputs = [
      "out"
      "dev"
    ];
    libraries = [ "libz.so.1" ];
    headers = [
      "zconf.h"
      "zlib.h"
    ];
    pkgConfig = [ "zlib" ];
  };

  bash = simple "bash" "5.2.37" [
    "bash"
    "bash=sh"
  ];
  bashInteractive = final.bash;
  socat = simple "socat" "1.8.0.3" [ "socat" ];
  runtimeShell = "${final.bash}/bin/bash";
  coreutils = simple "coreutils" "9.7" [
    "["
    "b2sum"
    "base32"
    "base64"
    "basename"
    "cat"
    "chgrp"
    "chmod"
    "chown"
    "cksum"
    "comm"
    "cp"
    "cut"
    "date"
    "dd"
    "df"
    "dir"
    "dirname"
    "du"
    "echo"
    "env"
    "expand"
    "expr"
    "factor"
    "false"
    "fmt"
    "fold"
    "groups"
    "head"
    "id"
    "install"
    "join"
    "link"
    "ln"
    "logname"
    "ls"
    "md5sum"
    "mkdir"
    "mkfifo"
    "mknod"
    "mktemp"
    "mv"
    "nice"
    "nl"
    "nohup"
    "nproc"
    "numfmt"
    "od"
    "paste"
    "printenv"
    "printf"
    "pwd"
    "readlink"
    "realpath"
    "rm"
    "rmdir"
    "seq"
    "sha1sum"
    "sha256sum"
    "sha512sum"
    "shred"
    "shuf"
    "sleep"
    "sort"
    "split"
    "stat"
    "stdbuf"
    "stty"
    "sum"
    "sync"
    "tac"
    "tail"
    "tee"
    "test"
    "timeout"
    "touch"
    "tr"
    "true"
    "truncate"
    "tsort"
    "tty"
    "uname"
    "unexpand"
    "uniq"
    "unlink"
    "wc"
    "who"
    "whoami"
    "yes"
  ];
  diffutils = simple "diffutils" "3.10" [
    "cmp"
    "diff"
  ];
  findutils = simple "findutils" "4.10.0" [
    "find"
    "xargs"
  ];
  gawk = simple "gawk" "1.3.4" [ "mawk=awk" ];
  gnugrep = simple "gnugrep" "3.11" [ "grep" ];
  gnused = simple "gnused" "4.9" [ "sed" ];
  gnutar = simple "gnutar" "1.35" [ "tar" ];
  gzip = simple "gzip" "1.13" [ "gzip" ];
  xz = simple "xz" "5.8.1" [ "xz" ];
}
