import type { LabHost } from '../test/lab/host.js'
import { MODES, type Mode, modeDomain, type Services } from './modes.js'
import type { Stage } from './stage.js'

/** What people write by hand: nginx with static upstreams, and plain units of the same program. */
export interface ByHand {
  /** Leads past slipway's routes to the instances that serve now, which are in the given slot. Restarts nginx. */
  lead(slot: string): Promise<void>
  /** Restarts the one instance. Returns the release that then answers. */
  restart(): Promise<string>
  /** Leads requests from one of two running instances to the other. Returns the release that then answers. */
  reload(): Promise<string>
}

export const RESTART_DOMAIN = 'restart.example.test'
export const RELOAD_DOMAIN = 'reload.example.test'

/** Leads to the instance of a mode's service that serves, past slipway's routes. */
export function directDomain(mode: Mode): string {
  return `direct-${modeDomain(mode)}`
}

const UNIT = 'static'
/** Holds a file for each port, which names the release. */
const ENV_FOLDER = '/etc/static-upstreams'
const CONF = '/etc/nginx/conf.d/static-upstreams.conf'
const DIRECT_CONF = '/etc/nginx/conf.d/static-upstreams-direct.conf'
const RELOAD_CONF = '/etc/nginx/conf.d/static-upstreams-reload.conf'

/** Far from the ports that slipway picks. */
const RESTART_PORT = 9001
const RELOAD_PORTS = [9002, 9003] as const
/** As many idle connections as slipway has nginx keep. */
const UPSTREAM_KEEPALIVE = 32

/** Sets nginx up in front of instances of its own. Restarts nginx. */
export async function prepareStaticUpstreams({ host }: Stage, services: Services): Promise<ByHand> {
  await write(host, CONF, siteText(RESTART_DOMAIN, loopback(RESTART_PORT)))
  await write(host, `/etc/systemd/system/${UNIT}@.service`, unitText(await services.packagePath()))
  for (const port of [RESTART_PORT, ...RELOAD_PORTS]) await nameRelease(host, port, `on-${port}`)
  const leadTo = (port: number) => write(host, RELOAD_CONF, siteText(RELOAD_DOMAIN, loopback(port)))
  await leadTo(RELOAD_PORTS[0])
  await host.run(`systemctl daemon-reload
systemctl start ${[RESTART_PORT, ...RELOAD_PORTS].map((port) => `${UNIT}@${port}`).join(' ')}
systemctl restart nginx`)

  let restarts = 0
  let reloads = 0
  return {
    lead: async (slot) => {
      const sites: string[] = []
      for (const mode of MODES) {
        const server = await services.upstreamServer(mode, slot)
        sites.push(siteText(directDomain(mode), server))
      }
      await write(host, DIRECT_CONF, sites.join(''))
      await host.run('systemctl restart nginx')
    },
    restart: async () => {
      restarts += 1
      await nameRelease(host, RESTART_PORT, `restart-${restarts}`)
      await host.run(`systemctl restart ${UNIT}@${RESTART_PORT}`)
      return `restart-${restarts}`
    },
    reload: async () => {
      reloads += 1
      const port = reloads % 2 === 0 ? RELOAD_PORTS[0] : RELOAD_PORTS[1]
      await leadTo(port)
      await host.run('nginx -s reload')
      return `on-${port}`
    },
  }
}

function loopback(port: number): string {
  return `127.0.0.1:${port}`
}

/** The least that keeps connections to the upstream open. */
function siteText(domain: string, server: string): string {
  const upstream = domain.replaceAll('.', '_')
  return `upstream ${upstream} {
  server ${server};
  keepalive ${UPSTREAM_KEEPALIVE};
}
server {
  listen 80;
  server_name ${domain};
  location / {
    proxy_pass http://${upstream};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
  }
}
`
}

function unitText(packagePath: string): string {
  return `[Service]
Environment=PORT=%i
EnvironmentFile=${ENV_FOLDER}/%i
ExecStart=${packagePath}/bin/app
DynamicUser=yes
`
}

function nameRelease(host: LabHost, port: number, release: string): Promise<void> {
  return write(host, `${ENV_FOLDER}/${port}`, `RELEASE=${release}\n`)
}

async function write(host: LabHost, path: string, text: string): Promise<void> {
  await host.run(`mkdir -p "$(dirname ${path})" && cat > ${path} <<'END'\n${text}END`)
}
