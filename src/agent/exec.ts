import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { commandProperties, NoSandbox } from '../release/command-properties.js'
import { WITH_SECRETS } from '../release/credentials.js'
import { createAgent } from './context.js'
import { ENVIRONMENT } from './run.js'
import { readRelease } from './services/releases.js'
import { currentRelease, currentSlot } from './services/slots.js'
import { systemdRun } from './systemd/systemd-run.js'

/** Runs a command as a service would: its user, environment, folders and sandbox. Resolves to its exit code. */
export async function execAs(
  service: string,
  pipe: 'pipe' | 'pty',
  words: readonly string[],
): Promise<number> {
  const agent = createAgent('error')
  try {
    const number = await currentRelease(agent, service)
    const slot = await currentSlot(agent, service)
    if (number === undefined || slot === undefined) return refuse(`the host has no service ${service}`)
    const { manifest, dir, layout } = await readRelease(agent, service, number)
    if (manifest === null) return refuse(`${service} was deployed by slipway 0.1; deploy it once more`)
    // Only socket units depend on nginx's group.
    const features = { systemd: await agent.systemd.version(), nginxGroup: 'root' }
    const properties = commandProperties(manifest, features, { releaseDir: dir, slot })
    // systemd-run looks for programs itself, and not on the service's PATH: env(1) does on the one it gets.
    const found = ['/usr/bin/env', '--', ...words]
    const command = layout.secretVariables ? ['/bin/sh', join(dir, WITH_SECRETS), ...found] : found
    const [program = '', ...args] = systemdRun({ properties, wait: true, pipe, command })
    const child = spawn(program, args, {
      stdio: 'inherit',
      env: { ...ENVIRONMENT, TERM: process.env.TERM ?? 'dumb' },
    })
    return await new Promise((resolve) => {
      child.on('error', (error) => resolve(refuse(error.message)))
      child.on('close', (code) => resolve(code ?? 1))
    })
  } catch (error) {
    if (error instanceof NoSandbox) return refuse(error.message)
    throw error
  } finally {
    agent.systemd.close()
  }
}

function refuse(text: string): number {
  process.stderr.write(`${text}\n`)
  return 1
}
