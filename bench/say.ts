/** Tells what is being measured; results alone go to the standard output. */
export function say(text: string): void {
  process.stderr.write(`# ${text}\n`)
}
