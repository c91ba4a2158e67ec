/**
 * What would speak to a terminal instead of being shown: C0 but tabs and line breaks, DEL, C1, and what turns the
 * direction of writing (Unicode TR36). The colours that this program writes itself are let through.
 */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(\u001b\[(?:[0-79]|2[1-9]|3[0-79]|4[0-79]|9[0-7]|10[0-7])m)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Text as a terminal can show it: whatever a service, a key or a host put into it stands there as a mark. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (_, colour?: string) => colour ?? '\ufffd')
}

/** The same for JSON, in which nothing is lost. */
export function printableJson(json: string): string {
  return json.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
