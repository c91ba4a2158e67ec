import type { Agent } from '../agent.js'
import { agentCommand } from '../command.js'
import { ensureTimer, type TimerUnits } from '../timer-units.js'

const UNIT = 'slipway-certificates'
/** The first line of units of ours. */
const MARK = '# Managed by slipway: certificates'

/** What looks after certificates hourly; it asks the agent, since nobody else changes the host. */
export function certificatesTimer(agent: Pick<Agent, 'places'>): TimerUnits {
  return {
    name: UNIT,
    mark: MARK,
    service: `${MARK}
[Unit]
Description=slipway: gets and renews certificates
StartLimitIntervalSec=0
Wants=network-online.target
After=network-online.target nginx.service

[Service]
Type=oneshot
ExecStart=${agentCommand(agent, 'call', 'certificates-run').join(' ')}
SyslogIdentifier=${UNIT}
PrivateTmp=yes
`,
    timer: TIMER_TEXT,
  }
}

/** Hourly, though most runs ask nobody: so DNS that has been put right is noticed soon. */
const TIMER_TEXT = `${MARK}
[Unit]
Description=slipway: looks after certificates

[Timer]
OnCalendar=hourly
RandomizedDelaySec=30min
Persistent=yes

[Install]
WantedBy=timers.target
`

/** Has the timer run. */
export function ensureUnits(agent: Agent, at?: string): Promise<void> {
  return ensureTimer(agent, certificatesTimer(agent), at)
}
