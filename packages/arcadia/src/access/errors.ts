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

/** After it nobody could make another. */
export class LastAdministrator extends AccessError {
  override readonly name = 'LastAdministrator'
  readonly code = 'last_administrator'

  constructor(name: string) {
    super(
      `the token "${name}" is the last one of the role platform_admin: without it nobody could administer ArcadiaCloud. Make another first ("arcadia token create <name> --role platform_admin"), and revoke this one with that`,
    )
  }
}

/** The settings give the first administrator a token that somebody has revoked. */
export class AdminTokenRevoked extends AccessError {
  override readonly name = 'AdminTokenRevoked'
  readonly code = 'admin_token_revoked'
  readonly revokedBy: string

  constructor(revokedBy: string) {
    super(`the administrator's token was revoked by "${revokedBy}", and stays so`)
    this.revokedBy = revokedBy
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
