/**
 * Variables as an `EnvironmentFile=`, see systemd.exec(5): inside double quotes a backslash escapes
 * `"`, `\`, `$` and the backtick, and line breaks are kept.
 */
export function renderEnvFile(env: Record<string, string>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}="${value.replace(/["\\$`]/g, '\\$&')}"\n`)
    .join('')
}
