import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { environmentReads } from '../../../src/init/detect/environment.js'
import { source } from './samples.js'

/** The variables of a source, as `NAME=fallback`. */
function reads(raw: string, syntax: 'c' | 'rust' | 'python' = 'c'): string[] {
  return environmentReads([source(raw, syntax)]).map(({ name, fallback }) => `${name}=${fallback ?? ''}`)
}

describe('environmentReads', () => {
  it('of Go', () => {
    assert.deepEqual(reads('x := os.Getenv("TOKEN")'), ['TOKEN='])
    assert.deepEqual(reads('port := os.Getenv("PORT")\nif port == "" {\n\tport = "8080"\n}'), ['PORT=8080'])
    assert.deepEqual(reads('addr := cmp.Or(os.Getenv("ADDR"), ":80")'), ['ADDR=:80'])
    assert.deepEqual(reads('fmt.Println(os.Getenv("ADDR"), "is it")'), ['ADDR='])
    assert.deepEqual(reads('getEnvOr("DB", "x.db")'), ['DB=x.db'])
    assert.deepEqual(reads('p, ok := os.LookupEnv("PORT")\nif !ok {\n\tp = "1"\n}'), ['PORT=1'])
    assert.deepEqual(reads('if p := os.Getenv("DB"); p != "" {\n\treturn p\n}\nreturn "a.db"'), ['DB=a.db'])
    assert.deepEqual(reads('Port int `env:"PORT" envDefault:"3000"`'), ['PORT=3000'])
    assert.deepEqual(reads('os.Setenv("TOKEN", "x")\n// os.Getenv("OLD")'), [])
  })

  it('of Rust', () => {
    assert.deepEqual(reads('env::var("PORT").unwrap_or_else(|_| "3000".to_string())', 'rust'), ['PORT=3000'])
    assert.deepEqual(
      reads(
        'std::env::var("PORT")\n    .ok()\n    .and_then(|p| p.parse().ok())\n    .unwrap_or(8_080)',
        'rust',
      ),
      ['PORT=8080'],
    )
    assert.deepEqual(reads('match env::var("P") { Ok(p) => p, Err(_) => "4000".into() }', 'rust'), [])
    assert.deepEqual(reads('match env::var("PORT") { Ok(p) => p, Err(_) => "4000".into() }', 'rust'), [
      'PORT=4000',
    ])
    assert.deepEqual(reads('#[arg(long, env = "PORT", default_value_t = 5000)]\nport: u16', 'rust'), [
      'PORT=5000',
    ])
    assert.deepEqual(reads('#[arg(short, env, default_value = "0.0.0.0:1")]\n pub bind: String', 'rust'), [
      'BIND=0.0.0.0:1',
    ])
    assert.deepEqual(
      reads('env!("CARGO_PKG_VERSION"); option_env!("GIT_HASH"); env::set_var("X_Y", "1")', 'rust'),
      [],
    )
  })

  it('of Node', () => {
    assert.deepEqual(reads('listen(process.env.PORT || 3000)'), ['PORT=3000'])
    assert.deepEqual(reads("Number(process.env['API_PORT'] ?? '4000')"), ['API_PORT=4000'])
    assert.deepEqual(reads('Number(process.env.PORT) || 3000'), ['PORT=3000'])
    assert.deepEqual(reads('const { PORT = 3000, HOST: host, TOKEN } = process.env'), [
      'PORT=3000',
      'HOST=',
      'TOKEN=',
    ])
    assert.deepEqual(reads("app.listen(process.env.PORT, '0.0.0.0')"), ['PORT='])
  })

  it('of Python', () => {
    assert.deepEqual(reads('os.environ["KEY"]', 'python'), ['KEY='])
    assert.deepEqual(reads('int(os.environ.get("PORT", 8000))', 'python'), ['PORT=8000'])
    assert.deepEqual(reads("os.getenv('DB') or 'x.db'", 'python'), ['DB=x.db'])
  })

  it('names a variable once, where its fallback is', () => {
    const [read, ...others] = environmentReads([source('os.Getenv("PORT")\ngetenv("PORT", "1")')])
    assert.deepEqual(others, [])
    assert.deepEqual(read, { name: 'PORT', fallback: '1', required: false, at: { file: 'main', line: 2 } })
  })

  it('knows what a line fails without', () => {
    const required = (text: string) => environmentReads([source(text)]).map((read) => read.required)
    assert.deepEqual(required('key = os.environ["KEY"]'), [true])
    assert.deepEqual(required('os.environ["KEY"] = "x"'), [false])
    assert.deepEqual(required('key = os.environ.get("KEY")'), [false])
    assert.deepEqual(required('env::var("KEY").unwrap()'), [true])
    assert.deepEqual(required('env::var("KEY").unwrap_or_default()'), [false])
  })
})
