import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { ConnectExit } from '../contract/exit-codes.js'
import { CallFailed, failureText } from '../contract/failure.js'
import type { Key } from '../contract/key.js'
import { deployUser } from './access/deploy-user.js'
import { askedText, gateFile, gateWords, judge, keyOfWords, parseCall } from './access/gate.js'
import { readKey } from './access/key-record.js'
import { countLogins } from './access/logins.js'
import { keyRights } from './access/rights.js'
import type { Agent } from './agent.js'
import { connectLogin, tellRefused } from './connect.js'
import { createAgent } from './context.js'
import { placesAt } from './places.js'
import { untrustingSettings } from './realise/settings.js'
import { ROOM_BYTES, watchRoom } from './room/free.js'
import { PATH } from './run.js'

/**
 * What sshd may run for a key at a time: its logins to the agent, and copies of packages, which the agent does not see.
 * Each is some processes, of which a host has only so many.
 */
const MOST_COMMANDS = { ofOneService: 24, ofSeveral: 64 }
/** What of a command line is written down, in characters. */
const TOLD_LENGTH = 512

/**
 * What sshd runs for a key. As the deploy user it judges what was asked for; as root, by sudo, it brings a login to the
 * agent or has it write down what was refused. It runs nothing of what was asked. Resolves to an exit code.
 */
export function gate(words: readonly string[]): Promise<number> {
  return process.getuid?.() === 0 ? asRoot(words) : asDeployUser(words)
}

async function asRoot(words: readonly string[]): Promise<number> {
  const call = parseCall(words)
  if (call === undefined) return ConnectExit.refused
  const { key, connection, ask, text } = call
  const peer = { connection, became: false, key }
  if (ask === 'connect') return connectLogin(peer)
  const why = ask === 'copy' ? await copyProblem(createAgent('error'), key) : text
  if (why === undefined) return 0
  if (ask === 'copy') process.stderr.write(`slipway refuses: ${why}\n`)
  await tellRefused({ ...peer, refused: why })
  return ConnectExit.refused
}

/** Why a key may send no store paths: its daemon has to take nothing on trust from it, however Nix is set. */
async function copyProblem(agent: Agent, key: Key): Promise<string | undefined> {
  try {
    if ((await readKey(agent, key)) === undefined) return 'this key is no longer authorised'
    await untrustingSettings(agent, (await deployUser(agent)) ?? '')
    return undefined
  } catch (error) {
    return error instanceof CallFailed ? failureText(error.failure) : String(error)
  }
}

async function asDeployUser(words: readonly string[]): Promise<number> {
  const { SSH_ORIGINAL_COMMAND: asked, SSH_CONNECTION: connection = '' } = process.env
  const agent = { places: placesAt() }
  const key = keyOfWords(words)
  if (key === undefined) return ConnectExit.refused
  const become = (...ask: string[]) =>
    run(['sudo', '-n', gateFile(agent), ...gateWords(key), connection, ...ask], {})
  const refuse = (reason: string, told = reason) => {
    process.stderr.write(`slipway refuses: ${reason}\n`)
    return become('refused', told.slice(0, TOLD_LENGTH))
  }
  const most = key.service === null ? MOST_COMMANDS.ofSeveral : MOST_COMMANDS.ofOneService
  if ((await countLogins(agent, key)) > most)
    return refuse(`this key has ${most} logins, and gets no more at a time`)
  const record = await readKey(agent, key)
  const judged = judge(asked, record && keyRights(key, record))
  switch (judged.kind) {
    case 'connect':
      return become('connect')
    case 'copy': {
      const refused = await become('copy')
      if (refused !== 0) return refused
      // Nothing is built this way, and nothing taken but what is named by its content, or signed.
      const argv = ['nix-store', '--serve', '--write', '--max-jobs', '0', '--builders', '']
      let full = false
      const code = await run(argv, { HOME: '/nonexistent', NIX_REMOTE: 'daemon' }, (end) =>
        watchRoom(['/nix/store'], () => {
          full = true
          end()
        }),
      )
      if (full) return refuse(`less than ${ROOM_BYTES / 1024 ** 2} MiB are left on the disk of /nix/store`)
      if (code !== 0) await become('refused', `Nix did not take the packages (status ${code})`)
      return code
    }
    case 'refuse':
      return refuse(judged.reason, `${judged.reason} (asked: ${askedText(asked)})`)
  }
}

/**
 * Runs a program on this login's own streams, with an environment of its own.
 * @param watch Begins to look whether it has to end, and gives what ends that.
 */
function run(
  [program = '', ...args]: readonly string[],
  env: Record<string, string>,
  watch: (end: () => void) => () => void = () => () => undefined,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { PATH, LC_ALL: 'C', ...env } })
    const endWatch = watch(() => child.kill())
    child.on('error', () => {
      endWatch()
      resolve(ConnectExit.refused)
    })
    child.on('close', (code, signal) => {
      endWatch()
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}
