# One deployer at a time works on a host. The lock is a lease: it ends by itself when nobody renews it.

LOCK=$ROOT/lock
# A lease outlives a lost connection by this much at most; activations renew it.
LEASE_CS=3000
RENEW_SECONDS=10

boot_id() {
  cat /proc/sys/kernel/random/boot_id
}

lock_field() { # key
  sed -n "s/^$1=//p" "$LOCK" 2>/dev/null
}

lock_held() {
  [ -f "$LOCK" ] && [ "$(lock_field boot)" = "$(boot_id)" ] && [ "$(lock_field expires)" -gt "$(uptime_cs)" ]
}

# Runs a command while nobody else reads or changes the lock.
with_lock_file() (
  exec 9>"$ROOT/.lock"
  flock 9
  "$@"
)

lock_write() { # id who what since
  printf 'id=%s\nwho=%s\nwhat=%s\nsince=%s\nboot=%s\nexpires=%s\n' \
    "$1" "$2" "$3" "$4" "$(boot_id)" $(($(uptime_cs) + LEASE_CS)) | write_file "$LOCK"
}

lock_try() { # id who what
  if lock_held && [ "$(lock_field id)" != "$1" ]; then return 1; fi
  lock_write "$1" "$2" "$3" "$(date +%s)"
}

lock_renew_once() { # id
  [ "$(lock_field id)" = "$1" ] || return 1
  lock_write "$1" "$(lock_field who)" "$(lock_field what)" "$(lock_field since)"
}

lock_drop() { # id
  if [ "$(lock_field id)" = "$1" ]; then rm -f "$LOCK"; fi
}

lock_take() { # id who what
  with_lock_file lock_try "$@"
}

lock_release() { # id
  with_lock_file lock_drop "$1"
}

lock_keep() { # id
  while sleep "$RENEW_SECONDS" && with_lock_file lock_renew_once "$1"; do :; done
}

lock_json() {
  if lock_held; then
    printf '{"id":%s,"who":%s,"what":%s,"since":%s}' "$(json_string "$(lock_field id)")" \
      "$(json_string "$(lock_field who)")" "$(json_string "$(lock_field what)")" "$(lock_field since)"
  else
    printf null
  fi
}
