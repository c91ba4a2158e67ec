import { readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { sshTarget } from '../../src/rehearse/index.js'
import type { LabHost } from './host.js'
import { LAB_ENV, NIXPKGS, type Project } from './project.js'

/** The URL of what is served by hand. */
export const DOMAIN = 'guestbook.example.test'
/** Whom the unit runs it as. */
const USER = 'igris'

const UNIT = `[Unit]
Description=guestbook Server
After=network.target
[Service]
User=${USER}
WorkingDirectory=/var/www/guestbook/current
ExecStart=/var/www/guestbook/current/result/bin/guestbook
Environment="GUESTBOOK_DB=/var/www/guestbook/data/guestbook.db"
Environment="GUESTBOOK_PORT=:3001"
Restart=always
[Install]
WantedBy=multi-user.target
`

const VHOST = `# by hand
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
`

/**
 * Has a host serve the guestbook as people set it up by hand: built by Nix, below /var/www with releases and a current
 * one, a unit that starts it, a vhost that leads to it.
 */
export async function serveByHand(host: LabHost, app: Project): Promise<void> {
  const built = await buildAndCopy(host, app)
  await host.run(`useradd -m ${USER}
mkdir -p /var/www/guestbook/releases/4f1d2c /var/www/guestbook/current /var/www/guestbook/data`)
  for (const folder of ['views', 'static']) {
    const { stdout } = await execa('tar', ['-C', app.folder, '-c', folder], { encoding: 'buffer' })
    await host.write(`/tmp/${folder}.tar`, stdout)
    await host.run(`tar -C /var/www/guestbook/current -xf /tmp/${folder}.tar`)
  }
  await host.write('/etc/systemd/system/guestbook.service', UNIT)
  await host.write('/etc/nginx/sites-available/guestbook', VHOST)
  await host.run(`cd /var/www/guestbook
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
export function sign(host: LabHost, message: string): Promise<string> {
  return host.run(
    `curl -sS -o /dev/null -w '%{http_code}' -H 'Host: ${DOMAIN}' -d name=Ada -d message='${message}' http://127.0.0.1/sign`,
  )
}

/** The newest entries of the guestbook. */
export async function page(host: LabHost): Promise<string> {
  return (await host.get(DOMAIN, '/')).body
}

/** Has somebody sign all the time, one after the other. */
export async function beginSigning(host: LabHost): Promise<void> {
  await host.write(
    '/tmp/signing',
    `n=0; while [ ! -e /tmp/enough ]; do n=$((n + 1))
echo "signed-$n. $(curl -sS -o /dev/null -w '%{http_code}' --max-time 30 -H 'Host: ${DOMAIN}' -d name=Ada -d message=signed-$n. http://127.0.0.1/sign 2>&1)"
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
