import type { Refusal } from './account.ts'

/**
 * What goes wrong about accounts; `code` is stable, the message is for people. All of it is found
 * out before any request leaves, and stays so until somebody changes something: the saga engine's
 * classifier reads `effect` and `retryable`.
 */
export abstract class AccountError extends Error {
  abstract readonly code: string
  readonly effect = 'none'
  readonly retryable = false
}

export class AccountNotFound extends AccountError {
  override readonly name = 'AccountNotFound'
  readonly code = 'account_not_found'

  constructor(id: string) {
    super(`there is no account ${id}`)
  }
}

/** Nobody said which account, and there is not exactly one to take. */
export class NoDefaultAccount extends AccountError {
  override readonly name = 'NoDefaultAccount'
  readonly code = 'no_default_account'

  constructor(names: readonly string[]) {
    super(
      names.length === 0
        ? 'there is no account yet'
        : `there are several accounts (${names.join(', ')}): say which by account_id`,
    )
  }
}

/** A simulator's account by the name of a real one, or the other way round. */
export class AccountMismatch extends AccountError {
  override readonly name = 'AccountMismatch'
  readonly code = 'account_mismatch'

  constructor(name: string, recorded: { readonly simulated: boolean }) {
    const is = recorded.simulated ? 'a simulated account' : 'a real account'
    super(
      `"${name}" is recorded as ${is} and cannot become the other: give it another name, or use another database`,
    )
  }
}

/** A write to a cloud was refused, and will be until an operator allows it. */
export class WritesRefused extends AccountError {
  override readonly name = 'WritesRefused'
  readonly code: Refusal['code']

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.code = refusal.code
  }
}
