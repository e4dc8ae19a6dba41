import { DBOS } from '@dbos-inc/dbos-sdk'
import { type Participant, serve } from '../participants/participant.ts'
import type { Setup } from '../participants/protocol.ts'
import { urlOf } from './url.ts'

/** Faster than 10, its default, and 50. */
const poolSize = 20

async function open({ connection }: Setup): Promise<Participant> {
  const three = DBOS.registerWorkflow(
    async () => {
      for (const name of ['one', 'two', 'three']) await DBOS.runStep(async () => {}, { name })
    },
    { name: 'three' },
  )
  const settings = { systemDatabasePoolSize: poolSize, logLevel: 'error', enableOTLP: false }
  DBOS.setConfig({
    name: 'bench',
    // Set, as in production: by default it is a hash of the workflows' source.
    applicationVersion: '1',
    systemDatabaseUrl: urlOf(connection),
    ...settings,
  })
  await DBOS.launch()
  return {
    settings: { ...settings, start: 'DBOS.startWorkflow, handle.getResult; no queue' },
    async run() {
      const handle = await DBOS.startWorkflow(three)()
      await handle.getResult()
    },
    close: () => DBOS.shutdown(),
  }
}

await serve(open)
