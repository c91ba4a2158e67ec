# Is a release good? Asked on the host, as often and as long as its spec says.

# What a unit is doing, as shell variables.
unit_state() { # unit
  state_active='' state_sub='' state_restarts=0 state_code='' state_status='' state_result=''
  while IFS='=' read -r state_key state_value; do
    case $state_key in
      ActiveState) state_active=$state_value ;;
      SubState) state_sub=$state_value ;;
      NRestarts) state_restarts=$state_value ;;
      ExecMainCode) state_code=$state_value ;;
      Result) state_result=$state_value ;;
      ExecMainStatus) state_status=$state_value ;;
    esac
  done <<EOF
$(systemctl show -p ActiveState,SubState,NRestarts,Result,ExecMainCode,ExecMainStatus "$1")
EOF
}

# Prints why a unit isn't running, and succeeds; fails while it runs.
unit_problem() { # unit restarts-before
  unit_state "$1"
  case $state_active/$state_sub in
    failed/* | inactive/*) ;;
    */auto-restart*) ;;
    *)
      [ "$state_restarts" -gt "$2" ] || return 1
      echo "$1 exited and was started again"
      return 0
      ;;
  esac
  case $state_code in
    0) echo "$1 did not start ($state_result)" ;;
    2 | 3) echo "$1 was killed by signal $state_status" ;;
    *) echo "$1 exited with status $state_status" ;;
  esac
}

status_is_healthy() { # code allowed
  if [ -z "$2" ]; then
    [ "$1" -ge 200 ] && [ "$1" -lt 400 ]
    return
  fi
  case " $2 " in
    *" $1 "*) return 0 ;;
  esac
  return 1
}

# One request; prints the status code (000 without an answer), keeps body and curl's message in $WORK.
probe_once() { # service
  probe_host=${spec_verify%% *}
  set -- "$WORK/$1" -g -sS -w '%{http_code}' --max-time "$spec_health_attempt" ${probe_host:+-H "Host: $probe_host"}
  if [ -n "$spec_unix" ]; then
    set -- "$@" --unix-socket "$spec_unix" "http://localhost$spec_health_path"
  else
    set -- "$@" "http://127.0.0.1:$spec_port$spec_health_path"
  fi
  probe_files=$1
  shift
  : >"$probe_files.body"
  curl -o "$probe_files.body" "$@" 2>"$probe_files.curl" || :
}

# What the last probe saw, for people.
probe_report() { # service code path
  if [ "$2" = 000 ]; then
    echo "GET $3: no answer: $(sed 's/^curl: ([0-9]*) //' "$WORK/$1.curl" | head -n 1)"
  else
    echo "GET $3 answered $2: $(head -c 300 "$WORK/$1.body" | tr '\n' ' ')"
  fi
}

restarts_of() { # units
  for restart_unit in "$@"; do
    unit_state "$restart_unit"
    printf '%s=%s ' "$restart_unit" "$state_restarts"
  done
}

# Prints the problem of the first unit that isn't running, and succeeds.
first_unit_problem() { # "unit=restarts …"
  for watched in $1; do
    if unit_problem "${watched%=*}" "${watched#*=}"; then return 0; fi
  done
  return 1
}

# While a program starts, it is asked this often, whatever the interval: most are up within a second.
STARTING_CS=100
STARTING_INTERVAL=0.02

# Waits until a release's units are good: those that listen by what they answer in the slot in use, others by
# staying up. Fails with the reason on stdout.
wait_healthy() { # service release-directory units probe
  [ -n "$3" ] || return 0
  # shellcheck disable=SC2086 # a list of unit names
  watched_units=$(restarts_of $3)
  began=$(uptime_cs)
  deadline=$((began + spec_health_timeout))
  settle=$((began + spec_health_settle))
  # What answers needs no time to settle: its answers are the proof.
  [ "$4" = no ] || settle=$began
  good=0 code=000
  while :; do
    if aborted; then
      cat "$GUARD/abort"
      return 1
    fi
    if [ "$4" = no ]; then
      good=$spec_health_successes
    else
      code=$(probe_once "$1")
      if status_is_healthy "$code" "$spec_health_status"; then good=$((good + 1)); else good=0; fi
    fi
    now=$(uptime_cs)
    # systemd is asked where the program says nothing good, and before what it says is believed.
    if [ "$good" = 0 ] || [ "$good" -ge "$spec_health_successes" ]; then
      if first_unit_problem "$watched_units"; then return 1; fi
    fi
    if [ "$good" -ge "$spec_health_successes" ] && [ "$now" -ge "$settle" ]; then return 0; fi
    if [ "$now" -ge "$deadline" ]; then
      if [ "$4" = no ]; then
        echo "not up within $(((deadline - began) / 100)) s"
        return 1
      fi
      echo "not healthy within $(((deadline - began) / 100)) s; $(probe_report "$1" "$code" "$spec_health_path")"
      return 1
    fi
    if [ "$good" = 0 ] && [ $((now - began)) -lt "$STARTING_CS" ]; then
      sleep "$STARTING_INTERVAL"
    else
      sleep "$spec_health_interval"
    fi
  done
}

# Unhealthy answers in a row that make a watched release a bad one: one may be a coincidence.
WATCH_FAILURES=3
WATCH_SECONDS=0.5

# Looks at a confirmed release for as long as its spec says. Fails with what is wrong on stdout.
watch_service() {
  watch_dir=$(release_dir "$item_name" "$item_to")
  load_spec "$watch_dir"
  use_slot "$item_to_slot"
  watch_all=$spec_processes
  [ -z "$spec_slots" ] || watch_all="$watch_all $(slot_unit "$item_name" "$item_to_slot")"
  if [ "$spec_watch" = 0 ] || [ -z "$watch_all" ]; then return 0; fi
  step watch
  tell "$item_name" watching "$((spec_watch / 100))"
  watch_end=$(($(uptime_cs) + spec_watch)) watch_failures=0
  # shellcheck disable=SC2086 # a list of unit names
  watch_units=$(restarts_of $watch_all)
  while [ "$(uptime_cs)" -lt "$watch_end" ]; do
    if first_unit_problem "$watch_units"; then return 1; fi
    if [ -n "$spec_port$spec_unix" ]; then
      code=$(probe_once "$item_name")
      if status_is_healthy "$code" "$spec_health_status"; then
        watch_failures=0
      else
        watch_failures=$((watch_failures + 1))
      fi
      if [ "$watch_failures" -ge "$WATCH_FAILURES" ]; then
        echo "it turned unhealthy after it was confirmed; $(probe_report "$item_name" "$code" "$spec_health_path")"
        return 1
      fi
    fi
    sleep "$WATCH_SECONDS"
  done
}

# How long nginx' workers may take to follow a reload.
VERIFY_CS=500

# Asks for every route through nginx on this host. Fails with the reason on stdout.
verify_routes() { # service release-directory
  load_spec "$2"
  verify_deadline=$(($(uptime_cs) + VERIFY_CS))
  printf '%s' "$spec_verify" | while read -r domain path wanted; do
    while :; do
      if grep -qs 'ssl_certificate ' "$NGINX/servers/$domain.conf"; then
        scheme=https port=443
      else
        scheme=http port=80
      fi
      # Whether others trust the certificate is not the release's to answer for.
      code=$(curl -g -k -sS -o "$WORK/$1.body" -w '%{http_code}' --max-time 5 --resolve "$domain:$port:127.0.0.1" \
        "$scheme://$domain$path" 2>"$WORK/$1.curl" || :)
      case $wanted/$code in
        */503) if [ -e "$ROOT/maintenance/$1" ]; then break; fi ;;
      esac
      case $wanted/$code in
        any/000 | any/50[234]) ;;
        any/*) break ;;
        *) if status_is_healthy "$code" "$spec_health_status"; then break; fi ;;
      esac
      if [ "$(uptime_cs)" -ge "$verify_deadline" ]; then
        echo "through nginx, $scheme://$domain$path: $(probe_report "$1" "$code" "$path")"
        exit 1
      fi
      sleep 0.05
    done
  done
}

# The last lines of what units just ran: theirs and systemd's, not those of the release before. They are told apart by
# time: what a program says right before it ends may come too late to be given the id of its run.
journal_of() { # units
  journalctl --sync 2>/dev/null || :
  [ -n "$1" ] || return 0
  # While it waits to be started again, a unit has left its inactive state later than it ran.
  # shellcheck disable=SC2086 # a list of unit names
  journal_since=$(systemctl show --timestamp=us+utc -p InactiveExitTimestamp -p ExecMainStartTimestamp --value $1 | sed -n 's/^[A-Z][a-z]* //p' | sort | head -n 1)
  # shellcheck disable=SC2046,SC2086 # lists of words
  [ -z "$journal_since" ] || journalctl -q --no-pager -o cat -n "$EXPLAIN_LINES" --since "$journal_since" $(printf -- '-u %s ' $1) 2>/dev/null || :
}
