# Hooks: commands of a release around its switch, with the user, environment and sandbox of its unit.

# The [Service] settings of a release's unit that are its sandbox, for `systemd-run -p`, a line each. What
# describes how a unit starts and stops is not for a single command.
sandbox_of() { # service release slot
  sandbox_dir=$(release_dir "$1" "$2")
  for sandbox_unit in "$sandbox_dir/units/$1@.service" "$sandbox_dir/units/$1.service"; do
    [ -f "$sandbox_unit" ] || continue
    sed -n '/^\[Service\]/,/^\[/p' "$sandbox_unit" |
      grep -E '^[A-Z][A-Za-z]*=' |
      grep -vE '^(Type|Exec[A-Za-z]*|Restart[A-Za-z]*|KillMode|Timeout[A-Za-z]*|RuntimeDirectory|SyslogIdentifier|Sockets)=' |
      sed -e "s,/slots/%i/release,/releases/$2,g" -e "s,/current/release,/releases/$2,g" -e "s,%i,$3,g"
  done
}

# Runs a command as a service would; the options of systemd-run come first, up to "--".
as_service() { # sandbox-file option… -- command…
  as_list=$1
  shift
  # Each goes in front of the others, so the last comes first: their order counts.
  while IFS= read -r as_property; do set -- -p "$as_property" "$@"; done <<EOF
$(tac "$as_list")
EOF
  systemd-run --quiet --collect --wait "$@"
}

# Once for each release and host: what ran is on record beside it. Prints which failed, and fails.
run_hooks() { # before|after hooks (lines: seconds irreversible command)
  if [ -z "$2" ] || [ "$item_hooks" = no ]; then return 0; fi
  hooks_when=$1 hooks_dir=$(release_dir "$item_name" "$item_to")
  [ ! -e "$hooks_dir/$1-done" ] || return 0
  sandbox_of "$item_name" "$item_to" "$item_to_slot" >"$item/sandbox"
  printf '%s' "$2" | while read -r hook_seconds hook_irreversible hook_command; do
    # What it has done by the time of a crash, nobody knows.
    [ "$hook_irreversible" = no ] || : >"$hooks_dir/irreversible"
    # The words are quoted for a shell.
    eval "set -- $hook_command"
    hook_name=${1##*/} hook_status=0
    [ ! -e "$hooks_dir/with-secrets" ] || set -- /bin/sh "$hooks_dir/with-secrets" "$@"
    as_service "$item/sandbox" --pipe -p RuntimeMaxSec="$hook_seconds" -- "$@" >"$item/output" 2>&1 </dev/null || hook_status=$?
    cat "$item/output" >&2
    if [ "$hook_status" != 0 ]; then
      echo "its $hooks_when hook $hook_name exited with status $hook_status"
      exit 1
    fi
  done || return 1
  rm -f "$item/output"
  : >"$hooks_dir/$1-done"
}

# Whether the release that is taken back has changed what can't be.
hooks_irreversible() {
  [ -e "$(release_dir "$item_name" "$item_to")/irreversible" ]
}
