#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs'
// Not by name: what is too old to have it shall be told so below.
import * as nodeModule from 'node:module'

const source = new URL('../src/cli/index.ts', import.meta.url)
const installed = new URL('../../../node_modules/node/bin/node', import.meta.url)
const built = new URL('../dist/cli/index.js', import.meta.url)
const isCheckout = existsSync(source)

// What is built was brought down to the oldest Node.js that is supported; sources run as they are.
const needed = isCheckout ? [24, 0] : [22, 18]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  const advice = isCheckout ? adviceOf(installed) : ''
  process.stderr.write(
    `arcadia needs Node.js ${needed.join('.')} or newer here; this is ${process.versions.node}.\n${advice}`,
  )
  process.exitCode = 1
} else {
  if (isCheckout) resolveToSources()
  const { main } = await import((isCheckout ? source : built).href)
  process.exitCode = await main(process.argv.slice(2))
}

/** The Node.js of a checkout comes by a script of its package, which some machines do not let run. */
function adviceOf(binary) {
  const usual = '"npm start" and "npx arcadia" run it on the Node.js that "npm ci" installs with it'
  return existsSync(binary)
    ? `${usual}.\n`
    : `${usual}, which is not there: "npm rebuild node" brings it ("npm ci" does too, without --ignore-scripts).\n`
}

/**
 * The packages of a checkout export their sources under a condition of their own, which is followed
 * here rather than by starting Node.js again with --conditions: so there is one process, which alone
 * gets the signals that are meant for it.
 */
function resolveToSources() {
  nodeModule.registerHooks({
    resolve(specifier, context, next) {
      const [, name, door = ''] = /^@arcadia-cloud\/([^/]+)(\/.+)?$/.exec(specifier) ?? []
      if (name === undefined) return next(specifier, context)
      const manifest = new URL(`../../${name}/package.json`, import.meta.url)
      const { exports } = JSON.parse(readFileSync(manifest, 'utf8'))
      const path = exports[`.${door}`]['@arcadia-cloud/source']
      return next(new URL(path, manifest).href, context)
    },
  })
}
