import type { Files } from './written.js'

const LISTENS = "require('node:http').createServer().listen(process.env.PORT)\n"
const MODULE = "import http from 'node:http'\n\nhttp.createServer().listen(process.env.PORT)\n"

type Packages = Record<string, string>

/** A package.json and the lock file that npm 7 and later write for it. */
function npm(manifest: {
  dependencies?: Packages
  devDependencies?: Packages
  [field: string]: unknown
}): Files {
  const { dependencies, devDependencies } = manifest
  const own = { name: 'shop', version: '1.0.0', ...manifest }
  const locked = { ...(dependencies && { dependencies }), ...(devDependencies && { devDependencies }) }
  return { 'package.json': own, 'package-lock.json': { lockfileVersion: 3, packages: { '': locked } } }
}

/** A server without packages, by its start script. */
function script(start: string, more: Files = {}): Files {
  return {
    'package.json': { name: 'shop', version: '1.0.0', scripts: { start } },
    'server.js': LISTENS,
    ...more,
  }
}

/** A TypeScript server that a script builds. */
function built(scripts: Packages, more: Files = {}): Files {
  return {
    ...npm({ scripts, dependencies: { express: '^5.0.0' }, devDependencies: { typescript: '^5.0.0' } }),
    'src/server.ts': MODULE,
    ...more,
  }
}

const EXPRESS = { dependencies: { express: '^5.0.0' } }
const START = { scripts: { start: 'node server.js' } }

/** A workspace of npm: an application and the library that it needs, each in its own folder. */
const WORKSPACE: Files = {
  'package.json': { name: 'shop', private: true, workspaces: ['apps/*', 'packages/*'] },
  'package-lock.json': {
    lockfileVersion: 3,
    packages: {
      '': { name: 'shop', workspaces: ['apps/*', 'packages/*'] },
      'apps/api': { dependencies: { '@shop/prices': '*', express: '^5.0.0' } },
      'packages/prices': { version: '1.0.0' },
    },
  },
  'apps/api/package.json': {
    name: '@shop/api',
    version: '1.0.0',
    ...START,
    dependencies: { '@shop/prices': '*', express: '^5.0.0' },
  },
  'apps/api/server.js': LISTENS,
  'packages/prices/package.json': { name: '@shop/prices', version: '1.0.0', scripts: { build: 'tsc' } },
  'packages/prices/index.ts': 'export const price = 3\n',
}

const PNPM_WORKSPACE: Files = {
  'package.json': { name: 'shop', private: true, scripts: { start: 'turbo run start' } },
  'pnpm-workspace.yaml': "packages:\n  - 'apps/*'\n  - '!apps/old'\n",
  'pnpm-lock.yaml':
    "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  apps/api:\n    dependencies:\n      fastify:\n        specifier: ^5.0.0\n        version: 5.0.0\n",
  'apps/api/package.json': {
    name: 'api',
    scripts: { start: 'node dist/server.js', build: 'tsc' },
    dependencies: { fastify: '^5.0.0' },
  },
  'apps/api/src/server.ts': MODULE,
  'apps/old/package.json': { name: 'old', version: '1.0.0' },
}

const YARN_1 =
  '# yarn lockfile v1\n\n\nexpress@^5.0.0:\n  version "5.0.0"\n  resolved "https://registry.yarnpkg.com/express/-/express-5.0.0.tgz#0"\n'
const YARN_4 =
  '__metadata:\n  version: 8\n  cacheKey: 10c0\n\n"express@npm:^5.0.0":\n  version: 5.0.0\n  resolution: "express@npm:5.0.0"\n  checksum: 10c0/abc\n  languageName: node\n  linkType: hard\n'
const YARN_4_PLATFORMS = `${YARN_4}\n"@esbuild/linux-x64@npm:0.25.0":\n  version: 0.25.0\n  resolution: "@esbuild/linux-x64@npm:0.25.0"\n  conditions: os=linux & cpu=x64\n  languageName: node\n  linkType: hard\n`

const VITE = {
  scripts: { dev: 'vite', build: 'vite build', preview: 'vite preview' },
  devDependencies: { vite: '^7.0.0' },
}

/** Small repositories of each shape that JavaScript projects have. */
export const REPOSITORIES: Record<string, Files> = {
  // Node's command line.
  'node-import': script('node --import ./telemetry.js server.js', { 'telemetry.js': '' }),
  'node-import-package': {
    ...npm({ scripts: { start: 'node --import tsx server.ts' }, dependencies: { tsx: '^4.0.0' } }),
    'server.ts': MODULE,
  },
  'node-require-development': {
    ...npm({ scripts: { start: 'node -r dotenv/config server.js' }, devDependencies: { dotenv: '^17.0.0' } }),
    'server.js': LISTENS,
  },
  'node-options': script(
    'node --max-old-space-size=512 --unhandled-rejections strict --no_warnings server --port $PORT --name "My Shop"',
  ),
  'node-typescript': script('node server.ts', { 'server.js': '', 'server.ts': MODULE }),
  'node-watch': script('node --watch --inspect=0.0.0.0:9229 server.js'),
  'node-env-file': script('node --env-file=.env --env-file-if-exists=defaults.env server.js', {
    'defaults.env': 'A=1\n',
  }),
  'node-dot': {
    ...script('node .', { 'app/main.js': LISTENS }),
    'package.json': { name: 'shop', main: './app/main', scripts: { start: 'node .' } },
  },
  'node-folder': script('node server', { 'server.js': undefined as never, 'server/index.js': LISTENS }),
  'node-file-with-blank': script("node 'my server.js'", { 'my server.js': LISTENS }),
  'node-eval': script(`node -e "require('./server')"`),
  'node-variable': script('node $SCRIPT'),
  'node-run': {
    ...script('node --run serve'),
    'package.json': { name: 'shop', scripts: { start: 'node --run serve', serve: 'node server.js' } },
  },
  'node-missing': script('node dist/server.js'),
  // What stands around it.
  'cross-env': script('cross-env NODE_ENV=production GREETING="good day" node server.js'),
  'dotenv-cli': script('dotenv -e .env.production -- node server.js'),
  'env-cmd': script('env-cmd -f ./config/.env node server.js'),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell expands it
  'environment-default': script('PORT=8080 node server.js --port ${PORT:-3000}'),
  nodemon: script('nodemon --watch src --exec "node --inspect" server.js'),
  pm2: script('pm2-runtime start server.js -i max -- --quiet'),
  'pm2-ecosystem': script('pm2-runtime ecosystem.config.js'),
  'node-options-variable': script("NODE_OPTIONS='--import ./telemetry.js' node server.js", {
    'telemetry.js': '',
  }),
  // What the shell makes of it.
  piped: script('node server.js | pino-pretty'),
  background: script('node worker.js & node server.js'),
  alternatives: script('node server.js || node fallback.js'),
  substitution: script('node $(cat main)'),
  'shell-script': script('./start.sh'),
  'no-shell': script("node 'server.js"),
  docker: script('docker compose up'),
  'changes-folder': script('cd backend && node server.js', { 'backend/server.js': LISTENS }),
  // Scripts that run scripts.
  'build-then-run': built({ start: 'npm run build && node dist/server', build: 'rimraf dist && tsc' }),
  'builds-without-script': built({ start: 'tsc -p tsconfig.json && node dist/server.js' }),
  'build-by-another-name': built({
    start: 'node dist/server.js',
    prestart: 'npm run compile',
    compile: 'tsc',
  }),
  'migrates-first': built({
    start: 'prisma migrate deploy && node dist/server.js',
    build: 'prisma generate && tsc',
  }),
  'start-prod': built({
    start: 'ts-node-dev src/server.ts',
    'start:prod': 'npm run start:built -- --quiet',
    'start:built': 'node dist/server.js',
    build: 'tsc',
  }),
  'runs-itself': script('npm start'),
  'no-such-script': script('npm run serve'),
  concurrently: built({
    start: 'concurrently -n web,api "npm:watch" "npm:server"',
    watch: 'tsc -w',
    server: 'node dist/server.js',
    build: 'tsc',
  }),
  'two-servers': script('concurrently "node a.js" "node b.js"', { 'a.js': LISTENS, 'b.js': LISTENS }),
  // Programs of packages.
  tsx: {
    ...npm({ scripts: { start: 'tsx --env-file .env src/index.ts' }, dependencies: { tsx: '^4.0.0' } }),
    'src/index.ts': MODULE,
  },
  'tsx-development': {
    ...npm({ scripts: { start: 'tsx watch src/index.ts' }, devDependencies: { tsx: '^4.0.0' } }),
    'src/index.ts': MODULE,
  },
  'tsx-missing': { ...npm({ scripts: { start: 'npx tsx src/index.ts' } }), 'src/index.ts': MODULE },
  'ts-node': {
    ...npm({
      scripts: { start: 'ts-node -P tsconfig.json -r tsconfig-paths/register src/index.ts' },
      dependencies: { 'ts-node': '^10.0.0' },
    }),
    'src/index.ts': MODULE,
  },
  nest: {
    ...npm({
      scripts: { build: 'nest build', start: 'nest start', 'start:prod': 'node dist/main' },
      dependencies: { '@nestjs/core': '^11.0.0' },
      devDependencies: { '@nestjs/cli': '^11.0.0' },
    }),
    'src/main.ts': 'await app.listen(process.env.PORT ?? 3000)\n',
  },
  'nest-start': {
    ...npm({
      scripts: { start: 'nest start' },
      dependencies: { '@nestjs/core': '^11.0.0' },
      devDependencies: { '@nestjs/cli': '^11.0.0' },
    }),
    'nest-cli.json': { sourceRoot: 'app', entryFile: 'server' },
    'app/server.ts': 'await app.listen(process.env.PORT ?? 3000)\n',
  },
  remix: npm({
    scripts: { build: 'remix vite:build', start: 'remix-serve ./build/server/index.js' },
    dependencies: { '@remix-run/serve': '^2.0.0' },
  }),
  'react-router': npm({
    scripts: { build: 'react-router build', start: 'react-router-serve ./build/server/index.js' },
    dependencies: { '@react-router/serve': '^7.0.0' },
    devDependencies: { '@react-router/dev': '^7.0.0' },
  }),
  'unknown-tool': npm({ scripts: { start: 'launchpad serve' }, dependencies: { launchpad: '^1.0.0' } }),
  // Frameworks.
  'next-start': npm({
    scripts: { build: 'next build', start: 'next start -p 4000' },
    dependencies: { next: '^16.0.0' },
  }),
  'next-standalone': {
    ...npm({
      scripts: { build: 'next build', start: 'node .next/standalone/server.js' },
      dependencies: { next: '^16.0.0' },
    }),
    'next.config.js': "module.exports = { output: 'standalone' }\n",
  },
  'next-custom': {
    ...npm({ scripts: { build: 'next build', start: 'node server.js' }, dependencies: { next: '^16.0.0' } }),
    'server.js': LISTENS,
  },
  'sveltekit-node': {
    ...npm({
      scripts: { build: 'vite build', start: 'node build' },
      devDependencies: { '@sveltejs/kit': '^2.0.0', '@sveltejs/adapter-node': '^5.0.0' },
    }),
    'svelte.config.js': "import adapter from '@sveltejs/adapter-node'\n",
  },
  'sveltekit-auto': {
    ...npm({
      scripts: { build: 'vite build' },
      devDependencies: { '@sveltejs/kit': '^2.0.0', '@sveltejs/adapter-auto': '^5.0.0' },
    }),
    'svelte.config.js': "import adapter from '@sveltejs/adapter-auto'\n",
  },
  'sveltekit-static': {
    ...npm({
      scripts: { build: 'vite build' },
      devDependencies: { '@sveltejs/kit': '^2.0.0', '@sveltejs/adapter-static': '^3.0.0' },
    }),
    'svelte.config.js':
      "import adapter from '@sveltejs/adapter-static'\nexport default { kit: { adapter: adapter({ fallback: '200.html' }) } }\n",
  },
  'astro-site': npm({
    scripts: { build: 'astro build', start: 'astro dev' },
    dependencies: { astro: '^5.0.0' },
  }),
  'astro-node': {
    ...npm({
      scripts: { build: 'astro build', start: 'node ./dist/server/entry.mjs' },
      dependencies: { astro: '^5.0.0', '@astrojs/node': '^9.0.0' },
    }),
    'astro.config.mjs': "import node from '@astrojs/node'\n",
  },
  nuxt: npm({
    scripts: { build: 'nuxt build', start: 'node .output/server/index.mjs' },
    dependencies: { nuxt: '^4.0.0' },
  }),
  // Sites.
  'vite-router': { ...npm({ ...VITE, dependencies: { 'react-router-dom': '^7.0.0' } }), 'index.html': '' },
  'vite-pages': { ...npm(VITE), 'index.html': '', 'about.html': '' },
  'vite-express': {
    ...npm({
      scripts: { build: 'vite build', start: 'node server' },
      dependencies: { express: '^5.0.0' },
      devDependencies: { vite: '^7.0.0' },
    }),
    'server.js': LISTENS,
  },
  'create-react-app': npm({
    scripts: { build: 'react-scripts build', start: 'react-scripts start' },
    dependencies: { 'react-scripts': '5.0.1' },
  }),
  serve: npm({
    scripts: { build: 'webpack', start: 'serve -s public -l 3000' },
    devDependencies: { serve: '^14.0.0', webpack: '^5.0.0' },
  }),
  angular: {
    ...npm({
      scripts: { build: 'ng build', start: 'ng serve' },
      dependencies: { '@angular/core': '^20.0.0' },
    }),
    'angular.json': {
      projects: { shop: { architect: { build: { builder: '@angular/build:application', options: {} } } } },
    },
  },
  'react-router-spa': {
    ...npm({ scripts: { build: 'react-router build' }, devDependencies: { '@react-router/dev': '^7.0.0' } }),
    'react-router.config.ts': 'export default { ssr: false }\n',
  },
  // Lock files.
  'npm-lock-1': {
    'package.json': { name: 'shop', ...START, ...EXPRESS },
    'package-lock.json': { lockfileVersion: 1, dependencies: { express: { version: '5.0.0' } } },
    'server.js': LISTENS,
  },
  'npm-lock-1-stale': {
    'package.json': { name: 'shop', ...START, ...EXPRESS },
    'package-lock.json': { lockfileVersion: 1, dependencies: {} },
    'server.js': LISTENS,
  },
  'npm-shrinkwrap': {
    'package.json': { name: 'shop', ...START, ...EXPRESS },
    'npm-shrinkwrap.json': { lockfileVersion: 3, packages: { '': EXPRESS } },
    'server.js': LISTENS,
  },
  'pnpm-lock-6': {
    'package.json': { name: 'shop', ...START, ...EXPRESS },
    'pnpm-lock.yaml': "lockfileVersion: '6.0'\n",
    'server.js': LISTENS,
  },
  'pnpm-lock-stale': {
    'package.json': { name: 'shop', ...START, ...EXPRESS },
    'pnpm-lock.yaml':
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      express:\n        specifier: ^4.0.0\n        version: 4.0.0\n",
    'server.js': LISTENS,
  },
  'pnpm-lock-broken': {
    'package.json': { name: 'shop', ...START, ...EXPRESS },
    'pnpm-lock.yaml': 'a: [\n',
    'server.js': LISTENS,
  },
  'yarn-1': {
    'package.json': { name: 'shop', scripts: { ...START.scripts, build: 'tsc' }, ...EXPRESS },
    'yarn.lock': YARN_1,
    'server.js': LISTENS,
  },
  'yarn-4': {
    'package.json': { name: 'shop', ...START, ...EXPRESS },
    'yarn.lock': YARN_4,
    'server.js': LISTENS,
  },
  'yarn-4-platforms': {
    'package.json': { name: 'shop', ...START, ...EXPRESS },
    'yarn.lock': YARN_4_PLATFORMS,
    'server.js': LISTENS,
  },
  'yarn-4-hashes': {
    'package.json': { name: 'shop', ...START, ...EXPRESS },
    'yarn.lock': YARN_4_PLATFORMS,
    'missing-hashes.json': {},
    'server.js': LISTENS,
  },
  'yarn-stale': {
    'package.json': { name: 'shop', ...START, dependencies: { express: '^6.0.0' } },
    'yarn.lock': YARN_1,
    'server.js': LISTENS,
  },
  bun: {
    'package.json': {
      name: 'shop',
      scripts: { start: 'bun run src/index.ts' },
      dependencies: { hono: '^4.0.0' },
    },
    'bun.lock': '{}',
    'src/index.ts': 'Bun.serve({ port: process.env.PORT })\n',
  },
  'bun-node': {
    'package.json': { name: 'shop', ...START, ...EXPRESS },
    'bun.lockb': '',
    'server.js': LISTENS,
  },
  'two-locks': {
    ...npm({ ...START, ...EXPRESS, packageManager: 'yarn@1.22.22' }),
    'yarn.lock': YARN_1,
    'server.js': LISTENS,
  },
  // More than one folder.
  'npm-workspace': WORKSPACE,
  'npm-workspace-stale': { ...WORKSPACE, 'package-lock.json': { lockfileVersion: 3, packages: { '': {} } } },
  'pnpm-workspace': PNPM_WORKSPACE,
  'yarn-workspace': {
    ...WORKSPACE,
    'package.json': { name: 'shop', workspaces: { packages: ['apps/*', 'packages/*'] } },
    'package-lock.json': undefined as never,
    'yarn.lock': YARN_1,
  },
  'bun-workspace': { ...WORKSPACE, 'package-lock.json': undefined as never, 'bun.lock': '{}' },
  // Which Node.
  'engine-20': {
    ...script('node server.js'),
    'package.json': { name: 'shop', engines: { node: '20.x' }, ...START },
  },
  'engine-range': {
    ...script('node server.js'),
    'package.json': { name: 'shop', engines: { node: '>=20 <23' }, ...START },
  },
  'engine-volta': {
    ...script('node server.js'),
    'package.json': { name: 'shop', volta: { node: '22.4.1' }, engines: { node: '>=18' }, ...START },
  },
  'engine-development': {
    ...script('node server.js'),
    'package.json': { name: 'shop', devEngines: { runtime: { name: 'node', version: '^22.0.0' } }, ...START },
  },
  'nvmrc-codename': script('node server.js', { '.nvmrc': '# ours\nlts/jod\n' }),
  'nvmrc-star': script('node server.js', { '.nvmrc': 'lts/*' }),
  'nvmrc-nonsense': script('node server.js', { '.node-version': 'newest' }),
  // Manifests that aren't as they should be.
  'wrong-types': {
    'package.json': {
      name: 5,
      version: 1,
      description: [],
      main: {},
      scripts: { start: 'node server.js', build: 7 },
      dependencies: ['express'],
      workspaces: 'apps',
      engines: '>=18',
      volta: null,
      packageManager: {},
    },
    'server.js': LISTENS,
  },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a name, not a template
  'evil-name': { 'package.json': { name: '$(touch /tmp/x) "${x}"', ...START }, 'server.js': LISTENS },
  'manifest-of-list': { 'package.json': '[]' },
}
