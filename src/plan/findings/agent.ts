import { type Finding, finding, type Subject, setupCommand } from './finding.js'

const NOT_SET_UP = 'slipway has not been set up there'

/** Whether slipway's own part of the host is there. */
export function agentFindings(subject: Subject): Finding[] {
  const { agent, prepared } = subject.report.host
  const fix = setupCommand(subject)
  // Without an agent that is what a deploy says already.
  const needed = agent !== null && subject.services.length > 0
  return [
    agentFinding(subject, fix),
    finding('set up', prepared, prepared ? 'yes' : 'no', { fix, problem: needed ? NOT_SET_UP : undefined }),
  ]
}

function agentFinding({ report: { host }, here }: Subject, fix: string): Finding {
  if (host.agent === null) {
    const found = host.legacy ? 'the shell program of slipway 0.1' : 'not installed'
    const problem = host.legacy ? 'it was set up by slipway 0.1' : NOT_SET_UP
    return finding('agent', false, here?.agent ?? found, { fix, problem })
  }
  const { version, node, rooted } = host.agent
  const found = `version ${version}, Node ${node}`
  return finding('agent', rooted, rooted ? found : `${found}, which no root of Nix's collector keeps`, {
    fix,
  })
}
