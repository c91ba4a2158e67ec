import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findFramework } from '../../../../src/init/detect/node/frameworks.js'
import { readPackage } from '../../../../src/init/detect/node/package-json.js'
import { textTree } from '../corpus.js'

function framework(manifest: object, files: Record<string, string> = {}) {
  const tree = textTree({ 'package.json': JSON.stringify(manifest), ...files })
  const found = findFramework(tree, '', readPackage(tree, ''))
  if (!found) return undefined
  const { what, output } = found
  return `${what}: ${output.kind === 'site' ? output.dir : output.kind === 'server' ? output.words[0]?.text : output.kind}`
}

describe('findFramework', () => {
  it('knows what each makes', () => {
    const next = { dependencies: { next: '15' } }
    assert.equal(framework(next), 'Next.js application: node_modules/next/dist/bin/next')
    assert.equal(
      framework(next, { 'next.config.ts': "output: 'standalone'" }),
      'Next.js application: next-standalone',
    )
    assert.equal(framework(next, { 'next.config.js': 'output: "export"' }), 'Next.js site: out')
    assert.equal(framework({ dependencies: { astro: '5' } }), 'Astro site: dist')
    assert.equal(
      framework({ dependencies: { astro: '5' } }, { 'astro.config.mjs': "outDir: './site'" }),
      'Astro site: site',
    )
    assert.equal(
      framework(
        { dependencies: { astro: '5', '@astrojs/node': '9' } },
        { 'astro.config.mjs': "import node from '@astrojs/node'" },
      ),
      'Astro application: dist/server/entry.mjs',
    )
    assert.equal(
      framework({ devDependencies: { '@sveltejs/kit': '2', '@sveltejs/adapter-node': '5' } }),
      'SvelteKit application: build/index.js',
    )
    assert.equal(
      framework({ devDependencies: { '@sveltejs/kit': '2', '@sveltejs/adapter-static': '3' } }),
      'SvelteKit site: build',
    )
    assert.equal(framework({ dependencies: { nuxt: '4' } }), 'Nuxt application: .output/server/index.mjs')
    assert.equal(
      framework({ dependencies: { nuxt: '4' }, scripts: { build: 'nuxt generate' } }),
      'Nuxt site: .output/public',
    )
    assert.equal(framework({ devDependencies: { '@11ty/eleventy': '3' } }), 'Eleventy site: _site')
  })

  it('takes Vite for a site only where no server is started', () => {
    const vite = { devDependencies: { vite: '7' }, scripts: { build: 'tsc && vite build' } }
    assert.equal(framework(vite), 'Vite site: dist')
    assert.equal(framework({ devDependencies: { vite: '7' } }), undefined)
  })
})
