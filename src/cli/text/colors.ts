import picocolors from 'picocolors'

/** Whether somebody asked for no colours: by the variable (no-color.org), or for one command. */
export const colorsUnwanted = Boolean(process.env.NO_COLOR) || process.argv.includes('--no-color')

/** Colours, only where both streams end at a terminal and nobody asked for none. */
export const colors = picocolors.createColors(
  !colorsUnwanted && process.stdout.isTTY === true && process.stderr.isTTY === true,
)
