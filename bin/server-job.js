'use strict'
const { join } = require('node:path')
const { loadProgram } = require('./load-program.js')

// What a job of `slipway server` is run by: see src/server/jobs/child.ts.
loadProgram(join(__dirname, '../dist/server-job.cjs')).main(process.argv.slice(2))
