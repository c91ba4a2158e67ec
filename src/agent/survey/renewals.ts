import { join } from 'node:path'
import type { Survey } from '../../contract/survey.js'
import { listFolder, readText } from '../files.js'

const RENEWAL = '/etc/letsencrypt/renewal'

/** What certbot renews here. */
export async function renewals(folder = RENEWAL): Promise<Survey['renewals']> {
  const names = (await listFolder(folder)).filter((name) => name.endsWith('.conf'))
  return Promise.all(
    names.map(async (name) => {
      const file = join(folder, name)
      const text = (await readText(file)) ?? ''
      const [, authenticator = null] = /^authenticator\s*=\s*(\S+)\s*$/m.exec(text) ?? []
      // `webroot_path = /a,/b,`, and below `[[webroot_map]]` lines `a.example = /a`
      const [, paths = ''] = /^webroot_path\s*=\s*(.*)$/m.exec(text) ?? []
      const [, map = ''] = /^\[\[webroot_map\]\]\s*$([\s\S]*)/m.exec(text) ?? []
      const mapped = [...map.matchAll(/^[^[=#\n]+=(.*)$/gm)].map(([, path = '']) => path)
      const webroots = [...paths.split(','), ...mapped].map((path) => path.trim()).filter(Boolean)
      return { webroots: [...new Set(webroots)], name: name.replace(/\.conf$/, ''), file, authenticator }
    }),
  )
}
