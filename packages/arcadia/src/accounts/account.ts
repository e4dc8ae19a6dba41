/** A cloud account that ArcadiaCloud looks after. */
export interface Account {
  readonly id: string
  readonly provider: string
  readonly name: string
  /** The provider's name for whose account it is; null until the first sync has learnt it. */
  readonly teamUuid: string | null
  /** It is a simulator's: nothing in it is real. */
  readonly simulated: boolean
  readonly writesEnabled: boolean
  readonly writesChangedAt: Date | null
  readonly writesChangedBy: string | null
  readonly createdAt: Date
}

/** Whether cloud writes are stopped everywhere. */
export interface FreezeState {
  readonly frozen: boolean
  readonly reason: string | null
  readonly changedAt: Date | null
  readonly changedBy: string | null
}

/** What decides whether a write to an account may leave. */
export interface Safety {
  readonly account: Account
  readonly freeze: FreezeState
}

/** Why no write to an account may leave now. */
export interface Refusal {
  readonly code: 'frozen' | 'writes_disabled' | 'no_provisioning_token'
  readonly message: string
}
