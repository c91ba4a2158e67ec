/** What a run has to undo when it ends, however it ends. */
export interface Cleanup {
  /** Aborted when the user asks to stop. */
  signal: AbortSignal
  /** Adds a step; steps run in reverse order. */
  later(step: () => Promise<void>): void
  /** Runs all steps, once. A step that fails doesn't stop the others. */
  run(): Promise<void>
}

/** Ctrl-C and SIGTERM abort the work in hand; its error then leads to the steps. */
export function createCleanup(): Cleanup {
  const controller = new AbortController()
  const steps: (() => Promise<void>)[] = []
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => controller.abort(new Error(`stopped by ${name}`)))
  }
  return {
    signal: controller.signal,
    later: (step) => {
      steps.push(step)
    },
    run: async () => {
      for (let step = steps.pop(); step; step = steps.pop()) {
        await step().catch((error: unknown) => console.error(error))
      }
    },
  }
}
