import { after } from 'node:test'

/** Collects what a suite has to undo, in reverse order, when it ends. Called in the body of `describe`. */
export function cleanups(): (clean: () => Promise<void>) => void {
  const steps: (() => Promise<void>)[] = []
  after(async () => {
    for (const step of steps.reverse()) await step()
  })
  return (clean) => {
    steps.push(clean)
  }
}
