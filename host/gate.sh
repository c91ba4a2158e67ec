# The gate: what a key for one service may ask of the host's program. It takes apart what was asked, runs nothing
# that it does not know, and writes everything down.

# A command line longer than this is none of slipway's.
GATE_LENGTH=4096
# What a key may send at once.
GATE_BYTES=1073741824

gate_says() { # priority text
  logger -t slipway -p "auth.$1" -- "key $gate_name of $gate_service from $gate_from: $(printf '%s' "$2" | head -c 300 | tr -c '[:print:]' '?')" || :
}

gate_refuse() { # reason
  gate_says warning "refused: $1 (asked: $(gate_shown))"
  printf 'slipway refuses: %s\n' "$1" >&2
  exit "$EXIT_REFUSED"
}

# What was asked, without the script that a login's shell would run.
gate_shown() {
  case $gate_asked in
    "sh -c '"*"' slipway-host "*) printf '%s' "slipway-host ${gate_asked#*"' slipway-host "}" ;;
    *) printf '%s' "${gate_asked:-a shell}" ;;
  esac
}

verb_gate() { # service key connection command
  gate_service=$1 gate_name=$2 gate_connection=$3 gate_asked=$4 gate_from=${3%% *}
  valid_name "$gate_service" && valid_name "$gate_name" || die 'gate: not a key'
  case $gate_connection in
    *[!0-9a-fA-F:.%a-z\ ]*) die 'gate: not a connection' ;;
  esac
  [ -f "$ACCESS/keys/$gate_service/$gate_name" ] || gate_refuse 'this key is no longer authorised'
  [ "${#gate_asked}" -le "$GATE_LENGTH" ] || gate_refuse 'that is too long'
  case $gate_asked in
    *[[:cntrl:]]*) gate_refuse "this key deploys $gate_service, and does nothing else" ;;
    "sh -c '"*"' slipway-host "?*) gate_rest=${gate_asked#*"' slipway-host "} ;;
    *) gate_refuse "this key deploys $gate_service, and does nothing else" ;;
  esac
  set --
  while [ -n "$gate_rest" ]; do
    gate_word
    set -- "$@" "$gate_word"
  done
  [ $# -ge 2 ] || gate_refuse 'nothing was asked'
  if [ "$1" != "${SELF##*-}" ]; then
    gate_says warning "refused: its slipway is another version than the host's"
    printf 'slipway refuses: this host has another version of slipway\n' >&2
    exit "$EXIT_OTHER_VERSION"
  fi
  shift
  gate_allows "$@" || gate_refuse "this key deploys $gate_service, and does nothing else"
  gate_says info "$*"
  gate_status=0
  env SLIPWAY_KEY="$gate_name" SLIPWAY_SERVICE="$gate_service" SLIPWAY_CONNECTION="$gate_connection" sh "$SELF" "$@" || gate_status=$?
  [ "$gate_status" = 0 ] || gate_says warning "refused, or failed, with status $gate_status: $1 ${2-}"
  exit "$gate_status"
}

# Takes the next word, quoted as the deployer quotes, from $gate_rest. Nothing is expanded.
gate_word() {
  gate_word=
  while :; do
    case $gate_rest in
      '') return 0 ;;
      ' '*)
        gate_rest=${gate_rest# }
        return 0
        ;;
      "'"*"'"*)
        gate_rest=${gate_rest#?}
        gate_word=$gate_word${gate_rest%%"'"*}
        gate_rest=${gate_rest#*"'"}
        ;;
      "\\'"*) gate_word="$gate_word'" gate_rest=${gate_rest#??} ;;
      [A-Za-z0-9_@%+=:,./-]*)
        gate_plain=${gate_rest%%[!A-Za-z0-9_@%+=:,./-]*}
        gate_word=$gate_word$gate_plain
        gate_rest=${gate_rest#"$gate_plain"}
        ;;
      *) gate_refuse 'that is no command of slipway' ;;
    esac
  done
}

gate_allows() { # verb argument…
  case $1/$# in
    report/2) case $2 in plain | probe | settings | secrets) ;; *) return 1 ;; esac ;;
    log/2 | withdraw/3) [ "$2" = "$gate_service" ] ;;
    logs/*)
      [ $# -ge 3 ] && [ "$2" = "$gate_service" ] || return 1
      case $3 in follow | once) ;; *) return 1 ;; esac
      shift 3
      gate_allows_options "$@"
      ;;
    apply/6) gate_id "$2" && gate_bytes "$3" && gate_bytes "$6" ;;
    confirm/2) gate_owns "$2" ;;
    follow/[23]) gate_count "${3:-0}" && gate_owns "$2" ;;
    abort/4) gate_count "$3" && gate_owns "$2" ;;
    undo/4) gate_owns "$2" ;;
    *) return 1 ;;
  esac
}

# Of journalctl's options, those `slipway logs` has.
gate_allows_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --no-pager) shift ;;
      -n)
        [ $# -ge 2 ] && gate_count "$2" || return 1
        shift 2
        ;;
      --since)
        [ $# -ge 2 ] || return 1
        case $2 in '' | -[!0-9]* | *[!A-Za-z0-9\ :.+-]*) return 1 ;; esac
        shift 2
        ;;
      *) return 1 ;;
    esac
  done
}

gate_count() {
  case $1 in '' | *[!0-9]* | ?????????*) return 1 ;; esac
}

gate_bytes() {
  case $1 in '' | *[!0-9]* | ???????????*) return 1 ;; esac
  [ "$1" -le "$GATE_BYTES" ]
}

# The id of an activation as deployers make it. Locks of other kinds have ids of another form, so none of them
# can be taken for one's own.
gate_id() {
  case $1 in *[!0-9a-f]*) return 1 ;; ????????????????) ;; *) return 1 ;; esac
}

# Whether an activation was begun with this key. One that isn't there is told as such.
gate_owns() { # id
  gate_id "$1" || return 1
  for gate_dir in "$INCOMING/$1" "$GUARDS/$1"; do
    [ -d "$gate_dir" ] || continue
    [ "$(cat "$gate_dir/key" 2>/dev/null)" = "$gate_service/$gate_name" ]
    return
  done
  gate_says warning "refused: there is no activation $1 (asked: $(gate_shown))"
  printf 'slipway refuses: there is no activation %s\n' "$1" >&2
  exit "$EXIT_GONE"
}
