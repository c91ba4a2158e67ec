/** Counts what was changed so far, so that no two changes are the same. */
let changes = 0

/** A text that was in no build before. */
export function newMessage(): string {
  changes += 1
  return `message ${changes} of ${process.pid} at ${Date.now()}`
}
