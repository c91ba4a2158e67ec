import assert from 'node:assert/strict'
import { readFile, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { sshTarget } from '../../src/rehearse/index.js'
import { shellQuote } from '../../src/shell-quote.js'
import { type LabHost, labHost } from './host.js'
import { LAB_ENV, NIXPKGS, type Project, project } from './project.js'

/** What every command here needs that builds. */
export const OVERRIDE = ['--override-input', `nixpkgs=${NIXPKGS}`]

export const DOMAIN = 'guestbook.example.test'
/** Whom the unit runs it as. */
const USER = 'igris'

/** How a guestbook was set up by hand. */
export interface ByHand {
  /** Its database. */
  database: string
  /** The server blocks that lead to it. */
  vhost: string
  /** Where people reach it, and what else curl needs for that. */
  url: string
  curl: string[]
  /** What else is done on the host before nginx reads the server blocks. */
  before?: string
}

function unitText({ database }: ByHand): string {
  return `[Unit]
Description=guestbook Server
After=network.target
[Service]
User=${USER}
WorkingDirectory=/var/www/guestbook/current
ExecStart=/var/www/guestbook/current/result/bin/guestbook
Environment="GUESTBOOK_DB=${database}"
Environment="GUESTBOOK_PORT=:3001"
Restart=always
[Install]
WantedBy=multi-user.target
`
}

/** One location of a server block that has others, over HTTP. */
const ONE_LOCATION: ByHand = {
  database: '/var/www/guestbook/data/guestbook.db',
  url: 'http://127.0.0.1',
  curl: ['-H', `Host: ${DOMAIN}`],
  vhost: `# by hand
server {
    listen 80;
    server_name ${DOMAIN};
    client_max_body_size 4m;
    location / {
        proxy_pass http://127.0.0.1:3001;
        proxy_set_header Host $host;
    }
    location = /robots.txt { return 200 "by hand\\n"; }
}
`,
}

/**
 * Has a host serve the guestbook as people set it up by hand: built by Nix, below /var/www with releases and a current
 * one, a unit that starts it, a vhost that leads to it.
 */
async function serveByHand(host: LabHost, app: Project, byHand: ByHand): Promise<void> {
  const built = await buildAndCopy(host, app)
  await host.run(`useradd -m ${USER}
mkdir -p /var/www/guestbook/releases/4f1d2c /var/www/guestbook/data
ln -s releases/4f1d2c /var/www/guestbook/current`)
  for (const folder of ['views', 'static']) {
    const { stdout } = await execa('tar', ['-C', app.folder, '-c', folder], { encoding: 'buffer' })
    await host.write(`/tmp/${folder}.tar`, stdout)
    await host.run(`tar -C /var/www/guestbook/current -xf /tmp/${folder}.tar`)
  }
  await host.write('/etc/systemd/system/guestbook.service', unitText(byHand))
  await host.write('/etc/nginx/sites-available/guestbook', byHand.vhost)
  await host.run(`${byHand.before ?? ''}
cd /var/www/guestbook
ln -s ${built} current/result
nix-store --realise ${built} --add-root /nix/var/nix/gcroots/guestbook >/dev/null
chown -R ${USER}: /var/www/guestbook
chmod 700 data
ln -s ../sites-available/guestbook /etc/nginx/sites-enabled/guestbook
systemctl daemon-reload
systemctl enable --now guestbook nginx
systemctl reload nginx
for i in $(seq 100); do curl -sf -o /dev/null http://127.0.0.1:3001/health && exit 0; sleep 0.1; done; exit 1`)
}

async function buildAndCopy(host: LabHost, app: Project): Promise<string> {
  const nix = ['--extra-experimental-features', 'nix-command flakes']
  const out = join(app.folder, 'by-hand')
  await execa('nix', [...nix, 'build', '.', '-o', out, '--override-input', 'nixpkgs', NIXPKGS], {
    cwd: app.folder,
    env: LAB_ENV,
  })
  const path = await readlink(out)
  await rm(out)
  const { destination, options } = await sshTarget(host.name)
  await execa('nix', [...nix, 'copy', '--no-check-sigs', '--to', `ssh://${destination}`, path], {
    env: { ...LAB_ENV, NIX_SSHOPTS: options.join(' ') },
  })
  return path
}

/** Signs the guestbook through nginx; gives the status. */
export function sign(host: LabHost, message: string, byHand = ONE_LOCATION): Promise<string> {
  return host.run(`${signing(byHand)} -d message='${message}'`)
}

function signing({ url, curl }: ByHand): string {
  return `curl -sS -o /dev/null -w '%{http_code}' ${curl.map(shellQuote).join(' ')} -d name=Ada ${url}/sign`
}

/** The newest entries of the guestbook. */
export function page(host: LabHost, { url, curl } = ONE_LOCATION): Promise<string> {
  return host.run(`curl -fsS ${curl.map(shellQuote).join(' ')} ${url}/`)
}

/** Has somebody sign all the time, one after the other. */
export async function beginSigning(host: LabHost, byHand = ONE_LOCATION): Promise<void> {
  await host.write(
    '/tmp/signing',
    `n=0; while [ ! -e /tmp/enough ]; do n=$((n + 1))
echo "signed-$n. $(${signing(byHand)} --max-time 30 -d message=signed-$n. 2>&1)"
sleep 0.15; done`,
  )
  await host.run(
    'rm -f /tmp/enough /tmp/signed; systemd-run --quiet --unit=signing --property=StandardOutput=file:/tmp/signed sh /tmp/signing; sleep 0.5',
  )
}

/** What came of it: each message, and the status of its answer. */
export async function endSigning(host: LabHost): Promise<{ message: string; status: string }[]> {
  const text = await host.run(
    'sleep 0.5; touch /tmp/enough; while systemctl is-active -q signing; do sleep 0.1; done; cat /tmp/signed',
  )
  return text.split('\n').map((line) => {
    const [message = '', status = ''] = line.split(/ (.*)/s)
    return { message, status }
  })
}

/** A host that serves the guestbook by hand, and the guestbook's repository without a config. */
export async function hostByHand(
  name: string,
  after: (clean: () => Promise<void>) => void,
  byHand = ONE_LOCATION,
): Promise<{ host: LabHost; app: Project }> {
  const host = await labHost(name, after)
  const app = await project('examples/guestbook', after)
  await serveByHand(host, app, byHand)
  assert.equal(await sign(host, 'by hand', byHand), '303')
  await rm(join(app.folder, 'slipway.config.ts'))
  return { host, app }
}

/** Has the config written; gives its text. */
export async function lookAt(host: LabHost, app: Project): Promise<string> {
  const looked = await app.slipway('adopt', `rehearse:${host.name}`, '--setup', ...OVERRIDE)
  assert.equal(looked.code, 0, looked.text)
  return readFile(join(app.folder, 'slipway.config.ts'), 'utf8')
}

/** The config as it was written, with a health check that fails, or not. */
export function writeConfig(app: Project, found: string, healthy: boolean): Promise<void> {
  const health = healthy ? '' : "health: { path: '/nowhere', timeout: '2s' }, "
  return app.write(
    'slipway.config.ts',
    found
      .replace('services: {', "guard: { confirm: '8s' },\n  services: {")
      .replace('state: true', `${health}state: true`),
  )
}

/** The words that move the guestbook over. */
export function moveOver({ name }: LabHost): string[] {
  return ['adopt', name, '--service', 'guestbook', '--yes', ...OVERRIDE]
}

/** All that a hand-over touches, as it is by hand. */
export function allOf(host: LabHost): Promise<string> {
  return host.run(
    `systemctl is-active guestbook.service; systemctl is-enabled guestbook.service
cat /etc/systemd/system/guestbook.service; cat /etc/nginx/sites-available/guestbook
ls -l /etc/nginx/sites-enabled/guestbook /etc/systemd/system/multi-user.target.wants/guestbook.service | cut -d' ' -f9-
stat -c '%n %U:%G %a' /var/www/guestbook/*/guestbook.db /var/www/guestbook/data
ls /var/www/guestbook
ls -d /var/lib/guestbook /var/lib/slipway/adopted/guestbook /var/lib/slipway/services/guestbook/current /etc/systemd/system/guestbook@*.service /etc/systemd/system/guestbook@*.socket 2>/dev/null; true`,
  )
}

/** Waits until an activation has been decided, and the guestbook is served by hand again. */
export function handedBack(host: LabHost): Promise<string> {
  return host.run(
    `for i in $(seq 600); do
       if systemctl is-active -q slipway-agent && systemctl is-active -q guestbook.service &&
          ! ls /var/lib/slipway/guards/*/items/*/state-* 2>/dev/null | grep -qE -- '-(prepared|armed|active|reverting)$'; then exit 0; fi
       sleep 0.1
     done; ls -R /var/lib/slipway/guards >&2; systemctl status guestbook.service >&2; exit 1`,
  )
}
