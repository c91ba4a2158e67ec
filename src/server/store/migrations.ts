/**
 * The database's form, step by step: `PRAGMA user_version` says how many of them it has had. One that was released is
 * never changed; a new form is a new step.
 *
 * Times are milliseconds since 1970. `job_queued` and `job_running` are the queue's rule: of each source at most one job
 * waits, and at most one runs.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE owner (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    process TEXT NOT NULL
  ) STRICT;

  CREATE TABLE source (
    name TEXT PRIMARY KEY,
    head TEXT,
    looks_wanted INTEGER NOT NULL DEFAULT 1,
    looks_done INTEGER NOT NULL DEFAULT 0,
    looked_at INTEGER,
    problem TEXT
  ) STRICT;

  CREATE TABLE hold (
    source TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('pause', 'rollback')),
    actor TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('deploy', 'rollback')),
    commit_id TEXT NOT NULL,
    service TEXT,
    release TEXT,
    cause TEXT NOT NULL,
    actor TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'deployed', 'unchanged', 'failed', 'cancelled', 'superseded')),
    step TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0,
    child TEXT,
    read_bytes INTEGER NOT NULL DEFAULT 0,
    queued_at INTEGER NOT NULL,
    began_at INTEGER,
    ended_at INTEGER,
    stop_by TEXT,
    stop_at INTEGER,
    replaced_by INTEGER,
    reason TEXT,
    result TEXT
  ) STRICT;
  CREATE UNIQUE INDEX job_queued ON job (source) WHERE state = 'queued';
  CREATE UNIQUE INDEX job_running ON job (source) WHERE state = 'running';
  CREATE INDEX job_source ON job (source, id);

  CREATE TABLE delivery (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    ref TEXT,
    verdict TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (source, id)
  ) STRICT;
  CREATE INDEX delivery_at ON delivery (at);

  CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    job INTEGER,
    data TEXT NOT NULL
  ) STRICT;

  CREATE TABLE token (
    name TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'deployer', 'admin')),
    sources TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
  ) STRICT;

  CREATE TABLE answer (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (actor, key)
  ) STRICT;

  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  `,
]
