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
  rm -f "$SLOT_RUN/$1@"*
  # shellcheck disable=SC2086 # a list of unit names
  [ -z "$stop_units" ] || systemctl stop $stop_units
  for stop_unit in $stop_units; do disable_unit "$stop_unit"; done
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
  rm -f "$ROOT/maintenance/$1"
  secrets_remove "$1" "$2"
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
  # A follower goes on when the next release takes the other slot.
  logs_units="$logs_units -u $(slot_unit "$1" blue) -u $(slot_unit "$1" green)"
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
  exec_list=$(mktemp)
  exec_release=$(current_release "$1")
  sandbox_of "$1" "$exec_release" "$(current_slot "$1")" >"$exec_list"
  [ -s "$exec_list" ] || die "$1 runs no program on this host"
  exec_mode=--pipe exec_secrets=$(release_dir "$1" "$exec_release")/with-secrets
  [ "$2" != tty ] || exec_mode=--pty
  shift 2
  [ ! -e "$exec_secrets" ] || set -- /bin/sh "$exec_secrets" "$@"
  exec_status=0
  # systemd-run looks for programs itself, and not on the service's PATH.
  # shellcheck disable=SC2016 # expanded by the shell it is given to
  as_service "$exec_list" "$exec_mode" -- /bin/sh -c 'exec "$@"' sh "$@" || exec_status=$?
  rm -f "$exec_list"
  exit "$exec_status"
}
