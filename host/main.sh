# The verbs. `$SELF` is this file, as it was uploaded.

usage() {
  echo 'usage: slipway-host report | apply ID BYTES WHO WHAT | follow ID | confirm ID | abort ID | …' >&2
  exit "$EXIT_USAGE"
}

[ $# -gt 0 ] || usage
SELF=${SLIPWAY_SELF:-$0}
verb=$1
shift
case $verb in
  report | apply | follow | abort | confirm | undo | remove | stop | exec | log | logs | maintenance | withdraw | setup | keys | gate) "verb_$verb" "$@" ;;
  # What systemd calls.
  run | expire | recover | drain) "verb_$verb" "$@" ;;
  secret-keep) verb_secret_keep "$@" ;;
  secret-forget) verb_secret_forget "$@" ;;
  dry-activate) verb_dry_activate "$@" ;;
  certificates) verb_certificates "$@" ;;
  certificates-env) verb_certificates_env ;;
  certificates-authority) cat "$CERTIFICATES/local/authority.pem" 2>/dev/null || : ;;
  certificates-run) certificates_run ;;
  nginx-test) nginx_command -t ;;
  *) usage ;;
esac
