import type { DeployResult, Line } from '../../../src/server/jobs/output.js'
import type { Process } from '../../../src/server/jobs/process.js'
import type { Runner } from '../../../src/server/jobs/worker.js'
import type { Job } from '../../../src/server/store/jobs.js'
import type { Store } from '../../../src/server/store/store.js'

/** A deploy as a process: what it does next, step by step, until it ends. */
interface Child {
  process: Process
  job: Job
  lines: Line[]
  registered: boolean
  alive: boolean
  told: boolean
  next: number
  /** What served before. */
  before: string | undefined
  /** Ended by `kill -9`. */
  killed: boolean
  said?: DeployResult['outcomes'][number]['result']
}

const STEPS = ['register', 'build', 'plan', 'apply', 'active', 'confirm', 'result'] as const

/** What outlives a server that is killed: processes, their files, and what hosts serve. */
export function createWorld(random: () => number) {
  const children: Child[] = []
  const serving = new Map<string, string>()
  /** Every change of what serves, in order. */
  const changes: { source: string; commit: string }[] = []
  const doubled: string[] = []

  const childOf = (job: Job) =>
    children.findLast((child) => child.job.id === job.id && child.job.attempt === job.attempt)

  function write(
    child: Child,
    result: DeployResult['outcomes'][number]['result'],
    reason: string | null,
  ): void {
    const { source } = child.job
    const outcome = { name: source, host: 'web', result, release: 1, serving: 1, reason }
    child.lines.push({ type: 'result', result: { outcomes: [outcome], failures: [] } })
    child.said = result
    child.alive = false
  }

  const tell = (child: Child, step: 'starting' | 'active' | 'confirmed' | 'reverted') =>
    child.lines.push({ type: 'host', host: 'web', event: { item: child.job.source, step, detail: null } })

  /** A host puts back what nobody confirmed. */
  function revert(child: Child): void {
    if (STEPS[child.next] === 'active' || STEPS[child.next] === 'confirm') {
      const { source } = child.job
      if (child.before === undefined) serving.delete(source)
      else serving.set(source, child.before)
    }
  }

  function advance(child: Child, store: Store): unknown {
    const { source, commit } = child.job
    const step = STEPS[child.next]
    if (child.told && child.registered && (child.next <= 3 || step === 'active' || step === 'confirm')) {
      if (child.next <= 3) child.lines.push({ type: 'error', what: 'stopped on request' })
      else {
        child.lines.push({ type: 'stopping' })
        revert(child)
        tell(child, 'reverted')
        write(child, 'failed', 'stopped on request')
      }
      child.alive = false
      return
    }
    child.next += 1
    switch (step) {
      case 'register': {
        if (!store.jobs.register(child.job.id, child.job.attempt, child.process)) {
          child.alive = false
          return
        }
        child.registered = true
        const others = children.filter((other) => other !== child && other.alive && other.registered)
        if (others.some((other) => other.job.source === source)) doubled.push(`${source}: two at once`)
        return
      }
      case 'build':
        return child.lines.push({ type: 'build' })
      case 'plan':
        if (serving.get(source) === commit) return write(child, 'unchanged', null)
        return child.lines.push({ type: 'planned' })
      case 'apply':
        child.before = serving.get(source)
        serving.set(source, commit)
        return tell(child, 'starting')
      case 'active':
        return tell(child, 'active')
      case 'confirm':
        changes.push({ source, commit })
        return tell(child, 'confirmed')
      default:
        return write(child, 'deployed', null)
    }
  }

  return {
    children,
    serving,
    changes,
    doubled,
    /** Lets one process go on. */
    step(store: Store): void {
      const alive = children.filter((child) => child.alive)
      const child = alive[Math.floor(random() * alive.length)]
      if (child) advance(child, store)
    },
    /** Ends one process as `kill -9` does; its host puts back what was not confirmed. */
    kill(): void {
      const alive = children.filter((child) => child.alive)
      const child = alive[Math.floor(random() * alive.length)]
      if (!child) return
      revert(child)
      child.alive = false
      child.killed = true
    },
    killed: (job: number) => children.filter((child) => child.killed && child.job.id === job).length,
    /** What a server that is there now has processes for: it knows those that it began itself. */
    runner(): Runner {
      const mine = new Set<Child>()
      return {
        checkout: async () => '/work',
        start: (job) => {
          const process = { pid: children.length + 1, started: '1', boot: 'one' }
          const child = {
            ...{ process, job, next: 0 },
            lines: [],
            registered: false,
            alive: true,
            told: false,
            killed: false,
          }
          children.push({ ...child, before: undefined })
          const begun = children.at(-1)
          if (begun) mine.add(begun)
        },
        begun: (job) => {
          const child = childOf(job)
          if (!child || !mine.has(child)) return undefined
          return child.alive ? 'starting' : 'over'
        },
        ageOf: () => 0,
        isAlive: ({ pid }) => children[pid - 1]?.alive === true,
        signal: ({ pid }, name) => {
          const child = children[pid - 1]
          if (!child?.alive) return
          if (name === 'SIGINT') child.told = true
          else {
            revert(child)
            child.alive = false
          }
        },
        read: (job) => {
          const lines = childOf(job)?.lines ?? []
          return { lines: lines.slice(job.read), read: lines.length, size: lines.length }
        },
        lastWords: (job) => {
          const lines = childOf(job)?.lines ?? []
          const result = lines.findLast((line) => line.type === 'result')
          const error = lines.findLast((line) => line.type === 'error')
          return { result: result?.result, error }
        },
        complaint: () => undefined,
        clean: () => undefined,
      }
    },
  }
}
