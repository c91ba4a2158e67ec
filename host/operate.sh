# What people do between deploys.

# Runs under the host's lock, or says who holds it.
locked() { # who what command…
  locked_id=op-$$-$(uptime_cs)
  if ! lock_take "$locked_id" "$1" "$2"; then
    printf '{"locked":%s}\n' "$(with_lock_file lock_json)"
    exit "$EXIT_LOCKED"
  fi
  trap 'lock_release "$locked_id"' EXIT
  shift 2
  "$@"
}

known_service() { # service
  valid_name "$1" && [ -d "$SERVICES/$1" ] || die "the host has no service $1"
}

verb_stop() { # service who
  known_service "$1"
  locked "$2" "stop $1" stop_service "$1"
}

stop_service() { # service
  stop_units=$(installed_units "$1")
  # shellcheck disable=SC2086 # a list of unit names
  [ -z "$stop_units" ] || systemctl disable --now --quiet $stop_units
  printf '{"stopped":%s}\n' "$(json_string "$1")"
}

verb_remove() { # service who keep-state|purge
  known_service "$1"
  locked "$2" "remove $1" remove_service "$1" "$3"
}

# Routes go first, so that nobody is sent to a program that is no longer there.
remove_service() { # service keep-state|purge
  remove_state=no
  remove_dir=$(release_dir "$1" "$(current_release "$1")")
  if [ -f "$remove_dir/spec" ]; then
    load_spec "$remove_dir"
    remove_state=$spec_state
  fi
  rm -f "$SERVICES/$1/current"
  nginx_publish || die "nginx refused to go on without $1"
  remove_units "$1"
  rm -rf "${SERVICES:?}/$1"
  if [ "$2" = purge ]; then
    rm -rf "/var/lib/${1:?}"
    if grep -qxF "$1" "$ROOT/users" 2>/dev/null; then
      userdel "$1" 2>/dev/null || :
      grep -vxF "$1" "$ROOT/users" | write_file "$ROOT/users" || :
    fi
    remove_state=no
  fi
  printf '{"removed":%s,"stateKept":%s}\n' "$(json_string "$1")" "$([ "$remove_state" = yes ] && echo true || echo false)"
}

# The service's journal. A follower ends with the connection: that is when its standard input ends.
verb_logs() { # service follow|once journalctl-options…
  known_service "$1"
  logs_units=$(installed_units "$1" | sed 's/^/-u /')
  [ -n "$logs_units" ] || die "$1 runs no program on this host"
  logs_mode=$2
  shift 2
  if [ "$logs_mode" = once ]; then
    # shellcheck disable=SC2086 # a list of options
    exec journalctl -q $logs_units "$@"
  fi
  # shellcheck disable=SC2086
  journalctl -q -f $logs_units "$@" &
  cat >/dev/null
  kill $!
}

# Runs a command as the service: its user, environment, folders and sandbox.
verb_exec() { # service tty|pipe command…
  known_service "$1"
  exec_dir=$(release_dir "$1" "$(current_release "$1")")
  exec_unit=$exec_dir/units/$1.service
  [ -f "$exec_unit" ] || die "$1 runs no program on this host"
  exec_mode=$2
  exec_list=$(mktemp)
  shift 2
  # What describes how the unit starts and stops is not for a single command; the rest is its sandbox.
  sed -n '/^\[Service\]/,/^\[/p' "$exec_unit" |
    grep -E '^[A-Z][A-Za-z]*=' |
    grep -vE '^(Type|Exec[A-Za-z]*|Restart[A-Za-z]*|KillMode|Timeout[A-Za-z]*|RuntimeDirectory|SyslogIdentifier|Sockets)=' \
      >"$exec_list"
  set -- -- "$@"
  while IFS= read -r exec_property; do set -- -p "$exec_property" "$@"; done <"$exec_list"
  rm -f "$exec_list"
  case $exec_mode in
    tty) exec systemd-run --quiet --collect --wait --pty "$@" ;;
    *) exec systemd-run --quiet --collect --wait --pipe "$@" ;;
  esac
}
