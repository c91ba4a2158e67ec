# A service's unit files: installed, enabled, taken away.

UNIT_MARK='# Managed by slipway for the service'

# The unit files of a service that are installed, by name.
installed_units() { # service
  units_at=$(unit_dir)
  for unit_path in "$units_at/$1.service" "$units_at/$1@"*.service "$units_at/$1@"*.socket "$units_at/$1"-*.service \
    "$units_at/$1"-*.timer; do
    [ -f "$unit_path" ] || continue
    if unit_is_ours "$unit_path" "$1"; then printf '%s\n' "${unit_path##*/}"; fi
  done
}

unit_is_ours() { # path service
  read -r unit_head <"$1" || :
  case $unit_head in
    "$UNIT_MARK $2;"*) return 0 ;;
  esac
  return 1
}

# The first unit of a release that somebody else already has under this name.
foreign_unit() { # service release-directory
  foreign_at=$(unit_dir)
  for wanted in "$2"/units/*; do
    [ -e "$wanted" ] || continue
    wanted_name=${wanted##*/}
    case $wanted_name in
      *@.*) wanted_name=$1@$item_to_slot.${wanted_name##*.} ;;
    esac
    # One of ours lies there already: nobody else's has a say.
    if [ -f "$foreign_at/$wanted_name" ] && unit_is_ours "$foreign_at/$wanted_name" "$1"; then continue; fi
    at=$(systemctl show -p FragmentPath --value "$wanted_name")
    if [ -n "$at" ] && [ -e "$at" ] && ! unit_is_ours "$at" "$1"; then
      printf '%s' "$at"
      return 0
    fi
  done
  return 1
}

# Installs a unit file where it differs.
install_unit() { # source name
  if cmp -s "$1" "$install_at/$2"; then return 0; fi
  write_file "$install_at/$2" <"$1" || return 1
  install_changed=yes
}

# The units of the instance in a slot: a template's text, in a file of the slot's own, so that the instance in the
# other slot keeps its.
install_slot_units() { # service release-directory slot
  install_at=$(unit_dir) install_changed=
  mkdir -p "$install_at"
  for slot_source in "$2/units/$1@.service" "$2/units/$1@.socket"; do
    [ -e "$slot_source" ] || continue
    install_unit "$slot_source" "$1@$3.${slot_source##*.}" || return 1
  done
  [ ! -e "$2/units/$1@folder.service" ] || install_unit "$2/units/$1@folder.service" "$1@folder.service" || return 1
  [ -z "$install_changed" ] || systemctl daemon-reload || return 1
  # Both slots are enabled: at boot a condition in them lets the current one start.
  enable_unit "$1@$3.service"
}

install_queues() { # service release-directory
  install_at=$(unit_dir) install_changed=
  for queue_unit in "$2/units/$1@queue-"*; do
    install_unit "$queue_unit" "${queue_unit##*/}" || return 1
  done
  [ -z "$install_changed" ] || systemctl daemon-reload
}

# Makes the other installed units those of a release; systemd rereads them only if one differs.
install_units() { # service release-directory
  install_at=$(unit_dir) install_changed=
  mkdir -p "$install_at"
  for installed in $(installed_units "$1"); do
    if [ -e "$2/units/$installed" ]; then continue; fi
    case $installed in
      *@blue.* | *@green.*)
        # The instance that served until now may still be at its last requests.
        [ ! -e "$2/units/$1@.service" ] || continue
        [ -e "$SLOT_RUN/${installed%.*}" ] && continue
        ;;
    esac
    disable_unit "$installed"
    systemctl stop "$installed" || :
    rm -f "$install_at/$installed"
    install_changed=yes
  done
  for wanted in "$2"/units/*; do
    case $wanted in
      *'/*' | *@.service | *@.socket) continue ;;
    esac
    install_unit "$wanted" "${wanted##*/}" || return 1
  done
  [ -z "$install_changed" ] || systemctl daemon-reload || return 1
  load_spec "$2"
  for install_enable in $spec_processes $spec_timers; do enable_unit "$install_enable"; done
}

# What starts at boot. `systemctl enable` would do the same, but not where NixOS keeps its directory read-only.
enable_unit() { # unit [directory]
  enable_at=${2:-$(unit_dir)}
  while read -r enable_line; do
    case $enable_line in
      WantedBy=*)
        for enable_target in ${enable_line#WantedBy=}; do
          [ ! -L "$enable_at/$enable_target.wants/$1" ] || continue
          mkdir -p "$enable_at/$enable_target.wants"
          ln -sfn "../$1" "$enable_at/$enable_target.wants/$1"
        done
        ;;
    esac
  done <"$enable_at/$1"
}

disable_unit() { # unit
  rm -f "$(unit_dir)"/*.wants/"$1"
}

remove_units() { # service
  remove_list=$(installed_units "$1")
  [ -n "$remove_list" ] || return 0
  rm -f "$SLOT_RUN/$1@"* "$HOLD/$1" "/run/$1@queue.sock"
  # shellcheck disable=SC2086 # a list of unit names
  systemctl stop $remove_list || :
  for remove_name in $remove_list; do
    disable_unit "$remove_name"
    rm -f "$(unit_dir)/$remove_name"
  done
  systemctl daemon-reload
  # shellcheck disable=SC2086
  systemctl reset-failed $remove_list 2>/dev/null || :
}

# Every service runs as a system user of its own, without shell or home.
ensure_user() { # service
  if id -u "$1" >/dev/null 2>&1; then return 0; fi
  printf 'u %s - "slipway service %s" - -\n' "$1" "$1" | systemd-sysusers - >&2
  printf '%s\n' "$1" >>"$ROOT/users"
}

# A user of that name that we didn't make belongs to somebody else.
foreign_user() { # service
  id -u "$1" >/dev/null 2>&1 && ! grep -qxF "$1" "$ROOT/users" 2>/dev/null
}
