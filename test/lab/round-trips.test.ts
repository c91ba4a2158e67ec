import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { appConfig, appProject, type Project } from './project.js'

const OPTIONS = `listen: 'port', health: { path: '/health' }, routes: ['http://app.example.test']`

/** A login to work over, and one to confirm. */
const MOST_LOGINS = 2
/** Beside those of `nix copy`. */
const MOST_COMMANDS = 6

/** Where the host writes down the commands that logins run. */
const COMMANDS = '/run/commands'
/** Begins the commands by which the test itself asks. */
const MARK = 'counting'

/**
 * sshd runs this in place of every command: it writes down what was asked for, a line each, and then does
 * it as sshd would have, with the login's shell.
 */
const WRAPPER = `#!/bin/sh
printf '%s\\n' "$SSH_ORIGINAL_COMMAND" | tr '\\n' ' ' | sed 's/$/\\n/' >> ${COMMANDS}
exec "$SHELL" -c "$SSH_ORIGINAL_COMMAND"
`

describe('round trips', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  before(async () => {
    host = await labHost('b-trips', after)
    app = await appProject(host.name, after, OPTIONS)
    await host.run(`cat > /usr/local/bin/counted <<'END'
${WRAPPER}END
chmod 755 /usr/local/bin/counted
echo 'ForceCommand /usr/local/bin/counted' > /etc/ssh/sshd_config.d/counted.conf
systemctl reload ssh`)
    assert.equal((await app.slipway('setup', 'web')).code, 0)
    assert.equal((await app.slipway('deploy')).code, 0)
  })

  /** Asks the host something that doesn't count itself. */
  const ask = (script: string) => host.run(`: ${MARK}; ${script}`)

  /** Runs slipway, and tells what that cost, seen from the host. */
  async function cost(...words: string[]) {
    const cursor = await ask(
      `rm -f ${COMMANDS}; journalctl --sync; journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p'`,
    )
    const ended = await app.slipway(...words)
    const accepted = await ask(
      `journalctl --sync; journalctl -o cat --after-cursor='${cursor.trim()}' -t sshd -t sshd-session | grep '^Accepted publickey'`,
    )
    const commands = (await ask(`cat ${COMMANDS}`))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(`: ${MARK}`))
    const isCopy = (line: string) => /\bnix-store --serve\b/.test(line)
    return {
      ended,
      // The last one is the login that asked.
      logins: accepted.trimEnd().split('\n').length - 1,
      copies: commands.filter(isCopy),
      commands: commands.filter((line) => !isCopy(line)),
    }
  }

  it('redeploys one changed service with few', async () => {
    await app.write('message', 'two\n')
    const { ended, logins, copies, commands } = await cost('deploy')
    assert.equal(ended.code, 0, ended.text)
    assert.match(ended.stdout, /release 2 serves/)
    // What little is new goes over the agent's stream.
    assert.deepEqual(copies, [])
    assert.ok(logins >= 1 && logins <= MOST_LOGINS, `${logins} logins`)
    assert.ok(commands.length >= 1 && commands.length <= MOST_COMMANDS, commands.join('\n'))
  })

  it('redeploys one changed secret with as few', async () => {
    const secrets = `secrets: { PIN: { from: { env: 'TRIPS_PIN' } } }`
    await app.write('slipway.config.ts', appConfig(host.name, `${OPTIONS}, ${secrets}`))
    process.env.TRIPS_PIN = '1'
    assert.equal((await app.slipway('deploy')).code, 0)
    process.env.TRIPS_PIN = '2'
    const { ended, logins, commands } = await cost('deploy')
    assert.equal(ended.code, 0, ended.text)
    assert.match(ended.stderr, /secret PIN changed/)
    assert.ok(logins >= 1 && logins <= MOST_LOGINS, `${logins} logins`)
    assert.ok(commands.length >= 1 && commands.length <= MOST_COMMANDS, commands.join('\n'))
  })

  it('needs one login, and copies nothing, when nothing changed', async () => {
    const { ended, logins, copies, commands } = await cost('deploy')
    assert.equal(ended.code, 0, ended.text)
    assert.match(ended.stdout, /unchanged/)
    assert.equal(logins, 1)
    assert.deepEqual(copies, [])
    assert.ok(commands.length >= 1 && commands.length <= MOST_COMMANDS, commands.join('\n'))
  })
})
