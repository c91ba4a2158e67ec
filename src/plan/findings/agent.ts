import type { HostFacts } from '../../contract/report.js'
import { type Finding, finding, type Subject, setupCommand } from './finding.js'

const NOT_SET_UP = 'slipway has not been set up there'

/** Whether slipway's own part of the host is there. */
export function agentFindings(subject: Subject): Finding[] {
  const { agent, prepared } = subject.report.host
  const fix = setupCommand(subject)
  // Without an agent that is what a deploy says already.
  const needed = agent !== null && subject.services.length > 0
  return [
    agentFinding(subject.report.host, fix),
    finding('set up', prepared, prepared ? 'yes' : 'no', { fix, problem: needed ? NOT_SET_UP : undefined }),
  ]
}

function agentFinding({ agent, legacy }: HostFacts, fix: string): Finding {
  if (agent === null) {
    return legacy
      ? finding('agent', false, 'not installed, but slipway 0.1 is', {
          fix,
          problem: 'it was set up by slipway 0.1',
        })
      : finding('agent', false, 'not installed', { fix, problem: NOT_SET_UP })
  }
  const { version, node, rooted } = agent
  const found = `version ${version}, Node ${node}`
  return finding('agent', rooted, rooted ? found : `${found}, which no root of Nix's collector keeps`, {
    fix,
  })
}

/** The finding about a host whose agent is installed and gives no answer, nor a report. */
export function silentAgent(host: string): Finding {
  const problem = "slipway's agent does not answer"
  return finding('agent', false, 'no answer', {
    fix: `${setupCommand({ host })} puts it in place again; journalctl -u slipway-agent there says what is wrong`,
    problem,
  })
}
