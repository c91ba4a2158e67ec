# A service as an item of an activation: makes a release current, or puts the old one back. Whatever
# happens on the way, the service ends on the old release or the new one.

# The deployer asked to stop; looked at between steps. What is put back comes up whatever was asked.
aborted() {
  [ -e "$GUARD/abort" ] && [ -z "${undoing-}" ]
}

# Points a service at a release and makes units and processes follow.
run_release() { # service release force-restart
  run_dir=$(release_dir "$1" "$2")
  run_old=$(release_dir "$1" "$(current_release "$1")")
  run_restart=$3
  if [ -z "$run_restart" ] && ! cmp -s "$run_old/runtime" "$run_dir/runtime"; then run_restart=yes; fi
  step current
  replace_link "releases/$2" "$SERVICES/$1/current" || return 1
  step units
  install_units "$1" "$run_dir" || return 1
  step start
  load_spec "$run_dir"
  for run_unit in $spec_sockets $spec_timers; do systemctl start "$run_unit"; done
  [ -n "$spec_processes" ] || return 0
  # shellcheck disable=SC2086 # a list of unit names
  if [ -z "$run_restart" ] && ! systemctl is-active --quiet $spec_processes; then run_restart=yes; fi
  # shellcheck disable=SC2086
  [ -z "$run_restart" ] || restart_units $spec_processes
}

# Restarts units without being stuck behind a program that is slow to stop.
restart_units() {
  systemctl restart "$@" &
  restart_pid=$!
  while kill -0 "$restart_pid" 2>/dev/null; do
    if aborted; then break; fi
    sleep 0.01
  done
  # Units that did not start are found, with the reason, by the health check.
  if ! aborted; then wait "$restart_pid" || :; fi
}

# What must be so before a release may touch anything. Prints the problem and fails.
activation_problem() { # service release-directory number
  load_spec "$2"
  if [ ! -e "$2/package" ]; then
    echo "its package $(readlink "$2/package") is no longer in the Nix store"
    return 1
  fi
  if problem=$(foreign_unit "$1" "$2"); then
    echo "the host already has $problem, which slipway did not make; give the service another name"
    return 1
  fi
  if [ -n "$spec_user" ] && foreign_user "$1"; then
    echo "the host already has a user $1 that slipway did not make; give the service another name"
    return 1
  fi
  if ! problem=$(calendar_problem); then
    echo "$problem"
    return 1
  fi
  problem=$(port_holder "$1" "$spec_port")
  if [ -n "$problem" ]; then
    echo "port $spec_port is taken by $problem"
    return 1
  fi
  # What nginx has accepted from this service before, it need not be asked about again.
  same_routes "$1" "$2" || nginx_refusal "$1" "$3" || return 1
}

calendar_problem() {
  printf '%s' "$spec_calendars" | while IFS= read -r calendar; do
    { systemd-analyze calendar "$calendar" >/dev/null; } 2>&1 || exit 1
  done
}

# Whether a release has the same part in nginx's config as the one that serves.
same_routes() { # service release-directory
  diff -rq "$SERVICES/$1/current/nginx" "$2/nginx" >/dev/null 2>&1
}

# Who else listens on a TCP port: a process that isn't part of the service itself.
port_holder() { # service port
  [ -n "$2" ] || return 0
  ss -Hltnp "sport = :$2" 2>/dev/null | sed -n 's/.*users:((\(.*\)))$/\1/p' | tr '()' '\n\n' |
    sed -n 's/.*"\([^"]*\)",pid=\([0-9]*\).*/\2 \1/p' | while read -r holder_pid holder_name; do
    if grep -qE "/$1(-[a-z0-9-]*)?\.service(/|$)" "/proc/$holder_pid/cgroup" 2>/dev/null; then continue; fi
    echo "$holder_name (process $holder_pid)"
    break
  done
}

# Puts on record which release serves: that is what would be put back.
prepare_service() { # item-directory to expected action
  printf '%s\n' kind=service "to=$2" "expected=${3#-}" "action=$4" "from=$(current_release "${1##*/}")" \
    "began=$(uptime_cs)" >"$1/item"
}

# One service, in a shell of its own, up to the point where somebody must confirm it.
activate_service() ( # item-directory
  load_item "$1"
  service=$item_name
  dir=$(release_dir "$service" "$item_to")
  if [ "$item_from" != "$item_expected" ]; then
    refuse_item "another deploy made release ${item_from:-none} current in the meantime"
    exit 1
  fi
  if ! reason=$(activation_problem "$service" "$dir" "$item_to"); then
    refuse_item "$reason"
    exit 1
  fi
  tell "$service" starting "$item_to"
  reason='it was neither finished nor confirmed in time'
  if activate_steps && item_move "$item" armed active; then
    step active
    tell "$service" active "$item_to"
    exit 0
  fi
  item_undo "$item" "$reason"
  exit 1
)

# Nothing has been changed for this item, and nothing will be.
refuse_item() { # reason
  item_move "$item" armed reverted || return 0
  "log_$item_kind" refused
  tell "$item_name" refused "$1"
}

# Every step either succeeds or leaves its reason in $reason. (`set -e` is off in a condition.)
activate_steps() {
  load_spec "$dir"
  same_routes "$service" "$dir" && routes=same || routes=changed
  force=
  [ "$item_action" != restart ] || force=yes
  step user
  if [ "$spec_kind" = service ]; then
    reason=$(ensure_user "$service" 2>&1) || return 1
  fi
  if ! run_release "$service" "$item_to" "$force"; then
    reason="its units could not be written to $(unit_dir)"
    return 1
  fi
  step health
  tell "$service" checking "$item_to"
  reason=$(wait_healthy "$service" "$dir") || return 1
  step routes
  if [ "$routes" = changed ]; then
    reason=$(nginx_publish) || return 1
  fi
  step verify
  reason=$(verify_routes "$service" "$dir") || return 1
  if aborted; then
    reason=$(cat "$GUARD/abort")
    return 1
  fi
}

# Puts back exactly the release that was current before, or nothing if there was none. Prints what is in
# the way, and fails.
undo_service() {
  if [ -z "$item_from" ]; then
    rm -f "$SERVICES/$item_name/current"
    remove_units "$item_name"
    nginx_publish >/dev/null || :
    return 0
  fi
  undo_dir=$(release_dir "$item_name" "$item_from")
  # Start limits and failed states of the failed try must not stop this one.
  load_spec "$undo_dir"
  # shellcheck disable=SC2086 # a list of unit names
  [ -z "$spec_processes" ] || systemctl reset-failed $spec_processes 2>/dev/null || :
  undo_force=
  # Only that it runs is known after a crash, not which release.
  cmp -s "$undo_dir/runtime" "$(release_dir "$item_name" "$item_to")/runtime" || undo_force=yes
  [ "$item_action" != restart ] || undo_force=yes
  run_release "$item_name" "$item_from" "$undo_force" || {
    echo "its units could not be written to $(unit_dir)"
    return 1
  }
  wait_healthy "$item_name" "$undo_dir" && nginx_publish
}

# What the program said before it is put back.
explain_service() {
  journal_of "$(release_dir "$item_name" "$item_to")"
}

finish_service() {
  finish_dir=$(release_dir "$item_name" "$item_to")
  [ -e "$finish_dir/good" ] || date +%s >"$finish_dir/good"
  load_spec "$finish_dir"
  step prune
  prune "$item_name" "$spec_keep"
}

log_service() { # result
  printf '{"at":%s,"action":"%s","release":%s,"from":%s,"commit":%s,"by":%s,"seconds":%s,"result":"%s"}\n' \
    "$(json_string "$(date -u +%Y-%m-%dT%H:%M:%SZ)")" "$item_action" "$item_to" "${item_from:-null}" \
    "$(commit_json "$(release_dir "$item_name" "$item_to")")" "$(json_string "$(cat "$GUARD/who")")" \
    "$(seconds_since "$item_began")" "$1" >>"$SERVICES/$item_name/log"
}

commit_json() { # release-directory
  IFS= read -r commit_line <"$1/release.json" || :
  case $commit_line in
    *'"commit":{"id":"'*)
      commit_line=${commit_line#*'"commit":{"id":"'}
      printf '"%s"' "${commit_line%%\"*}"
      ;;
    *) printf null ;;
  esac
}

# Keeps the newest good releases and the current one; the rest goes, with its roots in the Nix store.
prune() { # service keep
  prune_current=$(current_release "$1")
  prune_kept=0
  for prune_number in $(release_numbers "$1" | sort -rn); do
    prune_dir=$(release_dir "$1" "$prune_number")
    if [ -e "$prune_dir/good" ] && [ "$prune_kept" -lt "$2" ]; then
      prune_kept=$((prune_kept + 1))
      continue
    fi
    [ "$prune_number" != "$prune_current" ] || continue
    mv "$prune_dir" "$SERVICES/$1/releases/.old-$prune_number"
  done
  rm -rf "$SERVICES/$1/releases"/.old-*
}

release_numbers() { # service
  for number_path in "$SERVICES/$1/releases"/[0-9]*; do
    if [ -d "$number_path" ]; then printf '%s\n' "${number_path##*/}"; fi
  done
}
