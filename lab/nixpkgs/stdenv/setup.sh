# shellcheck shell=bash disable=SC1090,SC1091,SC2015,SC2086,SC2154
# The phases of a build, after nixpkgs' own: a phase is the function or variable of its name, and
# preX and postX hooks run around each.
set -eo pipefail
shopt -s nullglob

NIX_BUILD_DIR=$NIX_BUILD_TOP
export PATH NIX_BUILD_TOP=/build TMPDIR=/build TEMPDIR=/build TMP=/build TEMP=/build
export TZ=UTC SOURCE_DATE_EPOCH=315532800 SHELL=/bin/bash CONFIG_SHELL=/bin/bash
cd /build
for name in ${passAsFile:-}; do
  file=${name}Path
  export "$file=/build${!file#"$NIX_BUILD_DIR"}"
done
prefix=${prefix:-$out}
if [ "${NIX_BUILD_CORES:-0}" -le 0 ]; then NIX_BUILD_CORES=$(nproc); fi

# --- inputs ---

# Only what was asked for is found.
export PKG_CONFIG_LIBDIR=/no/such/directory
export PKG_CONFIG_PATH=${PKG_CONFIG_PATH:-}
export NIX_CFLAGS_COMPILE=${NIX_CFLAGS_COMPILE:-} NIX_LDFLAGS=${NIX_LDFLAGS:-}
if [ -n "$stdenvCC" ]; then export CC=cc CXX=c++; fi

inputsSeen=' '
addInput() {
  case $inputsSeen in *" $1 "*) return 0 ;; esac
  inputsSeen+="$1 "
  local list input
  if [ -d "$1/bin" ]; then PATH=$1/bin:$PATH; fi
  if [ -d "$1/include" ]; then NIX_CFLAGS_COMPILE+=" -isystem $1/include"; fi
  if [ -d "$1/lib" ]; then NIX_LDFLAGS+=" -L$1/lib -rpath $1/lib"; fi
  if [ -d "$1/lib/pkgconfig" ]; then PKG_CONFIG_PATH+="${PKG_CONFIG_PATH:+:}$1/lib/pkgconfig"; fi
  for list in "$1"/nix-support/propagated-{build,native-build}-inputs; do
    if [ -e "$list" ]; then
      for input in $(<"$list"); do addInput "$input"; done
    fi
  done
  if [ -f "$1" ]; then
    source "$1"
  elif [ -f "$1/nix-support/setup-hook" ]; then
    source "$1/nix-support/setup-hook"
  fi
}
for input in ${nativeBuildInputs:-} ${buildInputs:-} ${propagatedBuildInputs:-} \
  ${propagatedNativeBuildInputs:-}; do
  addInput "$input"
done

# --- helpers packages call ---

isELF() {
  local magic=
  [ -f "$1" ] && LC_ALL=C IFS= read -r -d '' -n 4 magic <"$1" || :
  [ "$magic" = $'\x7fELF' ]
}

runHook() {
  local name=$1 hook
  shift
  local -n hooks=${name}Hooks
  for hook in "${hooks[@]}"; do "$hook" "$@"; done
  if declare -F "$name" >/dev/null; then
    "$name" "$@"
  elif [ -n "${!name:-}" ]; then
    eval "${!name}"
  fi
}

# substitute IN OUT [--replace-fail|--replace-warn|--replace|--replace-quiet OLD NEW]
#                   [--subst-var NAME] [--subst-var-by NAME VALUE]
substitute() {
  local input=$1 output=$2 text old new how
  shift 2
  text=$(cat "$input" && printf x)
  text=${text%x}
  while [ $# -gt 0 ]; do
    how=$1
    case $how in
    --replace*) old=$2 new=$3 && shift 3 ;;
    --subst-var) old=@$2@ new=${!2} && shift 2 ;;
    --subst-var-by) old=@$2@ new=$3 && shift 3 ;;
    *) echo "substitute: unknown option $1" >&2 && return 1 ;;
    esac
    if [[ $text != *"$old"* ]]; then
      case $how in
      --replace-fail) echo "substitute: $input has no '$old'" >&2 && return 1 ;;
      --replace | --replace-warn) echo "substitute: $input has no '$old'" >&2 ;;
      esac
    fi
    text=${text//"$old"/"$new"}
  done
  printf %s "$text" >"$output"
}
substituteInPlace() {
  local files=()
  while [ $# -gt 0 ] && [[ $1 != --* ]]; do files+=("$1") && shift; done
  local file
  for file in "${files[@]}"; do
    substitute "$file" "$file.substituted" "$@"
    cat "$file.substituted" >"$file"
    rm "$file.substituted"
  done
}

installBin() {
  local file
  for file; do install -D -m 755 "$file" "${bin:-$out}/bin/$(basename "$file")"; done
}

# Scripts in the given places are run by programs of the inputs, not of the machine.
patchShebangs() {
  local file line interpreter words found
  while IFS= read -r -d '' file; do
    IFS= read -r line <"$file" 2>/dev/null || continue
    [[ $line == '#!'* && $line != *"$NIX_STORE"* ]] || continue
    read -r -a words <<<"${line#'#!'}"
    interpreter=${words[0]##*/}
    if [ "$interpreter" = env ]; then
      interpreter=${words[1]}
      words=("${words[@]:1}")
    fi
    found=$(type -P "$interpreter") || continue
    case $interpreter in sh | bash) found=$stdenvShell ;; esac
    [[ $found == "$NIX_STORE"/* ]] || continue
    sed -i "1s|.*|#!$found${words[1]:+ ${words[*]:1}}|" "$file"
  done < <(find "$@" -type f -perm -0100 -print0)
}

# --- phases ---

unpackPhase() {
  runHook preUnpack
  local source name
  for source in ${srcs:-${src:-}}; do
    echo "unpacking source $source"
    if [ -d "$source" ]; then
      name=${source##*/}
      name=${name#*-}
      cp -r "$source" "$name"
      chmod -R u+w "$name"
      sourceRoot=${sourceRoot:-$name}
    else
      tar -xf "$source"
      if [ -z "${sourceRoot:-}" ]; then
        sourceRoot=$(tar -tf "$source" | sed -e 's|^\./||' -e 's|/.*||' | sort -u | head -n 1)
      fi
    fi
  done
  sourceRoot=${sourceRoot:-.}
  runHook postUnpack
}

patchPhase() {
  runHook prePatch
  local patch
  for patch in ${patches:-}; do
    echo "applying patch $patch"
    patch -p1 <"$patch"
  done
  runHook postPatch
}

configurePhase() {
  runHook preConfigure
  if [ -x ./configure ]; then ./configure --prefix="$prefix" ${configureFlags:-}; fi
  runHook postConfigure
}

buildPhase() {
  runHook preBuild
  if [ -e Makefile ] || [ -e makefile ]; then
    make -j"$NIX_BUILD_CORES" ${makeFlags:-} ${buildFlags:-}
  else
    echo 'no Makefile, doing nothing'
  fi
  runHook postBuild
}

checkPhase() {
  runHook preCheck
  if [ -e Makefile ] || [ -e makefile ]; then make ${makeFlags:-} ${checkTarget:-check}; fi
  runHook postCheck
}

installPhase() {
  runHook preInstall
  make install prefix="$prefix" ${makeFlags:-} ${installFlags:-}
  runHook postInstall
}

fixupPhase() {
  local name output file
  for name in $outputs; do
    output=${!name}
    if [ -L "$output" ] || [ ! -e "$output" ]; then continue; fi
    chmod -R u+w "$output"
  done
  runHook preFixup
  for name in $outputs; do
    output=${!name}
    if [ -L "$output" ] || [ ! -e "$output" ]; then continue; fi
    if [ -z "${dontPatchShebangs:-}" ]; then patchShebangs "$output"; fi
    while IFS= read -r -d '' file; do
      if isELF "$file"; then fixupELF "$file"; fi
    done < <(find "$output" -type f \( -perm -0100 -o -name '*.so*' \) -print0)
  done
  if [ -n "${propagatedBuildInputs:-}" ]; then
    mkdir -p "${dev:-$out}/nix-support"
    echo "$propagatedBuildInputs" >"${dev:-$out}/nix-support/propagated-build-inputs"
  fi
  runHook postFixup
}

# Strips a program or library, and sees to it that it finds its libraries in the store, and
# nothing else there. Nothing is left to chance: on another machine there are none but these.
fixupELF() {
  local file=$1 needed library dirs missing=
  if [ -z "${dontStrip:-}" ]; then strip -S -p "$file"; fi
  needed=$(patchelf --print-needed "$file" 2>/dev/null) || return 0
  [ -n "$needed" ] || return 0
  if [ -n "${dontPatchELF:-}" ]; then return 0; fi
  if patchelf --print-interpreter "$file" >"$TMPDIR/.interpreter" 2>/dev/null &&
    [[ $(<"$TMPDIR/.interpreter") != "$NIX_STORE"/* ]]; then
    patchelf --set-interpreter "$stdenvLoader" "$file"
    patchelf --add-rpath "${stdenvLoader%/*}" "$file"
  fi
  patchelf --shrink-rpath "$file"
  dirs=$(patchelf --print-rpath "$file")
  for library in $needed; do
    findLibrary "$library" "${dirs//\$ORIGIN/${file%/*}}" || missing+=" $library"
  done
  if [ -n "$missing" ]; then
    echo "$file needs$missing, which no package in buildInputs has" >&2
    return 1
  fi
}
findLibrary() {
  local dir
  local IFS=:
  for dir in $2; do
    if [ -e "$dir/$1" ]; then return 0; fi
  done
  return 1
}

installCheckPhase() {
  runHook preInstallCheck
  runHook postInstallCheck
}

distPhase() { :; }

runPhase() {
  local phase=$1
  case $phase in
  checkPhase) [ -n "${doCheck:-}" ] || return 0 ;;
  installCheckPhase) [ -n "${doInstallCheck:-}" ] || return 0 ;;
  distPhase) [ -n "${doDist:-}" ] || return 0 ;;
  *)
    local dont=dont${phase^}
    dont=${dont%Phase}
    if [ -n "${!dont:-}" ]; then return 0; fi
    ;;
  esac
  printf '@nix { "action": "setPhase", "phase": "%s" }\n' "$phase" >&"${NIX_LOG_FD:-2}"
  echo "Running phase: $phase"
  if [ -n "${!phase:-}" ]; then eval "${!phase}"; else "$phase"; fi
  if [ "$phase" = unpackPhase ]; then cd "$sourceRoot"; fi
}

genericBuild() {
  local phase
  for phase in ${phases:-${prePhases:-} unpackPhase patchPhase ${preConfigurePhases:-} \
    configurePhase ${preBuildPhases:-} buildPhase checkPhase ${preInstallPhases:-} installPhase \
    ${preFixupPhases:-} fixupPhase installCheckPhase distPhase ${postPhases:-}}; do
    runPhase "$phase"
  done
}
