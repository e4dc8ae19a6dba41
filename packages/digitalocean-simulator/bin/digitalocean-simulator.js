#!/usr/bin/env node
import { existsSync } from 'node:fs'

const needed = [22, 18]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `digitalocean-simulator needs Node.js ${needed.join('.')} or newer; this is ${process.versions.node}.\n` +
      'In a checkout, `npx digitalocean-simulator` runs it on the Node.js that npm installed with it.\n',
  )
  process.exitCode = 1
} else {
  // A checkout runs its sources as they are; a published package has only what was built. Nothing
  // here imports another package of the workspace, so no export condition and no second process is
  // needed.
  const source = new URL('../src/cli.ts', import.meta.url)
  const built = new URL('../dist/cli.js', import.meta.url)
  await import((existsSync(source) ? source : built).href)
}
