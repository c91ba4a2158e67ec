import type { Requirement } from './requirements.js'

/** Packages that nixpkgs calls otherwise than the index does; '' for those it doesn't need. */
const NAMES: Record<string, string> = {
  'backports-zoneinfo': '',
  'discord-py': 'discordpy',
  'faiss-cpu': 'faiss',
  'fastapi-slim': 'fastapi',
  'opencv-python': 'opencv4',
  'opencv-python-headless': 'opencv4',
  'psycopg-binary': 'psycopg',
  'psycopg2-binary': 'psycopg2',
  pyuwsgi: '',
  'tensorflow-cpu': 'tensorflow',
  uwsgi: '',
}

/** What extras add. Those that are missing here only tune a package. */
const EXTRAS: Record<string, Record<string, string[]>> = {
  celery: { redis: ['redis'], sqlalchemy: ['sqlalchemy'] },
  django: { argon2: ['argon2-cffi'], bcrypt: ['bcrypt'] },
  fastapi: {
    all: ['uvicorn', 'jinja2', 'python-multipart', 'httpx', 'email-validator', 'pyyaml'],
    standard: ['uvicorn', 'jinja2', 'python-multipart', 'httpx', 'email-validator'],
  },
  flask: { async: ['asgiref'], dotenv: ['python-dotenv'] },
  passlib: { argon2: ['argon2-cffi'], bcrypt: ['bcrypt'] },
  psycopg: { pool: ['psycopg-pool'] },
  pydantic: { email: ['email-validator'] },
  'python-jose': { cryptography: ['cryptography'] },
  redis: { hiredis: ['hiredis'] },
  sqlalchemy: { aiosqlite: ['aiosqlite', 'greenlet'], asyncio: ['greenlet'] },
  starlette: { full: ['jinja2', 'python-multipart', 'itsdangerous', 'httpx', 'pyyaml'] },
  uvicorn: { standard: ['httptools', 'python-dotenv', 'uvloop', 'websockets'] },
}

/** The dependencies that nixpkgs has under another name, or not at all. */
export function renamedDependencies(requirements: readonly Requirement[]): string[] {
  return requirements.map(({ name }) => name).filter((name) => (NAMES[name] ?? name) !== name)
}

/** Attributes of `python3Packages` for what a project asks for, sorted. */
export function nixpkgsNames(requirements: readonly Requirement[]): string[] {
  const names = requirements.flatMap(({ name, extras }) => [
    NAMES[name] ?? name,
    ...extras.flatMap((extra) => EXTRAS[name]?.[extra] ?? []),
  ])
  return [...new Set(names.filter((name) => name !== ''))].sort()
}
