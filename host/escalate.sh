# When putting back what was there does not bring the network back: its units are restarted, then the host is
# rebooted. Off unless the config asks for it.

# Units that make a network, or a way in; those that are active are restarted.
NETWORK_UNITS='systemd-networkd.service networking.service NetworkManager.service network-addresses-*.service wg-quick@*.service wireguard-*.service nftables.service firewall.service ssh.service sshd.service'
PING_SECONDS=1

# Before anything changes: who answers now is who must answer then.
escalate_prepare() {
  [ -n "$guard_escalate_network" ] || return 0
  escalate_client=$(cat "$GUARD/connection")
  for escalate_peer in ${escalate_client%% *} $(ip route show default | sed -n 's/^default via \([^ ]*\).*/\1/p'); do
    if peer_answers "$escalate_peer"; then printf '%s\n' "$escalate_peer"; fi
  done >"$GUARD/peers"
}

# Small hosts lack ping, and gateways may not answer it: on the same link it is enough to be found there.
peer_answers() { # address
  ! ping -q -c 1 -W "$PING_SECONDS" "$1" >/dev/null 2>&1 || return 0
  ip neighbour flush to "$1" 2>/dev/null || :
  case $1 in
    *:*) curl -s -m "$PING_SECONDS" "http://[$1]:9/" >/dev/null || : ;;
    *) curl -s -m "$PING_SECONDS" "http://$1:9/" >/dev/null || : ;;
  esac
  ip neighbour show to "$1" | grep -q lladdr
}

# The deployer has been here again, or somebody answers who did before.
network_is_back() {
  if [ ! -d "$GUARD" ] || [ -e "$GUARD/seen" ]; then return 0; fi
  while read -r back_peer; do
    if peer_answers "$back_peer"; then return 0; fi
  done 2>/dev/null <"$GUARD/peers"
  return 1
}

network_comes_back() { # seconds
  comes_deadline=$(($(uptime_cs) + $1 * 100))
  while ! network_is_back; do
    [ "$(uptime_cs)" -lt "$comes_deadline" ] || return 1
    sleep 0.5
  done
}

escalate() {
  if [ -z "$guard_escalate_network" ] || ! guard_has reverted revert-failed; then return 0; fi
  rm -f "$GUARD/seen"
  ! network_comes_back "$guard_escalate_network" || return 0
  escalate_units=${guard_escalate_units:-$NETWORK_UNITS}
  # shellcheck disable=SC2086 # a list of patterns
  escalate_units=$(systemctl list-units --plain --no-legend --state=active,failed $escalate_units | cut -d' ' -f1)
  if [ -n "$escalate_units" ]; then
    echo "the network is not back: restarting" $escalate_units >&2
    # shellcheck disable=SC2086 # a list of unit names
    systemctl restart $escalate_units || :
  fi
  if [ -z "$guard_escalate_reboot" ] || network_comes_back "$guard_escalate_reboot"; then return 0; fi
  echo 'the network is not back: rebooting' >&2
  if [ -x "$BOOTED_SYSTEM/bin/switch-to-configuration" ]; then
    "$BOOTED_SYSTEM/bin/switch-to-configuration" boot || :
  fi
  systemctl reboot
}
