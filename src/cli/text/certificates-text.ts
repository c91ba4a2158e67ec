import type { HostCertificate } from '../../engine/certificates.js'
import { certificateState } from '../../plan/certificates.js'
import { colors as pc } from './colors.js'

/** What came of getting certificates, a line each; and what to do where nothing did. */
export function certificatesText(found: readonly HostCertificate[], now: number): string {
  return found
    .flatMap((one) => {
      const { level, text, fix } = certificateState(one, now)
      const mark = level === 'good' ? pc.green('✓') : pc.yellow('!')
      const line = `${mark} certificate for ${one.domain} on ${one.host}${level === 'good' ? ', ' : ': '}${text}`
      return fix === undefined ? [line] : [line, `  ${pc.cyan('next:')} ${fix}`]
    })
    .join('\n')
}
