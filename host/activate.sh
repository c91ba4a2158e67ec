# Makes a release current. Whatever happens on the way, the service ends on the old release or the new one.

# An activation under way is on record before anything changes, so that a crash can be undone exactly.
record_activation() { # service id from to
  printf 'id=%s\nfrom=%s\nto=%s\n' "$2" "$3" "$4" | write_file "$SERVICES/$1/activation"
}

# The deployer asked to stop; looked at between steps.
aborted() {
  [ -e "$WORK/abort" ]
}

# Points a service at a release and makes units and processes follow.
run_release() { # service release force-restart
  run_dir=$(release_dir "$1" "$2")
  run_old=$(release_dir "$1" "$(current_release "$1")")
  run_restart=$3
  if [ -z "$run_restart" ] && ! cmp -s "$run_old/runtime" "$run_dir/runtime"; then run_restart=yes; fi
  replace_link "releases/$2" "$SERVICES/$1/current" || return 1
  install_units "$1" "$run_dir" || return 1
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

# The whole way of one service, in a shell of its own. Succeeds if the wanted release serves.
activate_service() ( # id service to expected action who
  id=$1 service=$2 to=$3 expected=$4 action=$5 who=$6
  dir=$(release_dir "$service" "$to")
  began=$(uptime_cs)
  from=$(current_release "$service")
  force=
  [ "$action" != restart ] || force=yes

  if [ "$from" != "$expected" ]; then
    event "$service" refused "another deploy made release ${from:-none} current in the meantime"
    exit 1
  fi
  if ! reason=$(activation_problem "$service" "$dir" "$to"); then
    event "$service" refused "$reason"
    log_deploy refused
    exit 1
  fi
  record_activation "$service" "$id" "$from" "$to"

  event "$service" starting "$to"
  if activate_steps; then
    [ -e "$dir/good" ] || date +%s >"$dir/good"
    rm -f "$SERVICES/$service/activation"
    log_deploy good
    prune "$service" "$spec_keep"
    event "$service" 'done' "$to"
    exit 0
  fi
  event "$service" failed "$reason"
  journal=$(journal_of "$dir")
  [ -z "$journal" ] || event "$service" journal "$journal"
  revert "$service" "$from"
  log_deploy failed
  exit 1
)

# Every step either succeeds or leaves its reason in $reason. (`set -e` is off in a condition.)
activate_steps() {
  load_spec "$dir"
  same_routes "$service" "$dir" && routes=same || routes=changed
  if [ "$spec_kind" = service ]; then
    reason=$(ensure_user "$service" 2>&1) || return 1
  fi
  if ! run_release "$service" "$to" "$force"; then
    reason="its units could not be written to $(unit_dir)"
    return 1
  fi
  event "$service" checking "$to"
  reason=$(wait_healthy "$service" "$dir") || return 1
  if [ "$routes" = changed ]; then
    reason=$(nginx_publish) || return 1
  fi
  reason=$(verify_routes "$service" "$dir") || return 1
  if aborted; then
    reason='stopped on request'
    return 1
  fi
}

# Puts back exactly the release that was current before, or nothing if there was none.
revert() { # service from
  if [ -z "$2" ]; then
    rm -f "$SERVICES/$1/current"
    remove_units "$1"
    nginx_publish >/dev/null || :
    rm -f "$SERVICES/$1/activation"
    event "$1" reverted ''
    return 0
  fi
  revert_dir=$(release_dir "$1" "$2")
  # The request to stop was about the new release; the old one must come up whatever was asked.
  revert_work=$WORK
  WORK=$(mktemp -d "$WORK/revert.XXXXXX")
  # Start limits and failed states of the failed try must not stop this one.
  load_spec "$revert_dir"
  # shellcheck disable=SC2086 # a list of unit names
  [ -z "$spec_processes" ] || systemctl reset-failed $spec_processes 2>/dev/null || :
  run_release "$1" "$2" ''
  if revert_reason=$(wait_healthy "$1" "$revert_dir" && nginx_publish); then
    rm -f "$SERVICES/$1/activation"
    event "$1" reverted "$2"
  else
    rm -f "$SERVICES/$1/activation"
    event "$1" revert-failed "release $2: $revert_reason"
  fi
  WORK=$revert_work
}

# Undoes what a crash or a power cut left half done. Only called while holding the host's lock.
recover() {
  for left in "$SERVICES"/*/activation; do
    [ -f "$left" ] || continue
    left_service=$(basename "$(dirname "$left")")
    event "$left_service" recovering "$(sed -n 's/^to=//p' "$left")"
    revert "$left_service" "$(sed -n 's/^from=//p' "$left")"
  done
}

log_deploy() { # result
  printf '{"at":%s,"action":"%s","release":%s,"from":%s,"commit":%s,"by":%s,"seconds":%s.%02d,"result":"%s"}\n' \
    "$(json_string "$(date -u +%Y-%m-%dT%H:%M:%SZ)")" "$action" "$to" "${from:-null}" \
    "$(commit_json "$dir")" "$(json_string "$who")" \
    $((($(uptime_cs) - began) / 100)) $((($(uptime_cs) - began) % 100)) "$1" >>"$SERVICES/$service/log"
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
