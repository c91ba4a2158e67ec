import { createLog } from '../../src/agent/log.js'
import { runProgram } from '../../src/agent/run.js'
import { connectSystemd } from '../../src/agent/systemd/client.js'
import { notifyReady, notifyWatchdog, watchdogInterval } from '../../src/agent/systemd/notify.js'
import type { Systemd } from '../../src/agent/systemd/systemd.js'
import { systemdRun, type TransientUnit } from '../../src/agent/systemd/systemd-run.js'

/**
 * Runs on a lab host: does what its argument lists with systemd there, one after the other, and prints what came of
 * each. Both are JSON.
 */
const systemd = connectSystemd({ log: createLog('debug', (line) => process.stderr.write(line)) })

const doings: Record<string, (...args: string[]) => Promise<unknown>> = {
  /** A method of Systemd, with text as arguments. */
  call: (method = '', ...args) => {
    const given = systemd[method as keyof Systemd] as (...args: string[]) => unknown
    return Promise.resolve(given(...args))
  },
  list: (...patterns) => systemd.list(patterns),
  units: (...names) => systemd.units(names),
  startFor: (name = '', milliseconds) =>
    systemd.start(name, { signal: AbortSignal.timeout(Number(milliseconds)) }),
  /** Asks one question after the other for a time; ends with how many were answered. */
  askFor: async (name = '', milliseconds) => {
    const end = performance.now() + Number(milliseconds)
    let answered = 0
    for (; performance.now() < end; answered += 1) {
      const { id } = await systemd.unit(name)
      if (id !== name) throw new Error(`asked for ${name}, told of ${id}`)
    }
    return answered
  },
  /** How long so many questions at once, and one after the other, take; milliseconds. */
  time: async (name = '', count) => {
    const names = Array.from({ length: Number(count) }, () => name)
    await systemd.unit(name)
    const start = performance.now()
    await systemd.units(names)
    const between = performance.now()
    for (const one of names) await systemd.unit(one)
    return { together: between - start, inTurn: performance.now() - between }
  },
  run: (transient = '') => runProgram(systemdRun(JSON.parse(transient) as TransientUnit)),
  /** As the agent tells systemd of itself, until it is stopped. */
  notify: async () => {
    await notifyReady(runProgram)
    setInterval(() => void notifyWatchdog(runProgram), watchdogInterval())
    await new Promise(() => undefined)
  },
}

/** What came of one. */
export interface Told {
  value?: unknown
  error?: { name: string; message: string }
}

async function told([doing = '', ...args]: string[]): Promise<Told> {
  try {
    return { value: await doings[doing]?.(...args) }
  } catch (error) {
    const { name, message } = error as Error
    return { error: { name, message } }
  }
}

const all: Told[] = []
for (const words of JSON.parse(process.argv[2] ?? '') as string[][]) all.push(await told(words))
process.stdout.write(JSON.stringify(all))
systemd.close()
