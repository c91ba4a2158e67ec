import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { ConnectExit } from '../contract/exit-codes.js'
import { askedText, gateFile, judge, parseCall } from './access/gate.js'
import { logRefusal } from './access/refusal-log.js'
import { connectLogin } from './connect.js'
import { createAgent } from './context.js'
import { exists } from './files.js'
import { placesAt } from './places.js'
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
  const { service, name, connection, refused } = call
  if (refused === undefined) return connectLogin({ connection, became: false, key: { service, name } })
  const agent = createAgent('error')
  await logRefusal(agent, call, refused)
  return ConnectExit.refused
}

async function asDeployUser([service = '', name = '']: readonly string[]): Promise<number> {
  const { SSH_ORIGINAL_COMMAND: asked, SSH_CONNECTION: connection = '' } = process.env
  const places = placesAt()
  const become = (...more: string[]) =>
    run(['sudo', '-n', gateFile({ places }), service, name, connection, ...more], {})
  const known = await exists(join(places.access, 'keys', service, `${name}.json`))
  const judged = judge(asked, { service, known })
  switch (judged.kind) {
    case 'connect':
      return become()
    case 'copy': {
      // Nothing is built here for a key: what it sends is signed, or refused.
      const argv = ['nix-store', '--serve', '--write', '--max-jobs', '0', '--builders', '']
      const code = await run(argv, { HOME: '/nonexistent', NIX_REMOTE: 'daemon' })
      if (code !== 0) await become(`Nix did not take the packages (status ${code})`)
      return code
    }
    case 'refuse':
      process.stderr.write(`slipway refuses: ${judged.reason}\n`)
      return become(`${judged.reason} (asked: ${askedText(asked)})`)
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
