// Generated from schema.ts by `npm run generate`: change it there.

export interface Config {
  /** What tells this project's services from those of others: a host refuses to replace a service that another project has deployed. Default: the last two parts of the URL of the git remote `origin`; without a remote the first commit; without git this machine and the folder. */
  project?: string | undefined
  /** The servers, by a name of your choosing. */
  hosts: Record<string, string | HostOptions>
  /** The services and sites. The name becomes the unit, the system user and the state directory. Needed where there are no systems. */
  services?: Record<string, Service | Site> | undefined
  /** Whole NixOS systems, and other Nix profiles that activate themselves. */
  systems?: Record<string, System> | undefined
  /** Binary caches, by a name of your choosing that no service has: one of your own by `cache()`, or the URL of another. See docs/cache.md. */
  caches?: Record<string, string | Cache> | undefined
  /** Where the certificates of `https://` routes come from; a word is short for `{ from }`. Default: Let’s Encrypt. */
  certificates?: 'local' | 'none' | Certificates | undefined
  /** How a host protects itself from a deploy that went wrong. */
  guard?: Guard | undefined
  /** The encrypted file that secrets are kept in. */
  secrets?: Secrets | undefined
  /** Flake inputs (and `<NAME>` paths of Nix files) to replace: a folder or a flake reference. A Nix file that says `<nixpkgs>` is pinned by `{ nixpkgs: 'github:NixOS/nixpkgs/REVISION' }`. `--override-input NAME PATH` does it for one run. */
  overrideInputs?: Record<string, string> | undefined
  /** Whether `slipway deploy` first runs the checks of the flake, as `slipway check` does, and stops where one fails. Default: false. */
  check?: boolean | undefined
  /** How many hosts are worked on at once. Default: 8. */
  parallel?: number | undefined
}

export interface Service {
  /** Set by `service()`. */
  kind: 'service'
  /** What Nix builds. Needed where there is no `module`. */
  package?: string | NixFile | PythonEnvironment | undefined
  /** In place of `package`: the module of a modular service, as packages of nixpkgs carry it (`.#packages.x86_64-linux.forum.services.default`), or a file with one. It says what runs, how, and with which files. See docs/modular-services.md. */
  module?: string | NixFile | undefined
  /** Options of the module by their names, as `{ 'forum.settings.port': 8080 }`; the module checks them. */
  settings?: Record<string, unknown> | undefined
  /** The host or hosts it runs on. Default: the only one; needed where the config has several. */
  hosts?: string | string[] | undefined
  /** The URLs that lead to it. */
  routes?: (string | RouteOptions)[] | undefined
  /** How nginx serves its routes: sizes, times, headers, who may ask. A route may say otherwise. */
  http?: Http | undefined
  /** How many releases stay on the host. Default: 5. */
  keep?: number | undefined
  /** The program of the package to run, with its arguments. Default: `meta.mainProgram`, else the only file in `bin/`. */
  run?: string | string[] | undefined
  /** How the program listens. `{ port }`: on a port of its own choosing, on loopback; with `network: 'own'` on any address. `port`: on `$PORT`, which slipway picks. `unix`: on the socket path in `$LISTEN_PATH`. `socket`: on the socket systemd passes (LISTEN_FDS, sd_listen_fds(3)). Without it the service is a background worker. */
  listen?: FixedPort | 'port' | 'unix' | 'socket' | undefined
  /** How nginx speaks to it: `uwsgi` is uWSGI's own protocol, `fastcgi` what PHP-FPM and fcgiwrap speak. These get a route's prefix in `SCRIPT_NAME`, and have no WebSockets. Default: `http`. */
  protocol?: 'http' | 'uwsgi' | 'fastcgi' | undefined
  /** With `uwsgi` and `fastcgi`: variables that go with every request, in place of what nginx says of it (RFC 3875, 4.1): `SCRIPT_FILENAME` for fcgiwrap and PHP-FPM. */
  params?: Record<string, string> | undefined
  /** When a release counts as healthy. */
  health?: Health | undefined
  /** How long the host goes on checking its health after a release was confirmed; if it turns unhealthy, the host reverts. Default: not at all. */
  watch?: string | undefined
  /** Environment variables. They are stored readable in the release: what nobody may read belongs in `secrets`. The value of `{ package }` is a store path, such as of content that the program reads: it is shipped and kept with the release. */
  env?: Record<string, string | number | boolean | EnvPackage> | undefined
  /** What the program must get and nobody else may see: names, or an object that says for each where it comes from and how the program gets it. Its workers, timers and hooks get them too. See docs/secrets.md. */
  secrets?: string[] | Record<string, Secret> | undefined
  /** A directory `/var/lib/NAME` of its own, kept across releases, in `$STATE_DIRECTORY`. Default: false. */
  state?: boolean | undefined
  /** Whether a system user and a `/var/lib/NAME` that the host has already, and slipway did not make, become the service's: the directory's owner and mode change. Neither is ever purged. Default: false, they are refused. */
  adopt?: boolean | undefined
  /** Whether its programs may have the host's Nix daemon build. What it builds runs outside the service's sandbox and limits. Default: false. */
  nixDaemon?: boolean | undefined
  /** Whether its programs may reach link-local addresses (169.254.0.0/16, fe80::/64) and the other ones at which clouds tell a machine its credentials. Default: false. */
  cloudMetadata?: boolean | undefined
  /** Files and folders beside the config, shipped with the release into its working directory. */
  assets?: string[] | undefined
  /** How long the requests, uploads, WebSockets and event streams that the old instance is at may go on after a switch before they are cut. Default: `30s`. */
  drain?: string | undefined
  /** Commands of the new package to run before the switch, once for each release and on one host: migrations. They run with its environment, user and sandbox; if one fails, nothing is switched. */
  before?: string | Hook | Hook[] | string[] | undefined
  /** Commands to run once a release is confirmed, on one host. A failure is told; the release stays. */
  after?: string | Hook | Hook[] | string[] | undefined
  /** Workers that run beside the main program, from the same package. */
  processes?: Record<string, Process> | undefined
  /** Jobs that run on a calendar. */
  timers?: Record<string, Timer> | undefined
  /** systemd directives, merged last over the defaults: a value replaces ours, an array gives several lines, null takes ours away; lists of paths such as `ReadWritePaths` are added to ours. Directives of `[Unit]`, of a timer (`[Timer]`) and of a socket (`[Socket]`) are put there. See systemd.exec(5). */
  unit?: Record<string, string | number | boolean | string[] | null> | undefined
}

export interface Site {
  /** Set by `site()`. */
  kind: 'site'
  /** What Nix builds. */
  package: string | NixFile
  /** The host or hosts it runs on. Default: the only one; needed where the config has several. */
  hosts?: string | string[] | undefined
  /** The URLs that lead to it. */
  routes?: (string | RouteOptions)[] | undefined
  /** How nginx serves its routes: sizes, times, headers, who may ask. A route may say otherwise. */
  http?: Http | undefined
  /** How many releases stay on the host. Default: 5. */
  keep?: number | undefined
  /** The folder of the package to serve. Default: the package itself. */
  dir?: string | undefined
  /** The page for what is not there. Default: `404.html`. */
  notFound?: string | undefined
  /** The page for paths where no file is, with status 200: `index.html` of an application that has paths of its own in the browser. Default: none, such paths are `notFound`. */
  fallback?: string | undefined
}

export interface System {
  /** Set by `system()`. */
  kind: 'system'
  /** What Nix builds: `.#nixosConfigurations.NAME`, or any installable whose package holds `deploy-rs-activate` or `bin/switch-to-configuration`. */
  flake: string
  /** The host it runs on. Default: the only one; needed where the config has several. */
  host?: string | undefined
  /** The Nix profile that is set: an absolute path, or a name among the user's profiles. Those are in `/nix/var/nix/profiles/per-user/USER` (but root’s `system` is `/nix/var/nix/profiles/system`), or in `~USER/.local/state/nix/profiles` for a user who has no such folder. Default: `system` for root, else the name of this system. */
  profile?: string | undefined
  /** Who the profile belongs to and is activated as. Default: `root`. */
  user?: string | undefined
  /** Overrides the config's `guard` for this system. */
  guard?: SystemGuard | undefined
  /** Whether an activation is reverted unless the deployer confirms it. Default: true. */
  confirm?: boolean | undefined
  /** Whether a failed activation is reverted. Default: true. */
  revert?: boolean | undefined
}

export interface Cache {
  /** Set by `cache()`. */
  kind: 'cache'
  /** The host that has it. Default: the only one; needed where the config has several. */
  host?: string | undefined
  /** The URL that it is read at. */
  route: string | RouteOptions
  /** How nginx serves it; `allow` says who may read it. */
  http?: Http | undefined
  /** Which of several caches Nix asks first: the one with the lowest number; cache.nixos.org has 40. Default: 30. */
  priority?: number | undefined
}

export interface HostOptions {
  /** Anything `ssh` accepts; `~/.ssh/config` applies. */
  ssh: string
  /** More arguments for `ssh`, such as `-p`, `2222`. */
  options?: string[] | undefined
  /** Where packages for it are built. Default: `local` where Nix is installed, else `host`. */
  build?: 'local' | 'host' | undefined
  /** The words put before a command that must run as root, where the login is not root's. Default: `sudo -n`. */
  become?: string | undefined
  /** Whether the host fetches what its own substituters have instead of getting it from here. Default: false. */
  substitutes?: boolean | undefined
}

export interface NixFile {
  /** A Nix file, relative to the config. */
  file: string
  /** The attribute to build. Default: what the file evaluates to. */
  attr?: string | undefined
}

export interface PythonEnvironment {
  /** A Python package (`buildPythonPackage`, `buildPythonApplication`), or an environment that has the server already. */
  python: string | NixFile
  /** The program in `bin` that runs it, of the same nixpkgs and for the same Python. */
  server: 'gunicorn' | 'hypercorn' | 'uvicorn' | 'uwsgi'
}

export interface RouteOptions {
  /** The URL, as in the short form. */
  url: string
  /** Whether the service sees paths without the prefix, which it then finds in `X-Forwarded-Prefix`. Default: true. */
  strip?: boolean | undefined
  /** Whose nginx `server` block the route lives in. `existing`: one that slipway does not manage and that includes `/var/lib/slipway/nginx/locations/DOMAIN/*.conf`. Default: `slipway`. */
  server?: 'slipway' | 'existing' | undefined
  /** Domains that are redirected to this route's, path and query kept: `['www.example.com']` for `https://example.com`. */
  redirectFrom?: string[] | undefined
  /** How nginx serves this route, where that is otherwise than for the whole service. */
  http?: Http | undefined
}

export interface Http {
  /** The largest body of a request, such as an upload; above it nginx answers 413. Default: `64m`. */
  maxBody?: 'unlimited' | string | undefined
  /** The largest status line and headers of an answer; above it nginx answers 502. Default: `32k`. */
  maxResponseHead?: string | undefined
  /** How long the program may neither send nor take anything while it works on a request; then nginx answers 504. Default: `5m`. */
  timeout?: string | undefined
  /** Whether nginx takes a request whole before the program sees it, so that slow clients don't keep it busy. Default: true. */
  bufferRequests?: boolean | undefined
  /** Whether nginx takes answers as fast as the program gives them. For single answers a program turns it off by `X-Accel-Buffering: no`. Default: true. */
  bufferResponses?: boolean | undefined
  /** Headers of every answer, such as Content-Security-Policy. They take the place of the program's own of that name; null: answers have none of it. */
  headers?: Record<string, string | null> | undefined
  /** The addresses, and ranges of them, that alone may ask; others get 403. Default: all. */
  allow?: string[] | undefined
  /** Those that may not, also where `allow` has them. Default: none. */
  deny?: string[] | undefined
  /** Whom nginx asks for a user and a password (RFC 7617). The host makes hashes of them; the program sees neither. Default: nobody. */
  basicAuth?: BasicAuth | undefined
  /** The addresses of proxies in front of nginx, such as a load balancer: what they say in `X-Forwarded-For` is who asks, for the program, `allow`, `deny` and `rateLimit`. Default: none; what clients say there is dropped. */
  trustedProxies?: string[] | undefined
  /** How often one address may ask, for each route; above it nginx answers 429. Default: no limit. */
  rateLimit?: RateLimit | undefined
  /** Whether nginx compresses text with gzip, and with brotli where it has that module. Secrets in pages that also hold what visitors sent can then be guessed (BREACH). Default: true for sites, false for programs. */
  compress?: boolean | undefined
  /** Paths that lead elsewhere. */
  redirects?: Redirect[] | undefined
  /** For how long browsers may keep a site's files without asking. */
  cache?: CacheLifetimes | undefined
  /** Whether the program may answer with `X-Accel-Redirect`, and so have nginx answer from its internal locations, also those of others on the domain. Default: false. */
  accelRedirect?: boolean | undefined
}

export interface BasicAuth {
  /** The secret of the service, `as: nginx`, with a line `USER:PASSWORD` for each. */
  secret: string
  /** What browsers show with the question. Default: the name of the service. */
  realm?: string | undefined
}

export interface RateLimit {
  /** Requests a second, or a minute: `10/s`, `30/m`. */
  rate: string
  /** How many more it may ask for at once. Default: 20. */
  burst?: number | undefined
}

export interface Redirect {
  /** The path, below the route. It is compared whole. */
  from: string
  /** Where it leads: a path of the domain, or a URL. The query is kept, unless it has one of its own. */
  to: string
  /** 301 and 308 are for good, 307 and 308 keep the method. Default: 308. */
  status?: 301 | 302 | 307 | 308 | undefined
}

export interface CacheLifetimes {
  /** Of files without a digest in their name. Default: browsers ask each time. */
  pages?: string | undefined
  /** Of files with one, as `app.0123abcd.css`. Default: a year, and `immutable`. */
  assets?: string | undefined
}

export interface FixedPort {
  /** The port. */
  port: number
  /** Gives the program a network of its own: any number of programs have the same port, on whichever address they listen, and none is reached but through nginx. It still connects to wherever the host does, but to the services of the host's loopback only where `reach` names them. Workers, timers and hooks stay in the host's network. Default: the host's network. */
  network?: 'own' | undefined
  /** With `network`: what the program may reach on the host's loopback, over TCP and at the same address: `127.0.0.1:5432`, `[::1]:5432`. Default: nothing. */
  reach?: string[] | undefined
}

export interface Health {
  /** The path that is asked. Default: `/`. */
  path?: string | undefined
  /** A program of the package that tells by its status whether all is well: 0, it is. It runs with the environment, user, secrets and sandbox of the service, finds in `$PORT` or `$LISTEN_PATH` where the new instance listens, and is asked in place of a request. A worker has it, too. */
  run?: string | string[] | undefined
  /** What the service speaks. `http`: a request for `path` is answered. `tcp`: it takes connections. `tls`: it agrees on TLS, with whatever certificate. `grpc`: it says `SERVING` by grpc.health.v1, without TLS. Default: `http`. */
  protocol?: 'http' | 'tcp' | 'tls' | 'grpc' | undefined
  /** What is asked for by `grpc`: the name of a gRPC service. Default: the whole server. */
  grpcService?: string | undefined
  /** Status codes that count as healthy. Default: 200 to 399. */
  status?: number[] | undefined
  /** How long a new release may take to become healthy. Default: `30s`. */
  timeout?: string | undefined
  /** The pause between two probes; in the first second of a start it is 20 ms. Default: `50ms`. */
  interval?: string | undefined
  /** How long one probe may take. Default: `5s`. */
  attempt?: string | undefined
  /** Healthy answers in a row that are needed. Default: 2. */
  successes?: number | undefined
  /** How long processes that do not listen must stay up before they count as good. Default: `1s`. */
  settle?: string | undefined
}

export interface EnvPackage {
  /** What Nix builds, or an attribute of a flake that is a store path, such as that of an input. */
  package: string | NixFile
}

export interface Secret {
  /** Where the value comes from. `file`: the encrypted file. `host`: the host alone has it, put there by `slipway secrets set NAME --host HOST --service SERVICE`. Default: `file`. */
  from?: 'file' | 'host' | SecretFromEnv | SecretFromCommand | undefined
  /** How the program gets it. `env`: as a variable of that name, and as a file. `file`: only as `$CREDENTIALS_DIRECTORY/NAME`. `nginx`: not at all; lines `USER:PASSWORD` that `http.basicAuth` names. Default: `env`. */
  as?: 'env' | 'file' | 'nginx' | undefined
}

export interface SecretFromEnv {
  /** A variable of the deployer's environment: for CI. */
  env: string
}

export interface SecretFromCommand {
  /** A program on the deploying machine that prints the value, and its arguments: words separated by spaces, or an array. For example `op read op://vault/forum/database`. */
  command: string | string[]
}

export interface Hook {
  /** A program of the package and its arguments: words separated by spaces, or an array. */
  run: string | string[]
  /** How long it may take. Default: `5m`. */
  timeout?: string | undefined
  /** Whether what it changes can not be undone, such as a migration that drops a column: plans, reverts and rollbacks then say so. Default: false. */
  irreversible?: boolean | undefined
}

export interface Process {
  /** A program of the package and its arguments: words separated by spaces, or an array. */
  run: string | string[]
  /** Environment variables. They are stored readable in the release: what nobody may read belongs in `secrets`. */
  env?: Record<string, string | number | boolean> | undefined
  /** systemd directives, merged last over the defaults: a value replaces ours, an array gives several lines, null takes ours away; lists of paths such as `ReadWritePaths` are added to ours. Directives of `[Unit]`, of a timer (`[Timer]`) and of a socket (`[Socket]`) are put there. See systemd.exec(5). */
  unit?: Record<string, string | number | boolean | string[] | null> | undefined
}

export interface Timer {
  /** A program of the package and its arguments: words separated by spaces, or an array. */
  run: string | string[]
  /** When: `hourly`, `*-*-* 03:00`; see systemd.time(7). */
  calendar: string
  /** Environment variables. They are stored readable in the release: what nobody may read belongs in `secrets`. */
  env?: Record<string, string | number | boolean> | undefined
  /** systemd directives, merged last over the defaults: a value replaces ours, an array gives several lines, null takes ours away; lists of paths such as `ReadWritePaths` are added to ours. Directives of `[Unit]`, of a timer (`[Timer]`) and of a socket (`[Socket]`) are put there. See systemd.exec(5). */
  unit?: Record<string, string | number | boolean | string[] | null> | undefined
}

export interface SystemGuard {
  /** How long an activation may take before the host reverts it by itself. Default: `4m`. */
  activate?: string | undefined
  /** How long the host waits for the deployer's confirmation, over a fresh login, before it reverts. Default: `30s`. */
  confirm?: string | undefined
}

export interface Certificates {
  /** Who makes them. `acme`: an ACME server (RFC 8555), by lego. `local`: an authority of the host's own, which browsers don't know: for rehearsals. `none`: nobody; something in front of nginx ends TLS, and https routes answer on port 80. Default: `acme`; on throwaway hosts `local` in place of Let’s Encrypt. */
  from?: 'acme' | 'local' | 'none' | undefined
  /** The ACME server, or the URL of its directory. `letsencrypt-staging` has far higher limits, and certificates that browsers don't trust. Default: `letsencrypt`. */
  server?: 'letsencrypt' | 'letsencrypt-staging' | string | undefined
  /** The address the ACME server may write to. Default: `hostmaster@` the first domain. */
  email?: string | undefined
  /** How a domain is proved to be yours. `http`: by a file on port 80. `{ dns }`: by a DNS record, for hosts that the ACME server can not reach. Default: `http`. */
  challenge?: 'http' | DnsChallenge | undefined
  /** Whether browsers are told to use HTTPS alone from now on (Strict-Transport-Security, RFC 6797), and for how long; true: two years. They can not be told otherwise before that is over. Default: false. */
  hsts?: boolean | string | undefined
  /** What is otherwise for single domains; a word is short for `from`. */
  domains?: Record<string, 'local' | 'none' | DomainCertificate> | undefined
}

export interface DnsChallenge {
  /** The code of one of lego's DNS providers, such as `hetzner` (https://go-acme.github.io/lego/dns/). Its credentials are given with `slipway certificates env HOST`, and stay on the host. */
  dns: string
  /** Whether to wait until all of the domain's name servers have the record. Default: true; false where they can't be asked from the host. */
  propagation?: boolean | undefined
}

export interface DomainCertificate {
  /** Who makes them. `acme`: an ACME server (RFC 8555), by lego. `local`: an authority of the host's own, which browsers don't know: for rehearsals. `none`: nobody; something in front of nginx ends TLS, and https routes answer on port 80. Default: `acme`; on throwaway hosts `local` in place of Let’s Encrypt. */
  from?: 'acme' | 'local' | 'none' | undefined
  /** The ACME server, or the URL of its directory. `letsencrypt-staging` has far higher limits, and certificates that browsers don't trust. Default: `letsencrypt`. */
  server?: 'letsencrypt' | 'letsencrypt-staging' | string | undefined
  /** The address the ACME server may write to. Default: `hostmaster@` the first domain. */
  email?: string | undefined
  /** How a domain is proved to be yours. `http`: by a file on port 80. `{ dns }`: by a DNS record, for hosts that the ACME server can not reach. Default: `http`. */
  challenge?: 'http' | DnsChallenge | undefined
  /** Whether browsers are told to use HTTPS alone from now on (Strict-Transport-Security, RFC 6797), and for how long; true: two years. They can not be told otherwise before that is over. Default: false. */
  hsts?: boolean | string | undefined
  /** A certificate you bring: a PEM file on the host with the whole chain. Goes with `key`, and in place of `from`. The host looks hourly whether it has changed, and serves a copy. */
  certificate?: string | undefined
  /** The PEM file on the host with its private key. */
  key?: string | undefined
}

export interface Guard {
  /** How long an activation may take before the host reverts it by itself. Default: `4m`. */
  activate?: string | undefined
  /** How long the host waits for the deployer's confirmation, over a fresh login, before it reverts. Default: `30s`. */
  confirm?: string | undefined
  /** How long a public URL may take to answer when the deployer asks it before confirming. Default: `5s`. */
  url?: string | undefined
  /** What a host does when not even a revert brings its network back. Default: nothing. */
  escalate?: Escalate | undefined
}

export interface Escalate {
  /** When the network does not come back within this time after a revert, network units are restarted. */
  network: string
  /** Which units are restarted. Default: those of the network managers and of sshd that are active. */
  units?: string[] | undefined
  /** When the network is still not back this long after that, the host reboots into the system it was booted with. Default: never. */
  reboot?: string | undefined
}

export interface Secrets {
  /** The file, relative to the config; it belongs in the repository. Default: `secrets.age`, of an environment `secrets.ENVIRONMENT.age`. */
  file?: string | undefined
  /** Who can read it: the public halves of age keys, by a name of your choosing. People, CI. */
  recipients: Record<string, string>
}
