import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCrates } from '../../../../src/init/detect/rust/crates.js'
import { rustPrograms } from '../../../../src/init/detect/rust/programs.js'
import { textTree } from '../corpus.js'

const PACKAGE = '[package]\nname = "app"\nversion = "1.0.0"\n'

/** The port of the program that a source is of. */
function port(main: string, more: Record<string, string> = {}) {
  const tree = textTree({ 'Cargo.toml': PACKAGE, 'src/main.rs': main, ...more })
  const { crates } = readCrates(tree, '')
  return crates
    .flatMap((crate) => rustPrograms(tree, crate, crates, ''))
    .map(({ name, listen }) => [name, listen?.value.listen])
}

describe('rustPrograms', () => {
  it('find ports in the forms that people write', () => {
    for (const text of [
      'TcpListener::bind("127.0.0.1:3000")',
      'HttpServer::new(f).bind(("127.0.0.1", 3000))',
      'let addr = SocketAddr::from(([127, 0, 0, 1], 3000));',
      'warp::serve(routes).run(([127, 0, 0, 1], 3000))',
      'const ADDRESS: &str = "127.0.0.1:3000";',
      'let addr: SocketAddr = "127.0.0.1:3000".parse().unwrap();',
      'SocketAddrV4::new(Ipv4Addr::LOCALHOST, 3000)',
      'TcpListener::bind((Ipv4Addr::new(127, 0, 0, 1), 3000))',
      'const PORT: u16 = 3000;',
    ]) {
      assert.deepEqual(port(text), [['app', { port: 3000 }]], text)
    }
  })

  it('leave the ports of others alone', () => {
    assert.deepEqual(port('redis::Client::open("redis://127.0.0.1:6379")'), [['app', undefined]])
  })

  it("read what a crate's programs share, and not one another", () => {
    const files = { 'src/bin/other.rs': 'fn main() {}', 'src/serve.rs': 'TcpListener::bind("127.0.0.1:1")' }
    assert.deepEqual(port('mod serve;', files), [
      ['app', { port: 1 }],
      ['other', { port: 1 }],
    ])
    assert.deepEqual(port('fn main() {}', { 'src/bin/other.rs': 'TcpListener::bind("127.0.0.1:2")' }), [
      ['app', undefined],
      ['other', { port: 2 }],
    ])
  })
})
