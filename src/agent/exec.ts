import { spawn } from 'node:child_process'
import { NoSandbox } from '../release/command-properties.js'
import { createAgent } from './context.js'
import { ENVIRONMENT } from './run.js'
import { releaseCommand } from './services/release-command.js'
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
    const release = await readRelease(agent, service, number)
    // systemd-run looks for programs itself, and not on the service's PATH: env(1) does on the one it gets.
    const found = ['/usr/bin/env', '--', ...words]
    const { properties, command } = await releaseCommand(agent, release, slot, found)
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
