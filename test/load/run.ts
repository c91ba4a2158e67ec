import { events } from './events.js'
import { createLedger } from './ledger.js'
import type { ResolvedLoad } from './options.js'
import { createPace, type Pace } from './pace.js'
import { KINDS, type LoadReport } from './report.js'
import { fresh, keepAlive, slow } from './requests.js'
import { createStop } from './stop.js'
import type { Traffic } from './traffic.js'
import { upload } from './upload.js'
import { webSocket } from './web-socket.js'

/** A load that runs in this very thread. */
export interface Running {
  mark(label: string): number
  report(): LoadReport
  /** Sends no more requests, and waits for those under way. */
  stop(): Promise<LoadReport>
}

/** Starts all workers. */
export function run({ target, timeout, kinds }: ResolvedLoad): Running {
  const stop = createStop()
  const ledger = createLedger(KINDS.filter((kind) => kinds[kind] !== undefined))
  const traffic: Traffic = { target, ledger, stop, timeout }
  const workers: Promise<void>[] = []

  const start = <OPTIONS extends { workers: number; rate?: number; every?: number }>(
    options: OPTIONS | undefined,
    work: (pace: Pace, options: OPTIONS) => Promise<void>,
  ) => {
    for (let worker = 0; options && worker < options.workers; worker += 1) {
      workers.push(work(createPace(stop, options, worker), options))
    }
  }
  start(kinds.keepAlive, (pace, { bytes }) => keepAlive(traffic, pace, bytes))
  start(kinds.fresh, (pace) => fresh(traffic, pace))
  start(kinds.slow, (pace, options) => slow(traffic, pace, options.for, options.headers))
  start(kinds.upload, (pace, { bytes, for: milliseconds }) => upload(traffic, pace, bytes, milliseconds))
  start(kinds.webSocket, (pace, { bytes }) => webSocket(traffic, pace, bytes))
  start(kinds.events, (pace, { every }) => events(traffic, pace, every))

  // A worker that throws is a defect; seen at the stop, or by whoever runs this as unhandled.
  const done = Promise.all(workers)
  return {
    mark: ledger.mark,
    report: ledger.report,
    stop: async () => {
      ledger.stopped()
      stop.request()
      await done
      return ledger.settle()
    },
  }
}
