# What must be so before a release may touch anything.

# Prints the problem and fails.
service_problem() { # service release-directory number
  load_spec "$2"
  if [ ! -e "$2/package" ]; then
    echo "its package $(readlink "$2/package") is no longer in the Nix store"
    return 1
  fi
  if problem=$(secret_gone "$2"); then
    echo "its secret $problem is no longer on the host; deploy again"
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
  use_slot "$item_to_slot"
  problem=$(port_holder "$1" "$spec_port")
  if [ -n "$problem" ]; then
    echo "port $spec_port is taken by $problem"
    return 1
  fi
  case $item_action in
    canary) canary_problem "$1" "$2" || return 1 ;;
  esac
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
  diff -rq "$SERVICES/$1/current/release/nginx" "$2/nginx" >/dev/null 2>&1
}

# Who else listens on a TCP port: a process that isn't part of the service itself.
port_holder() { # service port
  [ -n "$2" ] || return 0
  ss -Hltnp "sport = :$2" 2>/dev/null | sed -n 's/.*users:((\(.*\)))$/\1/p' | tr '()' '\n\n' |
    sed -n 's/.*"\([^"]*\)",pid=\([0-9]*\).*/\2 \1/p' | while read -r holder_pid holder_name; do
    if grep -qE "/$1([-@][a-z0-9-]*)?\.service(/|$)" "/proc/$holder_pid/cgroup" 2>/dev/null; then continue; fi
    echo "$holder_name (process $holder_pid)"
    break
  done
}
