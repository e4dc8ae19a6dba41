import { silentLog } from '@arcadia-cloud/saga'
import pg from 'pg'
import { createTestDatabase, type TestDatabase } from '../../../../../test/postgres/index.ts'
import { migrateDatabase, type OpenedDatabase, openDatabase } from '../index.ts'

/** A migrated database of a test's own. */
export interface TestControlPlane extends OpenedDatabase {
  /** How many statements were sent since the last call. */
  statements(): number
  drop(): Promise<void>
}

/** A database with both schemas, copied from a template that is migrated once a test run. */
export function migratedDatabase(): Promise<TestDatabase> {
  return createTestDatabase({
    name: 'control_plane',
    migrate: async (connection) => {
      const opened = openDatabase(connection, silentLog)
      try {
        await migrateDatabase(opened.pool)
      } finally {
        await opened.close()
      }
    },
  })
}

/** Makes one, and counts what is sent to it. */
export async function controlPlaneDatabase(): Promise<TestControlPlane> {
  const made = await migratedDatabase()
  const opened = openDatabase(made.connection, silentLog)
  const { query } = pg.Client.prototype
  let sent = 0
  opened.pool.on('connect', (client) => {
    // Counted where they leave, transactions' own BEGIN and COMMIT included.
    client.query = new Proxy(query.bind(client), {
      apply: (target, _client, args) => {
        sent += 1
        return Reflect.apply(target, client, args)
      },
    })
  })
  return {
    ...opened,
    statements: () => {
      const count = sent
      sent = 0
      return count
    },
    drop: async () => {
      await opened.close()
      await made.drop()
    },
  }
}
