# apply: takes new releases over standard input, then activates what the request names, under the guard.
#
# The archive holds `request`, a line for each item with fields separated by spaces ("-" for none):
#   service NAME RELEASE EXPECTED ACTION HOOKS
#   system NAME PATH ACTION GENERATION MODE USER CONFIRM REVERT PROFILE PROFILE-NAME
# `settings` and `nonce` for the guard, and `releases/SERVICE/NUMBER/…`. Secrets follow in an archive of their own: see
# host/secrets.sh.

# What has arrived so far. Whoever fills a folder there has the scratch space of the same name.
INCOMING=$ROOT/incoming
# How long an archive that is being unpacked is waited for.
ARRIVE_TENTHS=150
# What a confirmation that comes too late is told.
NOTHING_WAITS='nothing waits for a confirmation any more: it was put back'
# How often a waiting activation looks whether it was confirmed.
AWAIT_SECONDS=0.02

verb_apply() { # id archive-bytes who what secrets-bytes
  apply_id=$1 apply_who=$3 apply_what=$4
  valid_name "$apply_id" || die 'apply: not an id'
  mkdir -p "$INCOMING" "$SERVICES" "$GUARDS"
  chmod 700 "$GUARDS"
  scratch "$apply_id"
  apply_dir=$INCOMING/$apply_id
  # Nobody else looks at what has not been looked at.
  mkdir -m 700 "$apply_dir"
  # In memory, until each is in its place.
  apply_secrets=$SCRATCH/secrets
  trap 'rm -rf "$apply_dir" "$SCRATCH"' EXIT
  [ ! -e "$GUARDS/$apply_id" ] || die 'there is an activation of that id already'
  apply_receive "$2" "$apply_dir" policy_archive || die 'the releases did not arrive whole'
  if [ "$5" -gt 0 ]; then
    mkdir "$apply_secrets"
    apply_receive "$5" "$apply_secrets" policy_secrets || die 'the secrets did not arrive whole'
  fi
  if restricted; then
    apply_who="$apply_who (key $SLIPWAY_KEY)"
    printf '%s/%s\n' "$SLIPWAY_SERVICE" "$SLIPWAY_KEY" >"$apply_dir/key"
  fi
  if ! lock_take "$apply_id" "$apply_who" "$apply_what"; then
    printf '{"locked":%s}\n' "$(with_lock_file lock_json)"
    exit "$EXIT_LOCKED"
  fi
  trap 'rm -rf "$apply_dir" "$SCRATCH"; lock_release "$apply_id"' EXIT
  trap 'exit 130' INT TERM HUP
  ! restricted || policy_request "$apply_dir"
  with_secrets apply_stage
  rm -rf "$apply_dir/releases" "$apply_secrets"
  printf '%s\n' "$apply_who" >"$apply_dir/who"
  printf '%s\n' "$apply_what" >"$apply_dir/what"
  printf '%s\n' "${SLIPWAY_CONNECTION-}" >"$apply_dir/connection"
  boot_id >"$apply_dir/boot"
  mkdir "$apply_dir/items"
  : >"$apply_dir/events"
  # A request to stop is looked for here and, from now on, in the guard.
  mv -T "$apply_dir" "$GUARDS/$apply_id"
  if [ -e "$GUARDS/$apply_id/abort" ]; then
    rm -rf "${GUARDS:?}/$apply_id"
    exit 130
  fi
  # From here on the activation owns the lock, runs under systemd, and doesn't need this connection.
  trap - EXIT INT TERM HUP
  guard_open "$apply_id"
  guard_set
  systemd-run --quiet --collect --unit="slipway-apply-$apply_id" --description="slipway: $apply_what" \
    --property=SyslogIdentifier=slipway --property=KillMode=mixed --property="OnFailure=slipway-guard-$apply_id.service" \
    sh "$SELF" run "$apply_id"
  verb_follow "$apply_id"
}

# Takes an archive from standard input; what follows it there is for others.
apply_receive() { # bytes directory check
  if ! restricted; then
    head -c "$1" | tar -x -f - -C "$2" --no-same-owner
    return
  fi
  head -c "$1" >"$2/archive" || return 1
  "$3" "$2/archive"
  tar -x -f "$2/archive" -C "$2" --no-same-owner --no-same-permissions && rm "$2/archive"
}

# Shows an activation's events until its end. Once the deployer says that it has them, the record goes.
verb_follow() { # id [events-known]
  # Cut off while it was sent, it may still come about.
  for _ in $(seq "$ARRIVE_TENTHS"); do
    [ -d "$INCOMING/$1" ] || break
    sleep 0.1
  done
  guard_open "$1"
  : >"$GUARD/seen"
  follow_pipe=$WORK/follow.$$
  mkfifo "$follow_pipe"
  sed -u "/^$END\$/q" <"$follow_pipe" &
  follow_reader=$!
  tail -n "+$((${2:-0} + 1))" -f -s 0.02 --pid="$follow_reader" "$GUARD/events" >"$follow_pipe" || :
  rm -f "$follow_pipe"
  if IFS= read -r follow_answer && [ "$follow_answer" = ack ]; then guard_forget; fi
}

# Asks an activation to stop and put back what was there, and shows how it ends.
verb_abort() { # id events-known reason
  valid_name "$1" || die 'abort: not an id'
  for abort_dir in "$INCOMING/$1" "$GUARDS/$1"; do
    if [ -d "$abort_dir" ]; then printf '%s' "$3" >"$abort_dir/abort"; fi
  done
  verb_follow "$1" "$2"
}

# What disarms the guard. The nonce comes over standard input, when the deployer has made its own checks.
verb_confirm() { # id
  guard_open "$1"
  : >"$GUARD/seen"
  if [ -n "${SLIPWAY_CONNECTION-}" ] && [ "$SLIPWAY_CONNECTION" = "$(cat "$GUARD/connection")" ]; then
    die 'a confirmation must come over a new connection'
  fi
  [ "$(cat "$GUARD/boot")" = "$(boot_id)" ] || die 'the host was booted meanwhile, which puts back what nobody had confirmed'
  # The login may come while the activation is under way.
  until [ -e "$GUARD/waiting" ] || guard_ended; do
    sleep "$AWAIT_SECONDS"
    if [ ! -d "$GUARD" ]; then exit "$EXIT_GONE"; fi
  done
  # It can be reached: other hosts may now be waited for. Whoever decides here is told before it is asked how things
  # stand: what is active still will be held.
  : >"$GUARD/reached"
  guard_has active confirmed || die "$NOTHING_WAITS"
  echo reached
  IFS= read -r confirm_nonce || die 'the deployer did not confirm'
  [ "$confirm_nonce" = "$(cat "$GUARD/nonce")" ] || die "this is no confirmation of activation $1"
  step confirm
  for confirm_item in "$GUARD"/items/*; do
    if item_move "$confirm_item" active confirmed; then tell "${confirm_item##*/}" confirmed ''; fi
  done
  sync -f "$GUARD"
  guard_has confirmed || die "$NOTHING_WAITS"
}

# Takes back what was confirmed, because it went wrong elsewhere.
verb_undo() { # id who reason
  guard_open "$1"
  guard_ended || die "activation $1 has not ended yet"
  lock_take "$1" "$2" 'take back a deploy that failed on another host' || {
    printf '{"locked":%s}\n' "$(with_lock_file lock_json)"
    exit "$EXIT_LOCKED"
  }
  rm -f "$GUARD/ended"
  grep -vxF "$END" "$GUARD/events" | write_file "$GUARD/events"
  for undo_item in "$GUARD"/items/*; do item_undo "$undo_item" "$3"; done
  guard_end
  verb_follow "$1"
}

# Whether what serves is what the activation made or found, and nothing newer.
holds_service() {
  case $(current_release "$item_name") in
    "$item_to" | "$item_from") ;;
    *) return 1 ;;
  esac
}

# The activation itself, under systemd: systems one after the other, then services side by side.
verb_run() { # id
  guard_open "$1"
  lock_keep "$1" >/dev/null &
  run_keeper=$!
  recover "$1"
  while read -r run_kind run_name run_rest; do
    valid_name "$run_name" || die "not a name: $run_name"
    mkdir "$GUARD/items/$run_name"
    # shellcheck disable=SC2086 # the fields of a request
    "prepare_$run_kind" "$GUARD/items/$run_name" $run_rest </dev/null
    : >"$GUARD/items/$run_name/state-prepared"
  done <"$GUARD/request"
  step prepared
  escalate_prepare
  guard_arm
  step armed
  for run_item in $(sed -n 's/^system \([^ ]*\).*/\1/p' "$GUARD/request"); do
    activate_system "$GUARD/items/$run_item" || :
  done
  each_item activate_if_service
  if [ "$guard_policy" = all ] && guard_has reverted revert-failed; then
    undo_active 'another part of this deploy failed, and it was to be all or nothing'
  fi
  await_confirmation
  each_item finish_confirmed
  step end
  kill "$run_keeper" 2>/dev/null || :
  guard_end
  escalate
  (certificates_begin) || :
}

# Does something with all items side by side.
each_item() { # function
  each_pids=
  for each_path in "$GUARD"/items/*; do
    "$1" "$each_path" &
    each_pids="$each_pids $!"
  done
  # shellcheck disable=SC2086 # a list of process ids
  for each_pid in $each_pids; do wait "$each_pid" || :; done
}

activate_if_service() { # item-directory
  load_item "$1"
  if [ "$item_kind" = service ]; then activate_service "$1"; fi
}

await_confirmation() {
  for await_item in "$GUARD"/items/*; do
    load_item "$await_item"
    if [ "$item_confirm" = no ] && item_move "$item" active confirmed; then tell "$item_name" unguarded ''; fi
  done
  guard_has active || return 0
  step waiting
  : >"$GUARD/waiting"
  tell '' waiting "$guard_confirm"
  await_seconds=$guard_confirm
  await_began=$(uptime_cs)
  while guard_has active; do
    if aborted; then
      undo_active "$(cat "$GUARD/abort")"
    elif [ "$(uptime_cs)" -lt $((await_began + await_seconds * 100)) ]; then
      :
    elif [ "$await_seconds" = "$guard_confirm" ] && [ "$guard_hold" -gt 0 ] && [ -e "$GUARD/reached" ]; then
      await_seconds=$((guard_confirm + guard_hold))
    else
      undo_active "nobody confirmed it over a new login within $await_seconds s"
    fi
    sleep "$AWAIT_SECONDS"
  done
  step confirmed
}

undo_active() { # reason
  undo_reason=$1
  each_item undo_if_active
}

undo_if_active() { # item-directory
  item_state "$1"
  if [ "$item_state" = active ]; then item_undo "$1" "$undo_reason"; fi
}

finish_confirmed() { # item-directory
  item_state "$1"
  [ "$item_state" = confirmed ] || return 0
  load_item "$1"
  if ! finish_problem=$("watch_$item_kind"); then
    item_undo "$1" "$finish_problem"
    return 0
  fi
  item_finish "$1"
}

apply_stage() {
  if [ -d "$apply_secrets" ]; then secrets_stage "$apply_secrets"; fi
  stage_all "$apply_dir"
}

# Moves sent releases to their places. Each is whole or absent.
stage_all() { # directory
  for staged in "$1"/releases/*/*; do
    [ -d "$staged" ] || continue
    stage_release "$(basename "$(dirname "$staged")")" "$(basename "$staged")" "$staged"
  done
  for staged in $(sed -n 's/^service \([^ ]*\) \([^ ]*\).*/\1\/\2/p' "$1/request"); do
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
  secrets_link "$1" "$3"
  sync "$3/spec" "$3/release.json"
  restricted || approve "$1" "$3"
  mv -T "$3" "$stage_dir"
  # The release's link is what keeps the package from Nix' garbage collector, as long as the release stays.
  nix-store --realise "$stage_package" --add-root "$stage_dir/package" --indirect >/dev/null ||
    { rm -rf "$stage_dir"; die "the package $stage_package did not arrive whole"; }
}

# What an administrator has deployed, keys may deploy again: see policy.nix.
approve() { # service directory
  rm -rf "$SERVICES/$1/approved"
  mkdir "$SERVICES/$1/approved"
  [ ! -d "$2/units" ] || cp -R "$2/units/." "$SERVICES/$1/approved/"
  [ ! -d "$2/nginx/tls" ] || cp -R "$2/nginx/tls" "$SERVICES/$1/approved/"
}
