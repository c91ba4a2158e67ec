#!/usr/bin/env node
'use strict'
const { join } = require('node:path')
const { loadProgram } = require('./load-program.js')

loadProgram(join(__dirname, '../dist/slipway.cjs')).main(process.argv.slice(2))
