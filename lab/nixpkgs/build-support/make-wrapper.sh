# shellcheck shell=bash disable=SC2016
# makeWrapper PROGRAM WRAPPER [--set NAME VALUE] [--set-default NAME VALUE] [--unset NAME]
#   [--prefix NAME SEPARATOR VALUE] [--suffix NAME SEPARATOR VALUE] [--chdir DIR] [--run COMMAND]
#   [--add-flags FLAGS] [--append-flags FLAGS] [--inherit-argv0 | --argv0 NAME]
makeWrapper() {
  local program=$1 wrapper=$2 before='' after='' argv0=''
  shift 2
  mkdir -p "$(dirname "$wrapper")"
  {
    echo '#!@runtimeShell@ -e'
    while [ $# -gt 0 ]; do
      case $1 in
      --set) printf 'export %s=%q\n' "$2" "$3" && shift 3 ;;
      --set-default) printf 'export %s=${%s-%q}\n' "$2" "$2" "$3" && shift 3 ;;
      --unset) printf 'unset %s\n' "$2" && shift 2 ;;
      --prefix) printf 'export %s=%q${%s:+%q$%s}\n' "$2" "$4" "$2" "$3" "$2" && shift 4 ;;
      --suffix) printf 'export %s=${%s:+$%s%q}%q\n' "$2" "$2" "$2" "$3" "$4" && shift 4 ;;
      --chdir) printf 'cd %q\n' "$2" && shift 2 ;;
      --run) printf '%s\n' "$2" && shift 2 ;;
      --add-flags) before+=" $2" && shift 2 ;;
      --append-flags) after+=" $2" && shift 2 ;;
      --argv0) argv0=$2 && shift 2 ;;
      --inherit-argv0) shift ;;
      *) echo "makeWrapper: unknown option $1" >&2 && return 1 ;;
      esac
    done
    printf 'exec -a %s %q%s "$@"%s\n' "${argv0:-\"\$0\"}" "$program" "$before" "$after"
  } >"$wrapper"
  chmod +x "$wrapper"
}
makeShellWrapper() { makeWrapper "$@"; }

wrapProgram() {
  local program=$1 hidden
  shift
  hidden=$(dirname "$program")/.$(basename "$program")-wrapped
  mv "$program" "$hidden"
  makeWrapper "$hidden" "$program" "$@"
}
wrapProgramShell() { wrapProgram "$@"; }
