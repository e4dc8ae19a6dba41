import { errorLog } from './log.ts'
import { workerSettings } from './processes/worker-settings.ts'
import { diaryFetch } from './sagas/diary.ts'
import { openEstate } from './sagas/estate.ts'

// A worker, as a host would run one: it is started, told to end by SIGTERM, or just killed.

const settings = workerSettings.parse(JSON.parse(process.argv[2] ?? ''))
const { name, port, user, database, simulatorUrl, speed, leaseMs, concurrency, diary } = settings
const log = errorLog()

const estate = await openEstate({
  connection: {
    host: '127.0.0.1',
    port,
    user,
    database,
    ssl: false,
    max: 10,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    application_name: name,
  },
  simulatorUrl,
  speed,
  log,
  fetch: diaryFetch(diary, name),
})
const worker = estate.engine.createWorker({ name, concurrency, leaseMs })
worker.start()
process.stdout.write('ready\n')

// Ctrl-C is for the one who started this.
process.on('SIGINT', () => {})
// Nobody is left to end it.
process.on('disconnect', () => process.exit(1))
process.once('SIGTERM', async () => {
  await worker.stop({ graceMs: 5_000 })
  await estate.close()
  process.exit(0)
})
