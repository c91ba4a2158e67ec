#!/usr/bin/env node
import { main } from '../dist/slipway.js'

await main(process.argv.slice(2))
