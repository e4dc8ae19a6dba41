#!/usr/bin/env node
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'

const needed = [22, 18]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `arcadia needs Node.js ${needed.join('.')} or newer; this is ${process.versions.node}.\n` +
      'In a checkout, "npx arcadia" and "npm start" run it on the Node.js that npm installed with it.\n',
  )
  process.exitCode = 1
} else {
  const source = new URL('../src/cli/index.ts', import.meta.url)
  const built = new URL('../dist/cli/index.js', import.meta.url)
  const isCheckout = existsSync(source)
  if (isCheckout) resolveToSources()
  const { main } = await import((isCheckout ? source : built).href)
  process.exitCode = await main(process.argv.slice(2))
}

/**
 * A checkout runs its sources as they are: the packages of the workspace export them under a
 * condition of their own. Set here rather than by starting Node again with --conditions, so that
 * there is one process, which alone gets the signals meant for it.
 */
function resolveToSources() {
  nodeModule.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, {
        ...context,
        conditions: [...context.conditions, '@arcadia-cloud/source'],
      }),
  })
}
