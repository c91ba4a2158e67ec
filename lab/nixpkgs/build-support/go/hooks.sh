# shellcheck shell=bash disable=SC2086,SC2154,SC2164
# The phases of buildGoModule.

goEnvironment() {
  export GOCACHE=/build/go-cache GOPATH=/build/go GO111MODULE=on GOTOOLCHAIN=local
  export GOPROXY=off GOSUMDB=off GOTELEMETRY=off HOME=/build
  export CGO_ENABLED=${CGO_ENABLED:-1}
  # Linked by the wrapped compiler, programs find the C library in the store; go's own linker would
  # leave that to a glibc that looks there by itself, as nixpkgs' does.
  if [ "$CGO_ENABLED" = 1 ]; then export GO_EXTLINK_ENABLED=1; fi
}

# What is compiled into nearly every web service.
goCompileStandardLibrary() {
  goEnvironment
  GOCACHE=$out go build -trimpath net/http/... database/sql encoding/... html/template log/slog \
    os/... runtime/... testing/...
}

# Makes the vendor directory as `go mod vendor` does, with each module from where Debian has it,
# whatever version is asked for: there is only the one.
goVendorPhase() {
  runHook preBuild
  cd "$modRoot"
  if [ -e vendor ]; then
    echo "the source has a vendor directory: set vendorHash = null" >&2
    return 1
  fi
  export GOFLAGS=-mod=mod
  local module source missing=
  for module in $(go mod edit -print |
    awk '/^require \(/ { inside = 1; next } /^\)/ { inside = 0 } inside { print $1 }
         /^require [^(]/ { print $2 }'); do
    source=/usr/share/gocode/src/$module
    if [ ! -d "$source" ]; then
      missing+=" $module"
    else
      if [ ! -e "$source/go.mod" ]; then
        mkdir -p "/build/modules/$module"
        cp -r "$source/." "/build/modules/$module/"
        source=/build/modules/$module
        (cd "$source" && go mod init "$module")
      fi
      go mod edit -replace="$module=$source"
    fi
  done
  if [ -n "$missing" ]; then
    echo "modules the toolchain lacks:$missing" >&2
    return 1
  fi
  go mod vendor
  if [ ! -e vendor ]; then
    echo 'no dependencies to vendor: set vendorHash = null' >&2
    return 1
  fi
  # As if they had been fetched, not replaced.
  sed -i -e '/^# [^ ]* => /d' -e 's/^\(# [^ ]* [^ ]*\) => .*/\1/' vendor/modules.txt
  runHook postBuild
}

goConfigurePhase() {
  runHook preConfigure
  goEnvironment
  cp -r --no-preserve=mode,timestamps "$standardLibrary" "$GOCACHE"
  cd "$modRoot"
  if [ -n "$goModules" ]; then
    if [ -e vendor ]; then
      echo "the source has a vendor directory: set vendorHash = null" >&2
      return 1
    fi
    cp -r --no-preserve=mode "$goModules" vendor
  fi
  goArgs=(-trimpath -p "$NIX_BUILD_CORES")
  if [ -e vendor ]; then goArgs+=(-mod=vendor); fi
  if [ -n "$tags" ]; then goArgs+=("-tags=$tags"); fi
  runHook postConfigure
}

goPackages() {
  local package
  if [ -z "${subPackages:-}" ]; then
    go list "${goArgs[@]}" ./... | grep -v -E "/(${excludedPackages:-vendor|testdata})(/|$)"
  else
    for package in $subPackages; do echo "./${package#./}"; done
  fi
}

goBuildPhase() {
  runHook preBuild
  # shellcheck disable=SC2046 # a list of words
  go install "${goArgs[@]}" -ldflags "-buildid= $ldflags" $(goPackages)
  runHook postBuild
}

goCheckPhase() {
  runHook preCheck
  # shellcheck disable=SC2046 # a list of words
  go test "${goArgs[@]}" -vet=off ${checkFlags:-} $(goPackages)
  runHook postCheck
}

goInstallPhase() {
  runHook preInstall
  mkdir -p "$out"
  if [ -e "$GOPATH/bin" ]; then cp -r "$GOPATH/bin" "$out/"; fi
  runHook postInstall
}
