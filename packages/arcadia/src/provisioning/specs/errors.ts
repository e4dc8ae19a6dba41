import type { SpecProblem } from '../../kinds/index.ts'

/** What goes wrong about what is asked for; `code` is stable, the message is for people. */
export abstract class ProvisioningError extends Error {
  abstract readonly code: string
}

export class ResourceNotFound extends ProvisioningError {
  override readonly name = 'ResourceNotFound'
  readonly code = 'resource_not_found'

  constructor(id: string) {
    super(`there is no resource ${id} in the inventory`)
  }
}

/** Nothing can be asked of what is gone. */
export class ResourceDeleted extends ProvisioningError {
  override readonly name = 'ResourceDeleted'
  readonly code = 'resource_deleted'

  constructor(id: string, deletedAt: Date) {
    super(
      `resource ${id} was deleted (seen at ${deletedAt.toISOString()}): nothing can be asked of it`,
    )
  }
}

/** The spec asks for what cannot be asked for. */
export class SpecRefused extends ProvisioningError {
  override readonly name = 'SpecRefused'
  readonly code = 'spec_refused'
  readonly problems: readonly SpecProblem[]

  constructor(problems: readonly SpecProblem[]) {
    super(`the spec is refused: ${problems.map(faultOf).join('; ')}`)
    this.problems = problems
  }
}

function faultOf({ field, message }: SpecProblem): string {
  return `${field}: ${message}`
}

/** Another tool owns the spec. */
export class OwnedElsewhere extends ProvisioningError {
  override readonly name = 'OwnedElsewhere'
  readonly code = 'owned_elsewhere'
  readonly owner: string

  constructor(resourceId: string, owner: string) {
    super(`what is asked of resource ${resourceId} is said by ${owner}: change it there`)
    this.owner = owner
  }
}

/** The spec is not the one that the caller saw. */
export class SpecMoved extends ProvisioningError {
  override readonly name = 'SpecMoved'
  readonly code = 'spec_moved'

  constructor(resourceId: string, seen: number | null, now: number | null) {
    super(
      `the spec of resource ${resourceId} is ${versionOf(now)} now, not ${versionOf(seen)}: read it again`,
    )
  }
}

function versionOf(version: number | null): string {
  return version === null ? 'not there' : `version ${version}`
}
