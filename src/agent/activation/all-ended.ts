/** Waits for all of them, also where one fails: nothing is settled while others are at work. */
export async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
