import type { Engine, Operating, Priority, Run, Started } from '@arcadia-cloud/saga'
import type { Account } from '../accounts/index.ts'
import type { Db } from '../database/index.ts'
import type { Authenticate } from './guard.ts'

/** Starts of sagas, with the rules about when one may be. */
export interface SagaStarts {
  /**
   * Starts a saga by its kind. One that would change a cloud is refused, and leaves no trace, while
   * that may not be; a repeated key gives its run all the same.
   * @throws {WritesRefused} and what the engine throws
   */
  kind(kind: string, input: unknown, options: StartedBy): Promise<Started>
  /** The same, for a list of steps. */
  steps(steps: readonly AskedStep[], input: unknown, options: StartedBy): Promise<Started>
  /** A sync of an account that begins from now on; one that has yet to begin serves. */
  sync(options: SyncAsked): Promise<Run>
  /** A drift sweep of an account that begins from now on; one that has yet to begin serves. */
  detection(options: Pick<SyncAsked, 'accountId' | 'actor'>): Promise<Run>
}

export interface StartedBy {
  readonly actor: string
  readonly key?: string | undefined
  readonly priority?: Priority | undefined
}

export interface AskedStep {
  readonly name: string
  readonly input?: unknown
}

export interface SyncAsked {
  readonly accountId: string | undefined
  readonly kinds?: readonly string[] | undefined
  /** An operator's word that more than a few resources may be gone at once. */
  readonly allowMassDeletion?: boolean | undefined
  readonly actor: string
}

/** One thing that has to be so for the program to do its work. */
export interface ReadinessCheck {
  readonly ok: boolean
  /** What is wrong, for people; nothing secret, for everybody may read it. */
  readonly detail?: string
}

/** By name: database, migrations, worker. */
export type Readiness = Readonly<Record<'database' | 'migrations' | 'worker', ReadinessCheck>>

/** Where the API says what it does; a pino logger fits. Fields hold no header and no body. */
export interface HttpLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** All that the API acts on. */
export interface ApiDeps {
  readonly db: Db
  readonly engine: Engine
  readonly starts: SagaStarts
  /**
   * The acts on sagas, with the rules about when one may be: what would set one going that changes a
   * cloud is refused while that may not be, as its start would.
   * @throws {WritesRefused} and what the engine throws
   */
  readonly operating: Operating
  readonly authenticate: Authenticate
  /**
   * Allows writes to an account, if this program could make any.
   * @throws {WritesRefused} when it has no token for them, {AccountNotFound}
   */
  readonly enableWrites: (accountId: string, actor: string) => Promise<Account>
  readonly readiness: () => Promise<Readiness>
  /** Whether an error means that the database does not answer for the moment. */
  readonly isTransient: (error: unknown) => boolean
  readonly log: HttpLog
}
