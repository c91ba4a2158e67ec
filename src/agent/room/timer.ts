import type { Agent } from '../agent.js'
import { agentCommand } from '../command.js'
import type { TimerUnits } from '../timer-units.js'

const UNIT = 'slipway-gc'
const MARK = '# Managed by slipway: room'

/** What looks once a day whether room is short; `systemctl mask slipway-gc.timer` turns it off. */
export function gcTimer(agent: Pick<Agent, 'places'>): TimerUnits {
  return {
    name: UNIT,
    mark: MARK,
    service: `${MARK}
[Unit]
Description=slipway: collects Nix's garbage where room is short

[Service]
Type=oneshot
ExecStart=${agentCommand(agent, 'call', 'gc-run').join(' ')}
SyslogIdentifier=${UNIT}
PrivateTmp=yes
`,
    timer: `${MARK}
[Unit]
Description=slipway: looks whether room is short

[Timer]
OnCalendar=daily
RandomizedDelaySec=4h
Persistent=yes

[Install]
WantedBy=timers.target
`,
  }
}
