# A service as an item of an activation: makes a release current, or puts the old one back. Whatever
# happens on the way, the service ends on the old release or the new one.

# The deployer asked to stop; looked at between steps. What is put back comes up whatever was asked.
aborted() {
  [ -e "$GUARD/abort" ] && [ -z "${undoing-}" ]
}

# Puts on record what serves, and from which slot: that is what would be put back.
prepare_service() { # item-directory to expected action hooks
  prepare_name=${1##*/}
  prepare_from=$(current_release "$prepare_name") prepare_slot=$(current_slot "$prepare_name")
  prepare_percent=${4#canary:} prepare_action=${4%%:*}
  prepare_new=$(release_dir "$prepare_name" "$2") prepare_old=$(release_dir "$prepare_name" "$prepare_from")
  prepare_restart=yes prepare_to_slot=${prepare_slot:-blue} prepare_uses=
  if [ -n "$prepare_from" ]; then
    load_spec "$prepare_old"
    prepare_uses=$spec_slots
    if { [ "$prepare_action" = deploy ] || [ "$prepare_action" = rollback ]; } && cmp -s "$prepare_old/runtime" "$prepare_new/runtime" && service_runs "$prepare_name" "$prepare_slot"; then
      prepare_restart=
    fi
  fi
  load_spec "$prepare_new"
  if [ -n "$prepare_slot" ] && [ -n "$prepare_restart" ] && [ -n "$prepare_uses$spec_slots" ]; then
    prepare_to_slot=$(other_slot "$prepare_slot")
  fi
  printf '%s\n' kind=service "to=$2" "expected=${3#-}" "action=$prepare_action" "percent=$prepare_percent" "from=$prepare_from" "slot=$prepare_slot" \
    "to_slot=$prepare_to_slot" "restart=$prepare_restart" "hooks=$5" "began=$(uptime_cs)" >"$1/item"
}

# Whether all that should run of the loaded release does.
service_runs() { # service slot
  runs_units=$spec_processes
  [ -z "$spec_slots" ] || runs_units="$runs_units $(slot_unit "$1" "$2")"
  # shellcheck disable=SC2086 # a list of unit names
  [ -z "$runs_units" ] || systemctl is-active --quiet $runs_units
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
  if ! reason=$(service_problem "$service" "$dir" "$item_to"); then
    refuse_item "$reason"
    exit 1
  fi
  tell "$service" starting "$item_to"
  reason='it was neither finished nor confirmed in time'
  if service_steps && item_move "$item" armed active; then
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
  tell "$item_name" serving "$item_from"
  tell "$item_name" refused "$1"
}

# Every step either succeeds or leaves its reason in $reason. (`set -e` is off in a condition.)
service_steps() {
  load_spec "$dir"
  same_routes "$service" "$dir" && routes=same || routes=changed
  if [ "$item_action" = rollback ] && [ -e "$(release_dir "$service" "$item_from")/irreversible" ]; then
    tell "$service" note "a hook of release $item_from has changed what can not be put back: release $item_to meets it as it is now"
  fi
  if [ "$item_action" = rollback ]; then
    for changed in $(secrets_changed "$dir" "$(release_dir "$service" "$item_from")"); do
      tell "$service" note "the secret $changed has changed since release $item_to, which runs with the value that it was deployed with"
    done
  fi
  step user
  if [ "$spec_kind" = service ]; then
    reason=$(ensure_user "$service" 2>&1) || return 1
  fi
  step before
  reason=$(run_hooks before "$spec_before") || return 1
  [ -z "$spec_before" ] || tell "$service" hooked ''
  if [ "$item_action" = promote ] && [ "$(canary_slot "$service")" = "$item_to_slot" ]; then
    # It has proved itself under the requests it got; whatever it was at, it goes on with.
    use_slot "$item_to_slot"
    reason=$(wait_healthy "$service" "$dir" "$(slot_unit "$service" "$item_to_slot")" yes) || return 1
    step switch
  elif [ -n "$spec_slots" ] && [ -n "$item_restart" ]; then
    service_prove || return 1
    if [ "$item_action" = canary ]; then
      step canary
      canary_begin "$service" "$item_to_slot" "$item_percent" || return 1
      return 0
    fi
    step switch
  else
    step switch
    slot_set "$service" "$item_to_slot" "$item_to" || return 1
  fi
  slot_switch "$service" "$item_to_slot" || return 1
  canary_end "$service"
  release_requests "$service"
  service_jobs "$service" "$dir" "$item_restart" || return 1
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

# Starts the new instance beside the old one, where nobody sees it, and lets it prove itself. One port has
# room for one: there the old instance finishes and stops first, while new requests wait.
service_prove() {
  step slot
  slot_free "$service" "$item_to_slot"
  slot_set "$service" "$item_to_slot" "$item_to" || return 1
  step units
  reason="its units could not be written to $(unit_dir)"
  install_slot_units "$service" "$dir" "$item_to_slot" || return 1
  if shares_port; then
    install_queues "$service" "$dir" || return 1
    step hold
    reason='the queue for its requests could not be started'
    hold_requests "$service" || return 1
    held_since=$(uptime_cs)
    slot_drain "$(release_dir "$service" "$item_from")" "$item_slot" "$spec_drain" || :
    step stop
    slot_stop "$service" "$item_slot"
  fi
  step start
  slot_start "$service" "$item_to_slot"
  step health
  tell "$service" checking "$item_to"
  load_spec "$dir"
  use_slot "$item_to_slot"
  reason=$(wait_healthy "$service" "$dir" "$(slot_unit "$service" "$item_to_slot")" yes) || return 1
  [ -z "${held_since-}" ] || tell "$service" held "$(seconds_since "$held_since")"
}

# Whether the old instance and the new one can't run side by side, since both listen on one port.
shares_port() (
  [ -n "$item_slot" ] && [ "$item_slot" != "$item_to_slot" ] || return 1
  load_spec "$(release_dir "$item_name" "$item_from")"
  use_slot "$item_slot"
  shares=$spec_port
  load_spec "$(release_dir "$item_name" "$item_to")"
  use_slot "$item_to_slot"
  [ -n "$shares" ] && [ "$shares" = "$spec_port" ]
)

# Workers and timers follow the current release: each stops before its successor starts.
service_jobs() { # service release-directory restart
  step jobs
  : >"$item/jobs"
  reason="its units could not be written to $(unit_dir)"
  install_units "$1" "$2" || return 1
  load_spec "$2"
  for jobs_timer in $spec_timers; do systemctl start "$jobs_timer"; done
  [ -n "$spec_processes" ] || return 0
  # shellcheck disable=SC2086 # a list of unit names
  if [ -n "$3" ] || ! systemctl is-active --quiet $spec_processes; then
    systemctl restart $spec_processes &
    unless_aborted $!
  fi
  reason=$(wait_healthy "$1" "$2" "$spec_processes" no)
}

# Puts back exactly the release and the slot that were current before, or nothing if there was none. Prints
# what is in the way, and fails.
undo_service() {
  if hooks_irreversible; then
    tell "$item_name" note "its hook has changed what can not be put back: release ${item_from:-none} meets it as it is now"
  fi
  if [ -z "$item_from" ]; then
    undo_to_nothing
    return
  fi
  undo_dir=$(release_dir "$item_name" "$item_from")
  load_spec "$undo_dir"
  step switch
  canary_end "$item_name"
  [ "$item_slot" != "$item_to_slot" ] || slot_set "$item_name" "$item_slot" "$item_from"
  slot_switch "$item_name" "$item_slot"
  if [ -n "$spec_slots" ]; then
    if shares_port; then
      step hold
      hold_requests "$item_name" || :
      step stop
      slot_stop "$item_name" "$item_to_slot"
    fi
    step start
    slot_start "$item_name" "$item_slot"
    use_slot "$item_slot"
    step health
    wait_healthy "$item_name" "$undo_dir" "$(slot_unit "$item_name" "$item_slot")" yes || return 1
    release_requests "$item_name"
  fi
  reason='' undo_restart=''
  [ ! -e "$item/jobs" ] || undo_restart=$item_restart
  service_jobs "$item_name" "$undo_dir" "$undo_restart" || {
    echo "$reason"
    return 1
  }
  step routes
  nginx_publish || return 1
  undo_slot
}

undo_to_nothing() {
  step switch
  rm -f "$SERVICES/$item_name/current"
  step routes
  nginx_publish >/dev/null || :
  remove_units "$item_name"
  rm -rf "$SERVICES/$item_name/slots"
}

# What the failed release's instance is at, it may finish.
undo_slot() {
  [ "$item_slot" != "$item_to_slot" ] || return 0
  slot_retire "$item_name" "$item_to_slot" "$item_to"
}

# What the program said before it is put back.
explain_service() {
  if [ -s "$item/output" ]; then
    tail -n "$EXPLAIN_LINES" "$item/output"
    return 0
  fi
  explain_dir=$(release_dir "$item_name" "$item_to")
  load_spec "$explain_dir"
  explain_units=$spec_processes
  [ -z "$spec_slots" ] || explain_units="$explain_units $(slot_unit "$item_name" "$item_to_slot")"
  journal_of "$explain_units"
}

finish_service() {
  finish_dir=$(release_dir "$item_name" "$item_to")
  [ -e "$finish_dir/good" ] || date +%s >"$finish_dir/good"
  load_spec "$finish_dir"
  step after
  finish_problem=$(run_hooks after "$spec_after") || tell "$item_name" note "$finish_problem; the release serves all the same"
  # Hosts that end together keep what they would put back until all of them have.
  [ "$guard_policy" = all ] || retire_service
}

# The old instance finishes its requests and stops; old releases go.
retire_service() {
  # A canary shares the requests with the release that serves.
  if [ "$item_action" = canary ] || [ -e "$item/retired" ]; then return 0; fi
  # By the time a record is forgotten, a newer release may have the slot.
  [ "$(current_release "$item_name")" = "$item_to" ] || return 0
  step retire
  if [ -n "$item_slot" ] && [ "$item_slot" != "$item_to_slot" ]; then
    slot_retire "$item_name" "$item_slot" "$item_from"
  fi
  step prune
  load_spec "$(release_dir "$item_name" "$item_to")"
  prune "$item_name" "$spec_keep"
  : >"$item/retired"
}

log_service() { # result
  printf '{"at":%s,"action":"%s","release":%s,"from":%s,"commit":%s,"by":%s,"seconds":%s,"result":"%s"}\n' \
    "$(json_string "$(date -u +%Y-%m-%dT%H:%M:%SZ)")" "$item_action" "$item_to" "${item_from:-null}" \
    "$(commit_json "$(release_dir "$item_name" "$item_to")")" "$(json_string "$(cat "$GUARD/who")")" \
    "$(seconds_since "$item_began")" "$1" >>"$SERVICES/$item_name/log"
}
