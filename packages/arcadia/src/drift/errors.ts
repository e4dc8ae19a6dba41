/** What goes wrong about drift; `code` is stable, the message is for people. */
export abstract class DriftError extends Error {
  abstract readonly code: string
}

export class DriftNotFound extends DriftError {
  override readonly name = 'DriftNotFound'
  readonly code = 'drift_not_found'

  constructor(id: string) {
    super(`there is no drift ${id}`)
  }
}

/** Its state does not allow the act. */
export class DriftActRefused extends DriftError {
  override readonly name = 'DriftActRefused'
  readonly code = 'drift_act_refused'
}

/** It is not any more what whoever decided had seen. */
export class DriftMoved extends DriftError {
  override readonly name = 'DriftMoved'
  readonly code = 'drift_moved'
}

/** A saga is changing the resource now. */
export class ResourceLocked extends DriftError {
  override readonly name = 'ResourceLocked'
  readonly code = 'resource_locked'
  readonly sagaId: string

  constructor(sagaId: string) {
    super(`saga ${sagaId} is changing this resource: decide when it has ended`)
    this.sagaId = sagaId
  }
}

/** What cannot be undone wants the resource's name typed. */
export class NameNotConfirmed extends DriftError {
  override readonly name = 'NameNotConfirmed'
  readonly code = 'name_not_confirmed'

  constructor(name: string) {
    super(
      `nothing would be asked of a resource that is gone any more: to confirm, give its name ("${name}") as confirm_name`,
    )
  }
}
