/** A block of nginx's configuration. */
export function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`
}

/**
 * Where a location adds headers, those of its server are lost to it. The host gives the variable its value;
 * without one nginx leaves the header out.
 */
export const HSTS = 'add_header Strict-Transport-Security $slipway_hsts always;'
