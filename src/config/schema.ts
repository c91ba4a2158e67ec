import * as z from 'zod'
import { storeUrl } from './cache-schema.js'
import { certificatesField } from './certificates-schema.js'
import { shellProblem } from './command-line.js'
import { duration } from './duration-schema.js'
import { guardSchema } from './guard-schema.js'
import { healthContradictions } from './health-rules.js'
import { httpSchema } from './http-schema.js'
import { moduleContradictions } from './module-rules.js'
import { packageSchema, pythonSchema } from './package-schema.js'
import { secretsSchema, serviceSecretsSchema } from './secrets-schema.js'
import { systemSchema } from './system-schema.js'
import type { Config } from './types.js'

// Each schema is used once: to compile it, as zod does otherwise, would take longer.
z.config({ jitless: true })

/**
 * The config as people write it. Every field's description is its documentation: `docs/config.md`,
 * `slipway docs` and the TSDoc in `types.ts` are generated from here (`npm run generate`).
 */

const commandText = z
  .string()
  .regex(/\S/, 'expected a program')
  .superRefine((text, context) => {
    const message = shellProblem(text)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
const commandWords = z.array(z.string()).refine(([program]) => program, 'expected a program first')

const commandLine = z
  .union([commandText, commandWords])
  .describe('A program of the package and its arguments: words separated by spaces, or an array.')

const directive = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])

const unit = z
  .record(z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'expected the name of a systemd directive'), directive)
  .describe(
    'systemd directives, merged last over the defaults: a value replaces ours, an array gives several ' +
      'lines, null takes ours away; lists of paths such as `ReadWritePaths` are added to ours. Directives of `[Unit]`, ' +
      'of a timer (`[Timer]`) and of a socket (`[Socket]`) are put there. See systemd.exec(5).',
  )

const FILE_PATTERN = /^(?!(?:.*\/)?\.\.(?:\/|$))[\w@+.-]+(\/[\w@+.-]+)*\/?$/
const FILE_EXPECTED = 'expected a relative path of letters, digits and . _ - @ +'

const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a variable name')
const plainValue = [z.string(), z.number(), z.boolean()] as const

const env = z
  .record(variableName, z.union(plainValue))
  .describe(
    'Environment variables. They are stored readable in the release: what nobody may read belongs in `secrets`.',
  )

const serviceEnv = z
  .record(
    variableName,
    z.union([
      ...plainValue,
      z
        .strictObject({
          package: packageSchema.describe(
            'What Nix builds, or an attribute of a flake that is a store path, such as that of an input.',
          ),
        })
        .meta({ id: 'EnvPackage' }),
    ]),
  )
  .describe(
    'Environment variables. They are stored readable in the release: what nobody may read belongs in `secrets`. The value of `{ package }` is a store path, such as of content that the program reads: it is shipped and kept with the release.',
  )

export const routeSchema = z.union([
  z
    .string()
    .describe(
      'A URL: `https://example.com` or, under a sub-path, `https://example.com/forum/`. `https://*.example.com` is any name below example.com that has no route of its own.',
    ),
  z
    .strictObject({
      url: z.string().describe('The URL, as in the short form.'),
      strip: z
        .boolean()
        .optional()
        .describe(
          'Whether the service sees paths without the prefix, which it then finds in `X-Forwarded-Prefix`. Default: true.',
        ),
      server: z
        .enum(['slipway', 'existing'])
        .optional()
        .describe(
          'Whose nginx `server` block the route lives in. `existing`: one that slipway does not manage and that ' +
            'includes `/var/lib/slipway/nginx/locations/DOMAIN/*.conf`. Default: `slipway`.',
        ),
      redirectFrom: z
        .array(z.string())
        .optional()
        .describe(
          "Domains that are redirected to this route's, path and query kept: `['www.example.com']` for `https://example.com`.",
        ),
      http: httpSchema
        .optional()
        .describe('How nginx serves this route, where that is otherwise than for the whole service.'),
    })
    .meta({ id: 'RouteOptions' }),
])

export const healthSchema = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/[^\s"'\\{};#$]*$/, 'expected a path that starts with "/", without spaces, quotes and "$"')
      .optional()
      .describe('The path that is asked. Default: `/`.'),
    run: commandLine
      .optional()
      .describe(
        'A program of the package that tells by its status whether all is well: 0, it is. It runs with the environment, user, secrets and sandbox of the service, finds in `$PORT` or `$LISTEN_PATH` where the new instance listens, and is asked in place of a request. A worker has it, too.',
      ),
    protocol: z
      .enum(['http', 'tcp', 'tls', 'grpc'])
      .optional()
      .describe(
        'What the service speaks. `http`: a request for `path` is answered. `tcp`: it takes connections. `tls`: it agrees on TLS, with whatever certificate. `grpc`: it says `SERVING` by grpc.health.v1, without TLS. Default: `http`.',
      ),
    grpcService: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('What is asked for by `grpc`: the name of a gRPC service. Default: the whole server.'),
    status: z
      .array(z.int().min(100).max(599))
      .optional()
      .describe('Status codes that count as healthy. Default: 200 to 399.'),
    timeout: duration
      .optional()
      .describe('How long a new release may take to become healthy. Default: `30s`.'),
    interval: duration
      .optional()
      .describe('The pause between two probes; in the first second of a start it is 20 ms. Default: `50ms`.'),
    attempt: duration.optional().describe('How long one probe may take. Default: `5s`.'),
    successes: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('Healthy answers in a row that are needed. Default: 2.'),
    settle: duration
      .optional()
      .describe(
        'How long processes that do not listen must stay up before they count as good. Default: `1s`.',
      ),
  })
  .superRefine((health, context) => {
    for (const { field, message } of healthContradictions(health)) {
      context.addIssue({ code: 'custom', path: [field], message })
    }
  })
  .meta({ id: 'Health' })

const processSchema = z
  .strictObject({
    run: commandLine,
    env: env.optional(),
    unit: unit.optional(),
  })
  .meta({ id: 'Process' })

const timerSchema = z
  .strictObject({
    run: commandLine,
    calendar: z
      .string()
      .regex(/^[^\r\n]+$/, 'expected a calendar expression on one line')
      .describe('When: `hourly`, `*-*-* 03:00`; see systemd.time(7).'),
    env: env.optional(),
    unit: unit.optional(),
  })
  .meta({ id: 'Timer' })

const hook = z
  .strictObject({
    run: commandLine,
    timeout: duration.optional().describe('How long it may take. Default: `5m`.'),
    irreversible: z
      .boolean()
      .optional()
      .describe(
        'Whether what it changes can not be undone, such as a migration that drops a column: plans, reverts and rollbacks then say so. Default: false.',
      ),
  })
  .meta({ id: 'Hook' })

const loopbackAddress = z
  .string()
  .regex(/^(127\.0\.0\.1|\[::1\]):[1-9][0-9]{0,4}$/, 'expected `127.0.0.1:PORT` or `[::1]:PORT`')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65535, 'has a port above 65535')

const hooks = z.union([commandText, hook, z.array(hook), commandWords])

const shared = {
  hosts: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe('The host or hosts it runs on. Default: the only one; needed where the config has several.'),
  routes: z.array(routeSchema).optional().describe('The URLs that lead to it.'),
  http: httpSchema
    .optional()
    .describe('How nginx serves its routes: sizes, times, headers, who may ask. A route may say otherwise.'),
  keep: z.int().min(1).max(1000).optional().describe('How many releases stay on the host. Default: 5.'),
}

export const serviceSchema = z
  .strictObject({
    kind: z.literal('service').describe('Set by `service()`.'),
    package: z
      .union([packageSchema, pythonSchema])
      .optional()
      .describe('What Nix builds. Needed where there is no `module`.'),
    module: packageSchema
      .optional()
      .describe(
        'In place of `package`: the module of a modular service, as packages of nixpkgs carry it (`.#packages.x86_64-linux.forum.services.default`), or a file with one. It says what runs, how, and with which files. See docs/modular-services.md.',
      ),
    settings: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        "Options of the module by their names, as `{ 'forum.settings.port': 8080 }`; the module checks them.",
      ),
    ...shared,
    run: commandLine
      .optional()
      .describe(
        'The program of the package to run, with its arguments. Default: `meta.mainProgram`, else the only file in `bin/`.',
      ),
    listen: z
      .union(
        [
          z
            .strictObject({
              port: z.int().min(1).max(65535).describe('The port.'),
              network: z
                .literal('own')
                .optional()
                .describe(
                  "Gives the program a network of its own: any number of programs have the same port, on whichever address they listen, and none is reached but through nginx. It still connects to wherever the host does, but to the services of the host's loopback only where `reach` names them. Workers, timers and hooks stay in the host's network. Default: the host's network.",
                ),
              reach: z
                .array(loopbackAddress)
                .max(64)
                .optional()
                .describe(
                  "With `network`: what the program may reach on the host's loopback, over TCP and at the same address: `127.0.0.1:5432`, `[::1]:5432`. Default: nothing.",
                ),
            })
            .refine(({ network, reach }) => network !== undefined || reach === undefined, {
              path: ['reach'],
              message: "needs `network: 'own'`: in the host's network a program reaches all of its loopback",
            })
            .refine(({ port, reach = [] }) => reach.every((text) => !text.endsWith(`:${port}`)), {
              path: ['reach'],
              message: 'names the port that the program listens on itself',
            })
            .meta({ id: 'FixedPort' }),
          z.enum(['port', 'unix', 'socket']),
        ],
        {
          error: ({ input }) =>
            typeof input === 'number' || /^\d+$/.test(String(input)) ? `write { port: ${input} }` : undefined,
        },
      )
      .optional()
      .describe(
        "How the program listens. `{ port }`: on a port of its own choosing, on loopback; with `network: 'own'` on any address. `port`: on `$PORT`, which slipway picks. " +
          '`unix`: on the socket path in `$LISTEN_PATH`. `socket`: on the socket systemd passes (LISTEN_FDS, sd_listen_fds(3)). ' +
          'Without it the service is a background worker.',
      ),
    protocol: z
      .enum(['http', 'uwsgi', 'fastcgi'])
      .optional()
      .describe(
        "How nginx speaks to it: `uwsgi` is uWSGI's own protocol, `fastcgi` what PHP-FPM and fcgiwrap speak. These get a route's prefix in `SCRIPT_NAME`, and have no WebSockets. Default: `http`.",
      ),
    params: z
      .record(
        z
          .string()
          .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'expected the name of a CGI variable such as `SCRIPT_FILENAME`'),
        z
          .string()
          .max(1000)
          .regex(/^[ !#%-[\]-~]*$/, 'expected printable ASCII without `"`, `$` and a backslash'),
      )
      .optional()
      .describe(
        'With `uwsgi` and `fastcgi`: variables that go with every request, in place of what nginx says of it (RFC 3875, 4.1): `SCRIPT_FILENAME` for fcgiwrap and PHP-FPM.',
      ),
    health: healthSchema.optional().describe('When a release counts as healthy.'),
    watch: duration
      .optional()
      .describe(
        'How long the host goes on checking its health after a release was confirmed; if it turns unhealthy, the host reverts. Default: not at all.',
      ),
    env: serviceEnv.optional(),
    secrets: serviceSecretsSchema
      .optional()
      .describe(
        'What the program must get and nobody else may see: names, or an object that says for each where it comes from and how the program gets it. Its workers, timers and hooks get them too. See docs/secrets.md.',
      ),
    state: z
      .boolean()
      .optional()
      .describe(
        'A directory `/var/lib/NAME` of its own, kept across releases, in `$STATE_DIRECTORY`. Default: false.',
      ),
    adopt: z
      .boolean()
      .optional()
      .describe(
        'Whether a system user and a `/var/lib/NAME` that the host has already, and slipway did not make, become the ' +
          "service's: the directory's owner and mode change. Neither is ever purged. Default: false, they are refused.",
      ),
    nixDaemon: z
      .boolean()
      .optional()
      .describe(
        "Whether its programs may have the host's Nix daemon build. What it builds runs outside the service's sandbox and limits. Default: false.",
      ),
    cloudMetadata: z
      .boolean()
      .optional()
      .describe(
        'Whether its programs may reach link-local addresses (169.254.0.0/16, fe80::/64) and the other ones at which clouds tell a machine its credentials. Default: false.',
      ),
    assets: z
      .array(z.string().min(1))
      .optional()
      .describe('Files and folders beside the config, shipped with the release into its working directory.'),
    drain: duration
      .optional()
      .describe(
        'How long the requests, uploads, WebSockets and event streams that the old instance is at may go on after a switch before they are cut. Default: `30s`.',
      ),
    before: hooks
      .optional()
      .describe(
        'Commands of the new package to run before the switch, once for each release and on one host: migrations. They run with its environment, user and sandbox; if one fails, nothing is switched.',
      ),
    after: hooks
      .optional()
      .describe(
        'Commands to run once a release is confirmed, on one host. A failure is told; the release stays.',
      ),
    processes: z
      .record(z.string(), processSchema)
      .optional()
      .describe('Workers that run beside the main program, from the same package.'),
    timers: z.record(z.string(), timerSchema).optional().describe('Jobs that run on a calendar.'),
    unit: unit.optional(),
  })
  .superRefine((service, context) => {
    for (const { field, message } of moduleContradictions(service)) {
      context.addIssue({ code: 'custom', path: [field], message })
    }
  })
  .meta({ id: 'Service' })

export const siteSchema = z
  .strictObject({
    kind: z.literal('site').describe('Set by `site()`.'),
    package: packageSchema,
    ...shared,
    dir: z
      .string()
      .regex(FILE_PATTERN, FILE_EXPECTED)
      .optional()
      .describe('The folder of the package to serve. Default: the package itself.'),
    notFound: z
      .string()
      .regex(FILE_PATTERN, FILE_EXPECTED)
      .optional()
      .describe('The page for what is not there. Default: `404.html`.'),
    fallback: z
      .string()
      .regex(FILE_PATTERN, FILE_EXPECTED)
      .optional()
      .describe(
        'The page for paths where no file is, with status 200: `index.html` of an application that has paths of its own in the browser. Default: none, such paths are `notFound`.',
      ),
  })
  .meta({ id: 'Site' })

/** What ssh would take for an option, or a shell for more than a word: the host is named in lines that people paste. */
const destination = z.string().regex(/^[^\s\p{Cc}"'`$;&|<>()-][^\s\p{Cc}"'`$;&|<>()]*$/u, {
  error:
    'expected what ssh calls a destination, such as root@example.com: without blanks and quotes, and no option',
})

export const cacheSchema = z
  .strictObject({
    kind: z.literal('cache').describe('Set by `cache()`.'),
    host: z
      .string()
      .optional()
      .describe('The host that has it. Default: the only one; needed where the config has several.'),
    route: routeSchema.describe('The URL that it is read at.'),
    http: httpSchema.optional().describe('How nginx serves it; `allow` says who may read it.'),
    priority: z
      .int()
      .min(0)
      .max(1000)
      .optional()
      .describe(
        'Which of several caches Nix asks first: the one with the lowest number; cache.nixos.org has 40. Default: 30.',
      ),
  })
  .meta({ id: 'Cache' })

export const hostSchema = z.union([
  destination.describe(
    'Anything `ssh` accepts, or `rehearse:NAME` for a host of `slipway rehearse up NAME`.',
  ),
  z
    .strictObject({
      ssh: destination.describe('Anything `ssh` accepts; `~/.ssh/config` applies.'),
      options: z.array(z.string()).optional().describe('More arguments for `ssh`, such as `-p`, `2222`.'),
      build: z
        .enum(['local', 'host'])
        .optional()
        .describe('Where packages for it are built. Default: `local` where Nix is installed, else `host`.'),
      become: z
        .string()
        .regex(/\S/, 'expected a command such as "sudo -n"')
        .optional()
        .describe(
          "The words put before a command that must run as root, where the login is not root's. Default: `sudo -n`.",
        ),
      substitutes: z
        .boolean()
        .optional()
        .describe(
          'Whether the host fetches what its own substituters have instead of getting it from here. Default: false.',
        ),
    })
    .meta({ id: 'HostOptions' }),
])

export const configSchema = z
  .strictObject({
    project: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._/:@~+-]{0,127}$/,
        'expected a name of letters, digits and . _ / : @ ~ + -',
      )
      .optional()
      .describe(
        "What tells this project's services from those of others: a host refuses to replace a service that another project has deployed. " +
          'Default: the last two parts of the URL of the git remote `origin`; without a remote the first commit; without git this machine and the folder.',
      ),
    hosts: z.record(z.string(), hostSchema).describe('The servers, by a name of your choosing.'),
    services: z
      .record(z.string(), z.discriminatedUnion('kind', [serviceSchema, siteSchema]))
      .optional()
      .describe(
        'The services and sites. The name becomes the unit, the system user and the state directory. Needed where there are no systems.',
      ),
    systems: z
      .record(z.string(), z.discriminatedUnion('kind', [systemSchema]))
      .optional()
      .describe('Whole NixOS systems, and other Nix profiles that activate themselves.'),
    caches: z
      .record(z.string(), z.union([storeUrl, cacheSchema]))
      .optional()
      .describe(
        'Binary caches, by a name of your choosing that no service has: one of your own by `cache()`, or the URL of another. See docs/cache.md.',
      ),
    certificates: certificatesField,
    guard: guardSchema.optional().describe('How a host protects itself from a deploy that went wrong.'),
    secrets: secretsSchema.optional().describe('The encrypted file that secrets are kept in.'),
    overrideInputs: z
      .record(z.string(), z.string())
      .optional()
      .describe(
        "Flake inputs (and `<NAME>` paths of Nix files) to replace: a folder or a flake reference. A Nix file that says `<nixpkgs>` is pinned by `{ nixpkgs: 'github:NixOS/nixpkgs/REVISION' }`. `--override-input NAME PATH` does it for one run.",
      ),
    check: z
      .boolean()
      .optional()
      .describe(
        'Whether `slipway deploy` first runs the checks of the flake, as `slipway check` does, and stops where one fails. Default: false.',
      ),
    parallel: z.int().min(1).max(64).optional().describe('How many hosts are worked on at once. Default: 8.'),
  })
  .meta({ id: 'Config' })

/** The types that people's editors show are generated from this schema: they must stay its types. */
configSchema satisfies z.ZodType<unknown, Config>
