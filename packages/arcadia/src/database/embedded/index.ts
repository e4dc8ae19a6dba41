export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts'
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './errors.ts'
export type { EmbeddedPostgresLog } from './log.ts'
export { stopServer as stopServerOf } from './server-stop.ts'
export type { EmbeddedConnection } from './session.ts'
