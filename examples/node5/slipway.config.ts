import { asgi, defineConfig, site, wsgi } from 'slipway'

export default defineConfig({
  // A throwaway host: `slipway rehearse up node5`. For a real one, say 'root@10.0.0.5'.
  hosts: { node5: 'rehearse:node5' },
  services: {
    front: site({ package: '.#front', routes: ['http://node5.test'] }),
    blog: wsgi({
      package: '.#blog',
      module: 'blog:app',
      routes: ['http://blog.node5.test'],
      sqlite: ['blog.db'],
      init: 'blog/create_db.sql',
      static: { '/static': 'blog/static' },
      // A new article is a new release, and builds no Python.
      env: { CONTENT_ROOT_PATH: { package: '.#articles' } },
    }),
    // Below a path: Flask makes its links and redirects with SCRIPT_NAME.
    guests: wsgi({
      package: '.#guests',
      module: 'guests:app',
      routes: ['http://node5.test/guests'],
      sqlite: ['guests.db'],
      init: 'guests/create_db.sql',
      processes: { sweep: { run: 'guests-sweep' } },
    }),
    clock: asgi({ package: '.#clock', module: 'clock:app', routes: ['http://node5.test/clock'] }),
  },
})
