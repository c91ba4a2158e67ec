import { join } from 'node:path'
import { ConnectExit } from '../../contract/exit-codes.js'
import { RUN_ROOT } from '../../contract/paths.js'
import type { Agent } from '../agent.js'
import { PATH } from '../run.js'

/** What the keys of the deploy user run instead of what they ask for, and all that sudo lets it run. */
export function gateFile(agent: Agent): string {
  return join(agent.places.access, 'gate')
}

/** Refusals of a key that are written down in a minute; more would push others out of the journal. */
const REFUSALS = 20

/**
 * The gate as a file. sshd runs its first half as the deploy user: store paths go to Nix's daemon, which trusts that
 * user with nothing; a connection to the agent goes to the second half, as root. It runs nothing of what was asked.
 */
export function gateText(access: string, agents: string, run = RUN_ROOT): string {
  const [node, bundle] = [`${agents}/node/bin/node`, `${agents}/current/agent.cjs`]
  return `#!/bin/sh
# Written by \`slipway setup --deploy-user\`: what a key for one service may do on this host.
set -eu
PATH=${PATH}
export PATH LC_ALL=C
if [ "$(id -u)" = 0 ]; then
  # SERVICE KEY CONNECTION, and what is to be written down where something was refused.
  case $1$2 in *[!a-z0-9-]*) exit ${ConnectExit.refused} ;; esac
  case $3 in *[!0-9A-Za-z:.%' ']*) exit ${ConnectExit.refused} ;; esac
  if [ $# = 3 ]; then
    [ -x ${node} ] && [ -r ${bundle} ] || exit ${ConnectExit.notInstalled}
    exec env -i PATH="$PATH" LC_ALL=C HOME=/root ${node} ${bundle} connect --key "$1/$2" --connection "$3"
  fi
  mkdir -p ${run}/refused
  now=$(date +%Y%m%d%H%M) counted="${run}/refused/$1 $2" minute='' count=0 more=''
  [ ! -s "$counted" ] || read -r minute count <"$counted"
  [ "$minute" = "$now" ] || count=0
  count=$((count + 1))
  echo "$now $count" >"$counted"
  [ "$count" -lt ${REFUSALS} ] || more='; no more of this minute is written down'
  [ "$count" -gt ${REFUSALS} ] ||
    logger -t slipway -p auth.warning -- "key $2 of $1 from \${3%% *}: refused: $(printf %.400s "$4" | tr -c ' -~' '?')$more"
  exit ${ConnectExit.refused}
fi
service=$1 name=$2 asked=\${SSH_ORIGINAL_COMMAND-}
become_root() {
  exec env -i PATH="$PATH" sudo -n ${access}/gate "$service" "$name" "\${SSH_CONNECTION-}" "$@"
}
refuse() {
  echo "slipway refuses: $1" >&2
  become_root "$1 (asked: $(printf %.300s "\${asked:-a shell}"))"
}
case $asked in
  *[[:cntrl:]]*) refuse 'that is no command of slipway' ;;
  'nix-store --serve --write' | /*'/nix-store --serve --write')
    [ -f "${access}/keys/$service/$name.json" ] || refuse 'this key is no longer authorised'
    status=0
    # Nothing is built here for a key: what it sends is signed, or refused.
    env -i PATH="$PATH" HOME=/nonexistent NIX_REMOTE=daemon nix-store --serve --write --max-jobs 0 --builders '' || status=$?
    [ "$status" = 0 ] || (become_root "Nix did not take the packages (status $status)") || exit "$status"
    ;;
  "sh -c '"*"' slipway-connect "*[0-9])
    case \${asked##*"' slipway-connect "} in *[!0-9]*) ;; *) become_root ;; esac
    refuse "this key deploys $service, and does nothing else"
    ;;
  *) refuse "this key deploys $service, and does nothing else" ;;
esac
`
}
