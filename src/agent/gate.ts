import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { ConnectExit } from '../contract/exit-codes.js'
import { CallFailed, failureText } from '../contract/failure.js'
import { deployUser } from './access/deploy-user.js'
import { askedText, gateFile, judge, parseCall } from './access/gate.js'
import { readKey } from './access/key-record.js'
import { logRefusal } from './access/refusal-log.js'
import type { KeySession } from './access/rights.js'
import type { Agent } from './agent.js'
import { connectLogin } from './connect.js'
import { createAgent } from './context.js'
import { placesAt } from './places.js'
import { untrustingSettings } from './realise/settings.js'
import { PATH } from './run.js'

/**
 * What sshd runs for a key. As the deploy user it judges what was asked for; as root, by sudo, it brings a login to the
 * agent or writes down what was refused. It runs nothing of what was asked. Resolves to an exit code.
 */
export function gate(words: readonly string[]): Promise<number> {
  return process.getuid?.() === 0 ? asRoot(words) : asDeployUser(words)
}

async function asRoot(words: readonly string[]): Promise<number> {
  const call = parseCall(words)
  if (call === undefined) return ConnectExit.refused
  const { service, name, connection, ask, text } = call
  if (ask === 'connect') return connectLogin({ connection, became: false, key: { service, name } })
  const agent = createAgent('error')
  const why = ask === 'copy' ? await copyProblem(agent, call) : text
  if (why === undefined) return 0
  if (ask === 'copy') process.stderr.write(`slipway refuses: ${why}\n`)
  await logRefusal(agent, call, why)
  return ConnectExit.refused
}

/** Why a key may send no store paths: its daemon has to take nothing on trust from it, however Nix is set. */
async function copyProblem(agent: Agent, key: KeySession): Promise<string | undefined> {
  try {
    if ((await readKey(agent, key)) === undefined) return 'this key is no longer authorised'
    await untrustingSettings(agent, (await deployUser(agent)) ?? '')
    return undefined
  } catch (error) {
    return error instanceof CallFailed ? failureText(error.failure) : String(error)
  }
}

async function asDeployUser([service = '', name = '']: readonly string[]): Promise<number> {
  const { SSH_ORIGINAL_COMMAND: asked, SSH_CONNECTION: connection = '' } = process.env
  const places = placesAt()
  const become = (...ask: string[]) =>
    run(['sudo', '-n', gateFile({ places }), service, name, connection, ...ask], {})
  const judged = judge(asked, service)
  switch (judged.kind) {
    case 'connect':
      return become('connect')
    case 'copy': {
      const refused = await become('copy')
      if (refused !== 0) return refused
      // Nothing is built this way, and nothing taken but what is named by its content, or signed.
      const argv = ['nix-store', '--serve', '--write', '--max-jobs', '0', '--builders', '']
      const code = await run(argv, { HOME: '/nonexistent', NIX_REMOTE: 'daemon' })
      if (code !== 0) await become('refused', `Nix did not take the packages (status ${code})`)
      return code
    }
    case 'refuse':
      process.stderr.write(`slipway refuses: ${judged.reason}\n`)
      return become('refused', `${judged.reason} (asked: ${askedText(asked)})`)
  }
}

/** Runs a program on this login's own streams, with an environment of its own. */
function run([program = '', ...args]: readonly string[], env: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { PATH, LC_ALL: 'C', ...env } })
    child.on('error', () => resolve(ConnectExit.refused))
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}
