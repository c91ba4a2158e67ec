import { parseArgs } from 'node:util'
import { AGENT_VERSION } from './version.js'

/** The command line is not what anybody should call by hand (sysexits.h). */
const EXIT_USAGE = 64

/**
 * What systemd, sshd's gate and logins run; `slipway` on a deployer's machine is the program for people. Each
 * part is loaded when it is called: a login waits for its connector.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      /** The connection of a login, as sshd names it. */
      connection: { type: 'string', default: '' },
    },
  })
  const [verb, ...words] = positionals
  switch (verb) {
    case 'serve':
      await (await import('./serve.js')).serve()
      return new Promise(() => undefined)
    case 'connect': {
      const became = process.env.SUDO_USER !== undefined || process.env.DOAS_USER !== undefined
      const { connectLogin } = await import('./connect.js')
      return connectLogin({ connection: values.connection, became, key: null })
    }
    case 'exec':
      return (await import('./exec.js')).execAs(
        words[0] ?? '',
        words[1] === 'tty' ? 'pty' : 'pipe',
        words.slice(2),
      )
    case 'ask':
      return (await import('./ask.js')).answerQuestions()
    case 'gate':
      return (await import('./gate.js')).gate(words)
    case 'expire':
      return (await import('./expire.js')).expire(words[0] ?? '')
    case 'call':
      return (await import('./call.js')).callByName(words[0])
    case 'leave':
      return (await import('./uninstall/leave.js')).leaveHere(words[0])
    case 'swap':
      return (await import('./upgrade/swap.js')).swapHere(words[0] ?? '')
    case 'version':
      process.stdout.write(`${AGENT_VERSION}\n`)
      return 0
    default:
      process.stderr.write(
        'usage: agent serve | connect | ask | exec SERVICE tty|pipe -- WORD… | call NAME | expire ID | leave [FOLDER] | swap HASH | version\n',
      )
      return EXIT_USAGE
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(1)
  },
)
