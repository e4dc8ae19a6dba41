import { measureEnded } from './scale/ended.ts'
import { openServer, print } from './scale/server.ts'
import { measureTakeover } from './scale/takeover.ts'
import { measureWaiting } from './scale/waiting.ts'
import { measureWorkers } from './scale/workers.ts'

// What the engine costs when there is much of everything: `npm run bench:scale -- <part>…`.
// DATABASE_URL names a server to measure on; without it, a server is started in a temporary folder.

const parts = new Map([
  ['waiting', measureWaiting],
  ['ended', measureEnded],
  ['workers', measureWorkers],
  ['takeover', measureTakeover],
])

const asked = process.argv.slice(2)
const unknown = asked.find((part) => !parts.has(part))
if (unknown !== undefined) {
  throw new Error(`there is no part "${unknown}"; there are: ${[...parts.keys()].join(', ')}`)
}
const server = await openServer()
try {
  for (const [part, measure] of parts) {
    if (asked.length > 0 && !asked.includes(part)) continue
    print(`\n${part}`)
    await measure(server)
  }
} finally {
  await server.stop()
}
