import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { agentCommand } from '../command.js'
import { exists, readText } from '../files.js'
import { persistentUnitDir } from '../units-dir.js'

const UNIT = 'slipway-certificates'
/** The first line of units of ours. */
const MARK = '# Managed by slipway: certificates'
const TARGET = 'timers.target'

/** What the timer starts: the agent is asked, since nobody else changes the host. */
function serviceText(agent: Agent): string {
  return `${MARK}
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
`
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
WantedBy=${TARGET}
`

/** Has the timer run, now and from the next boot on. Its units are written again whenever they differ. */
export async function ensureUnits(agent: Agent, at?: string): Promise<void> {
  const dir = at ?? (await persistentUnitDir(agent))
  const texts = { [`${UNIT}.service`]: serviceText(agent), [`${UNIT}.timer`]: TIMER_TEXT }
  let changed = false
  for (const [name, text] of Object.entries(texts)) {
    const path = join(dir, name)
    const found = await readText(path)
    if (found === text) continue
    if (found !== undefined && !found.split('\n').includes(MARK)) {
      throw failed(`the host has ${path}, which slipway did not make`)
    }
    await agent.files.makeFolder(dir)
    await agent.files.write(path, text)
    changed = true
  }
  const wants = join(dir, `${TARGET}.wants`)
  const link = join(wants, `${UNIT}.timer`)
  if (!(await exists(link))) {
    await agent.files.makeFolder(wants)
    await agent.files.link(`../${UNIT}.timer`, link)
    changed = true
  }
  if (!changed) return
  await agent.systemd.daemonReload()
  const result = await agent.systemd.start(`${UNIT}.timer`)
  if (result !== 'done')
    throw failed(`${UNIT}.timer could not be started`, { why: `systemd says: ${result}` })
}
