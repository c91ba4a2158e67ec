# apply: takes new releases over standard input, then activates what the request names.
#
# The archive holds `request` (lines `service to expected action`, fields separated by spaces, "-" for
# no release) and `releases/SERVICE/NUMBER/…`.

INCOMING=$ROOT/incoming
# Where an activation leaves its events, and finds the request to stop.
RUN=/run/slipway
# What is left of deploys that were cut off is cleared after a day.
STALE_MINUTES=1440

verb_apply() { # id who what
  apply_id=$1 apply_who=$2 apply_what=$3
  valid_name "$apply_id" || die 'apply: not an id'
  mkdir -p "$INCOMING" "$SERVICES" "$RUN"
  find "$INCOMING" "$RUN" -mindepth 1 -maxdepth 1 -mmin +"$STALE_MINUTES" -exec rm -rf {} +
  apply_dir=$INCOMING/$apply_id
  mkdir "$apply_dir"
  trap 'rm -rf "$apply_dir"' EXIT
  tar -x -f - -C "$apply_dir" --no-same-owner || die 'the releases did not arrive whole'
  if ! lock_take "$apply_id" "$apply_who" "$apply_what"; then
    printf '{"locked":%s}\n' "$(with_lock_file lock_json)"
    exit "$EXIT_LOCKED"
  fi
  trap 'rm -rf "$apply_dir"; lock_release "$apply_id"' EXIT
  trap 'exit 130' INT TERM HUP
  stage_all "$apply_dir"
  # A request to stop goes to both folders, this one first: it is seen here, or by the activation.
  WORK=$RUN/$apply_id
  mkdir "$WORK"
  if [ -e "$apply_dir/abort" ]; then
    rm -rf "$WORK"
    exit 130
  fi
  mv "$apply_dir/request" "$WORK/request"
  printf '%s\n' "$apply_who" >"$WORK/who"
  rm -rf "$apply_dir"
  # From here on the activation owns the lock, runs under systemd, and doesn't need this connection.
  trap - EXIT INT TERM HUP
  : >"$WORK/events"
  systemd-run --quiet --collect --unit="slipway-apply-$apply_id" --description="slipway: $apply_what" \
    --property=StandardOutput="append:$WORK/events" --property=StandardError=journal --property=SyslogIdentifier=slipway \
    --property=KillMode=mixed sh "$SELF" run "$apply_id"
  verb_follow "$apply_id"
}

# Shows an activation's events until it has ended.
verb_follow() { # id
  valid_name "$1" || die 'follow: not an id'
  follow_events=$RUN/$1/events
  [ -f "$follow_events" ] || die "there is no activation $1 (any more)"
  follow_pid=$(systemctl show -p MainPID --value "slipway-apply-$1.service")
  if [ "${follow_pid:-0}" -gt 0 ]; then
    tail -n +1 -f -s 0.02 --pid="$follow_pid" "$follow_events"
  else
    cat "$follow_events"
  fi
  if ! tail -n 1 "$follow_events" | grep -qxF '{"end":true}'; then follow_recover "$1"; fi
  rm -rf "${RUN:?}/$1"
}

# An activation that ended without saying so was killed: what it left half done is undone at once.
follow_recover() { # id
  WORK=$RUN/$1
  lock_take "$1" "$(cat "$WORK/who")" 'undo a deploy that was killed' || return 0
  recover
  lock_release "$1"
}

# Asks an activation to stop and put back what was there, and shows how it ends.
verb_abort() { # id
  valid_name "$1" || die 'abort: not an id'
  for abort_dir in "$INCOMING/$1" "$RUN/$1"; do
    if [ -d "$abort_dir" ]; then : >"$abort_dir/abort"; fi
  done
  if systemctl is-active --quiet "slipway-apply-$1.service"; then verb_follow "$1"; fi
}

# The activation itself: systemd's child, all services of the request side by side.
verb_run() { # id
  run_id=$1 WORK=$RUN/$1
  run_who=$(cat "$WORK/who")
  lock_keep "$run_id" >/dev/null &
  run_keeper=$!
  recover
  run_pids=
  while read -r run_service run_to run_expected run_action; do
    [ "$run_expected" != - ] || run_expected=
    activate_service "$run_id" "$run_service" "$run_to" "$run_expected" "$run_action" "$run_who" &
    run_pids="$run_pids $!"
  done <"$WORK/request"
  # shellcheck disable=SC2086 # a list of process ids
  for run_pid in $run_pids; do wait "$run_pid" || :; done
  kill "$run_keeper" 2>/dev/null || :
  lock_release "$run_id"
  printf '{"end":true}\n'
}

# Moves sent releases to their places. Each is whole or absent.
stage_all() { # directory
  for staged in "$1"/releases/*/*; do
    [ -d "$staged" ] || continue
    stage_release "$(basename "$(dirname "$staged")")" "$(basename "$staged")" "$staged"
  done
  for staged in $(cut -d' ' -f1,2 "$1/request" | tr ' ' /); do
    [ -d "$SERVICES/${staged%/*}/releases/${staged#*/}" ] || die "the host has no release ${staged#*/} of ${staged%/*}"
  done
}

stage_release() { # service number directory
  valid_name "$1" && valid_number "$2" || die "not a service's release: $1 $2"
  mkdir -p "$SERVICES/$1/releases"
  stage_dir=$(release_dir "$1" "$2")
  if [ -e "$stage_dir" ]; then
    die "release $2 of $1 exists already: somebody deployed in the meantime; run the command again"
  fi
  stage_package=$(cat "$3/package-path")
  rm "$3/package-path"
  case $stage_package in
    /nix/store/*) ;;
    *) die "not a store path: $stage_package" ;;
  esac
  chmod -R u=rwX,go=rX "$3"
  chmod 600 "$3"/env*
  sync "$3/spec" "$3/release.json"
  mv -T "$3" "$stage_dir"
  # The release's link is what keeps the package from Nix' garbage collector, as long as the release stays.
  nix-store --realise "$stage_package" --add-root "$stage_dir/package" --indirect >/dev/null ||
    { rm -rf "$stage_dir"; die "the package $stage_package did not arrive whole"; }
}
