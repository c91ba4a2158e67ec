/** A block of nginx's configuration. */
export function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`
}

/**
 * For locations that add headers, to which those of their server are lost. Without a value nginx leaves it out
 * (RFC 6797, section 6.1).
 */
export const HSTS = 'add_header Strict-Transport-Security $slipway_hsts always;'
