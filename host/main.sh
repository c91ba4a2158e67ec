# The verbs. `$SELF` is this file, as it was uploaded.

usage() {
  echo 'usage: slipway-host report | apply ID WHO WHAT | follow ID | abort ID | …' >&2
  exit "$EXIT_USAGE"
}

[ $# -gt 0 ] || usage
SELF=${SLIPWAY_SELF:-$0}
verb=$1
shift
case $verb in
  report | apply | follow | abort | run | remove | stop | exec | log | logs | setup) "verb_$verb" "$@" ;;
  nginx-test) nginx_command -t ;;
  *) usage ;;
esac
