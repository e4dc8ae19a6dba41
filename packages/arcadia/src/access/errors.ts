/** What goes wrong about who may do what; `code` is stable, the message is for people. */
export abstract class AccessError extends Error {
  abstract readonly code: string
}

export class TokenNotFound extends AccessError {
  override readonly name = 'TokenNotFound'
  readonly code = 'token_not_found'

  constructor(id: string) {
    super(`there is no token ${id}`)
  }
}

/** Names tell tokens apart in every list and log, so two in use never share one. */
export class TokenNameTaken extends AccessError {
  override readonly name = 'TokenNameTaken'
  readonly code = 'token_name_taken'

  constructor(name: string) {
    super(`there is a token named "${name}" already: revoke that one, or choose another name`)
  }
}
