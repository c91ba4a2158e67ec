# A service's unit files: installed, enabled, taken away.

UNIT_MARK='# Managed by slipway for the service'

# The unit files of a service that are installed, by name.
installed_units() { # service
  units_at=$(unit_dir)
  for unit_path in "$units_at/$1.service" "$units_at/$1.socket" "$units_at/$1"-*.service "$units_at/$1"-*.timer; do
    [ -f "$unit_path" ] || continue
    if unit_is_ours "$unit_path" "$1"; then basename "$unit_path"; fi
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

# Makes the installed units those of a release; systemd rereads them only if one differs.
install_units() { # service release-directory
  install_at=$(unit_dir)
  mkdir -p "$install_at"
  install_changed=
  for installed in $(installed_units "$1"); do
    [ -e "$2/units/$installed" ] && continue
    systemctl disable --now --quiet "$installed" || :
    rm -f "$install_at/$installed"
    install_changed=yes
  done
  for wanted in "$2"/units/*; do
    [ -e "$wanted" ] || continue
    wanted_name=$(basename "$wanted")
    if cmp -s "$wanted" "$install_at/$wanted_name"; then continue; fi
    write_file "$install_at/$wanted_name" <"$wanted" || return 1
    install_changed=yes
  done
  [ -z "$install_changed" ] || systemctl daemon-reload || return 1
  enable_units "$install_at" "$2"
}

# What starts at boot; asks systemd only for units that lack their link.
enable_units() { # unit-directory release-directory
  load_spec "$2"
  for enable_unit in $spec_processes $spec_sockets $spec_timers; do
    enable_target=$(sed -n 's/^WantedBy=//p' "$1/$enable_unit")
    if [ -n "$enable_target" ] && [ ! -L "$1/$enable_target.wants/$enable_unit" ]; then
      systemctl enable --quiet "$enable_unit"
    fi
  done
}

remove_units() { # service
  remove_list=$(installed_units "$1")
  [ -n "$remove_list" ] || return 0
  # shellcheck disable=SC2086 # a list of unit names
  systemctl disable --now --quiet $remove_list || :
  for remove_name in $remove_list; do rm -f "$(unit_dir)/$remove_name"; done
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
