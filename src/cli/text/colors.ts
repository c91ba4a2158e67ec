import picocolors from 'picocolors'

/** Colours, only where both streams end at a terminal and nobody asked for none (no-color.org). */
export const colors = picocolors.createColors(
  !process.env.NO_COLOR && process.stdout.isTTY === true && process.stderr.isTTY === true,
)
