export { type Db, migrateDatabase, type OpenedDatabase, openDatabase } from './connection.ts'
export type * from './schema.ts'
export { databaseOver, inTransaction } from './transaction.ts'
