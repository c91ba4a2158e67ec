import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import { NGINX_INCLUDE } from '../../contract/setup.js'
import { ETC, isNixos } from '../access/publish.js'
import type { Agent } from '../agent.js'
import { leadsSomewhere, readText } from '../files.js'
import { reloadNginx } from '../nginx/reload.js'
import { type TestResult, testTree } from '../nginx/test-tree.js'
import { NGINX_UNIT } from '../nginx/unit.js'
import { includeFile } from '../setup/nginx.js'

/** What nginx is asked, and told. */
export interface NginxLeft {
  /** Whether there is one. */
  installed: boolean
  /** Tests its configuration with a tree in place of the live one; undefined: as it is. */
  test?(folder: string | undefined): Promise<TestResult>
  reload?(): Promise<void>
}

/** Takes what nginx includes away, once its configuration holds without. */
export async function leaveNginx(
  agent: Agent,
  {
    installed,
    test = (folder) => testTree(agent, { folder, domains: [] }),
    reload = () => reloadNginx(agent),
  }: NginxLeft,
  etc = ETC,
): Promise<void> {
  const { nginx, nginxTrees } = agent.places
  const path = includeFile(etc)
  // What somebody has added to it is theirs.
  const ours = (await readText(path)) === `${NGINX_INCLUDE}\n`
  if (ours) await agent.files.remove(path)
  if (installed) {
    const complaint = await complaintWithoutUs(agent, test).catch(async (error) => {
      if (ours) await agent.files.write(path, `${NGINX_INCLUDE}\n`)
      throw error
    })
    if (complaint !== undefined) {
      if (ours) await agent.files.write(path, `${NGINX_INCLUDE}\n`)
      throw failed('nginx does not take its configuration without what slipway wrote', {
        why: complaint,
        next: await cure(agent, etc),
      })
    }
  }
  await agent.files.remove(nginx)
  await agent.files.remove(nginxTrees)
  if (installed && (await agent.systemd.unit(NGINX_UNIT)).active === 'active') await reload()
}

async function complaintWithoutUs(
  agent: Agent,
  test: NonNullable<NginxLeft['test']>,
): Promise<string | undefined> {
  const folder = join(agent.places.run, 'nginx-none')
  try {
    await agent.files.makeFolder(folder)
    const result = await test((await leadsSomewhere(agent.places.nginx)) ? folder : undefined)
    return result.kind === 'complaint' ? result.complaint : undefined
  } finally {
    await agent.files.remove(folder)
  }
}

async function cure({ places }: Agent, etc: string): Promise<string> {
  if (await isNixos(etc)) {
    return 'Take services.slipway-host, or the lines that setup named, out of the NixOS configuration, and switch to it; then run the command again.'
  }
  return `Take the lines that name ${places.nginx} or ${includeFile(etc)} out of nginx's configuration (grep -rn slipway ${join(etc, 'nginx')}); then run the command again.`
}
