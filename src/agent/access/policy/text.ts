/** The longest part of what was sent that a refusal shows, in characters. */
const SHOWN_LENGTH = 120

/** C0 and C1, DEL: what would speak to a terminal, or end a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
/** The same but for tabs and line breaks, which values of variables and arguments may have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_BUT_BREAKS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/

/** Whether a text is one line that a terminal can show as it is. */
export function isLine(text: string): boolean {
  return !CONTROL.test(text)
}

export function isText(text: string): boolean {
  return !CONTROL_BUT_BREAKS.test(text)
}

/** What may be shown of what was sent. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const short = text.slice(0, SHOWN_LENGTH)
  return /^[ -~]*$/.test(short) ? short : '(not printable)'
}

/** A list with one problem, or with none. */
export function problem(wrong: boolean, text: string): string[] {
  return wrong ? [text] : []
}
