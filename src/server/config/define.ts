/** A forge's webhook: `POST /hooks/NAME` of the server, NAME being the source's. */
export interface Webhook {
  forge: 'github' | 'gitlab' | 'forgejo'
  /**
   * What the forge signs with, at least 16 characters: an environment variable of the server, or a file beside the config
   * that nobody else can read. GitLab's own signing tokens begin with `whsec_`.
   */
  secret: { env: string } | { file: string }
}

/** A branch that is deployed, and what it may deploy. */
export interface Source {
  /** What the server calls it: a-z, 0-9 and "-". */
  name: string
  /** The repository: a URL of https, ssh or git, `user@host:path`, or a path on this machine. It holds no password. */
  repo: string
  /** Default: `main`. */
  branch?: string
  /** The folder of its `slipway.config.ts`. Default: the repository's own. */
  path?: string
  /** Which of its config's environments, as `--env` has it. */
  env?: string
  /** The services and systems that it may deploy. Those of two sources are never the same. */
  services: string[]
  webhook?: Webhook
  /** How often the branch is looked at, whether or not a webhook came: `10s` at least. Default: `1m`. */
  poll?: string
  /** How long a deploy may take; then it is stopped, and the host puts back what it had begun. Default: `1h`. */
  deadline?: string
}

/** `slipway.server.ts`: what a server deploys. Nothing in a repository changes it. */
export interface ServerConfig {
  sources: Source[]
  /** Where the API and webhooks are served, on this machine. Default: `127.0.0.1:4780`. */
  listen?: string
  /** Names other than that address by which it is asked, such as that of a proxy: `deploy.example.com`. */
  names?: string[]
  /** How many deploys run at once. Default: 2. */
  parallel?: number
}

/** Types a `slipway.server.ts`; returns it as it is. */
export function defineServer(config: ServerConfig): ServerConfig {
  return config
}

/** A branch that is deployed: plain data for `sources`. */
export function source(options: Source): Source {
  return options
}
