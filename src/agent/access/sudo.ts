import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import type { Change } from './deploy-user.js'
import { gateFile } from './gate.js'

/** What a program that isn't there ends with. */
const NOT_FOUND = 127

/** The file of the rule for a user. */
export function sudoRule(user: string, etc: string): string {
  return join(etc, `sudoers.d/slipway-${user}`)
}

/** Lets sudo run the gate for a user, and nothing else. Tells what a person has to do first. */
export async function allowGate(
  agent: Agent,
  user: string,
  change: Change,
  etc: string,
): Promise<string | undefined> {
  const gate = gateFile(agent)
  if ((await agent.run(['visudo', '-V'])).code === NOT_FOUND) {
    return `install sudo, then run setup again: ${user} becomes root through it, for ${gate} alone`
  }
  const rule = `# Written by \`slipway setup --deploy-user\`.\n${user} ALL=(root) NOPASSWD: ${gate}\n`
  const path = sudoRule(user, etc)
  if ((await readText(path)) === rule) return undefined
  if (!change(`let sudo run ${gate} for ${user}, and nothing else`)) return undefined
  // sudo passes over files with a dot in their names.
  const candidate = `${path}.new`
  await agent.files.write(candidate, rule, 0o440)
  const { code, stdout, stderr } = await agent.run(['visudo', '-cqf', candidate])
  if (code !== 0) {
    await agent.files.remove(candidate)
    throw failed('sudo does not understand the rule for the deploy user; nothing was changed', {
      why: `${stdout}${stderr}`.trim(),
    })
  }
  await agent.files.move(candidate, path)
  return undefined
}
