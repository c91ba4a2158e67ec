import type { Survey } from '../../contract/survey.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { readDump } from '../nginx/dump.js'
import { type Directive, digestOf, NginxSyntaxError, parseNginx } from '../nginx/syntax.js'
import { dumpWithoutOurs } from '../nginx/test-tree.js'
import { nginxUnit } from '../nginx/unit.js'

/** The server blocks of nginx's configuration that slipway did not write. */
export async function surveyServers(agent: Agent): Promise<Pick<Survey, 'servers' | 'upstreams' | 'unread'>> {
  const dumped = await dumpWithoutOurs(agent, await nginxUnit(agent))
  const found: Pick<Survey, 'servers' | 'upstreams' | 'unread'> = { servers: [], upstreams: [], unread: [] }
  if (dumped === '') {
    found.unread.push({ file: 'nginx', why: 'it prints no configuration: see `nginx -t` on the host' })
  }
  for (const file of readDump(dumped).files) {
    try {
      const text = await readText(file)
      if (text !== undefined) take(found, { file, text }, parseNginx(text))
    } catch (error) {
      if (!(error instanceof NginxSyntaxError)) throw error
      found.unread.push({ file, why: error.message })
    }
  }
  return found
}

function take(
  found: Pick<Survey, 'servers' | 'upstreams'>,
  read: { file: string; text: string },
  directives: readonly Directive[],
): void {
  const { file } = read
  for (const one of directives) {
    const { name, args, line, block = [] } = one
    if (name === 'http') take(found, read, block)
    if (name === 'server') found.servers.push(serverOf(file, line, digestOf(read.text, one), block))
    if (name === 'upstream') {
      const servers = block.filter((one) => one.name === 'server').map((one) => one.args.join(' '))
      found.upstreams.push({ name: args[0] ?? '', file, line, servers })
    }
  }
}

function serverOf(
  file: string,
  line: number,
  digest: string,
  block: readonly Directive[],
): Survey['servers'][number] {
  return {
    ...{ file, line, digest },
    directives: block.filter((one) => one.block === undefined).map(plain),
    blocks: block.flatMap((one) => {
      const { name, args, line, block: inner } = one
      return inner === undefined ? [] : [{ name, args, line, directives: inner.map(plain) }]
    }),
  }
}

function plain({ name, args, line, block }: Directive) {
  return { name, args, line, block: block !== undefined }
}
