import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { execa, execaSync } from 'execa'
import { down, type ImageKind, powerOff, sshTarget, up } from '../../src/rehearse/index.js'

/** How often, and with what pause, a host is tried that is expected to come back. */
const REACHABLE_TRIES = 100
const REACHABLE_PAUSE_MS = 200

/** A real host that tests deploy to, and what they ask of it. */
export interface LabHost {
  name: string
  address: string
  /** Runs a script as root there; throws where it fails. */
  run(script: string): Promise<string>
  /** Writes a file there. */
  write(path: string, content: string | Uint8Array): Promise<void>
  /** Asks nginx for a path of a domain, over the network. */
  get(domain: string, path: string, options?: { headers?: Record<string, string> }): Promise<Answer>
  /** Waits until it takes logins again. */
  reachable(): Promise<void>
  powerOff(): Promise<void>
  boot(): Promise<void>
}

export interface Answer {
  status: number
  headers: Headers
  body: string
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** As old as the compiled program: see scripts/build.mjs. */
const STAMP = 'node_modules/.slipway-built'

/** What tests deploy with is the compiled program: one that is older than its sources would be yesterday's. */
function requireFreshBuild(): void {
  const find = ['src', 'scripts/build.mjs', 'host', '-newer', STAMP, '-type', 'f']
  const { stdout, exitCode } = execaSync('find', find, { cwd: ROOT, reject: false })
  if (exitCode === 0 && stdout === '') return
  throw new Error(
    `dist is older than ${stdout.split('\n')[0] || 'its sources'}: run \`npm run build\`, or \`npm run lab -- NAME\``,
  )
}

/** A fresh host, gone again when `after` runs. */
export async function labHost(
  name: string,
  after: (clean: () => Promise<void>) => void,
  options: { image?: ImageKind; toolchain?: boolean } = {},
): Promise<LabHost> {
  requireFreshBuild()
  await down(name).catch(() => undefined)
  if (process.env.SLIPWAY_LAB_KEEP === undefined) after(() => down(name).catch(() => undefined))
  const { address } = await up(name, options)
  const target = await sshTarget(name)
  return {
    name,
    address,
    run: async (script) => {
      const result = await execa('ssh', [...target.options, target.destination, '--', script], {
        reject: false,
      })
      assert.equal(result.exitCode, 0, `on ${name}: ${script}\n${result.stderr}`)
      return result.stdout
    },
    write: async (path, content) => {
      const words = [...target.options, target.destination, '--', `cat >'${path}'`]
      await execa('ssh', words, { input: content })
    },
    get: (domain, path, { headers = {} } = {}) => httpGet(address, domain, path, headers),
    reachable: async () => {
      const options = ['-o', 'ConnectTimeout=1', ...target.options]
      for (let tried = 0; tried < REACHABLE_TRIES; tried += 1) {
        const { exitCode } = await execa('ssh', [...options, target.destination, 'true'], { reject: false })
        if (exitCode === 0) return
        await sleep(REACHABLE_PAUSE_MS)
      }
      assert.fail(`${name} takes no logins`)
    },
    powerOff: () => powerOff(name),
    boot: async () => {
      await up(name)
    },
  }
}

/** Adds the user `deployer`, who logs in with the key of the lab and may do nothing more. */
export async function addDeployer(host: LabHost): Promise<void> {
  await host.run(
    'useradd -m -s /bin/bash deployer && mkdir -p ~deployer/.ssh && cp ~/.ssh/authorized_keys ~deployer/.ssh/ && chown -R deployer: ~deployer/.ssh',
  )
}

/** `fetch` can't set Host; curl can, and shows what a browser would get. */
async function httpGet(
  address: string,
  domain: string,
  path: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const given = Object.entries({ Host: domain, ...headers }).flatMap(([name, value]) => [
    '-H',
    `${name}: ${value}`,
  ])
  const { stdout } = await execa(
    'curl',
    ['-sS', '-i', '--max-time', '20', ...given, `http://${address}${path}`],
    {
      stripFinalNewline: false,
    },
  )
  const [head = '', ...body] = stdout.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  return {
    status: Number(first.split(' ')[1]),
    headers: new Headers(lines.map((line) => splitOnce(line, ': '))),
    body: body.join('\r\n\r\n'),
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator)
  return [text.slice(0, index), text.slice(index + separator.length)]
}
