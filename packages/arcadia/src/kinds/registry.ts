import type { Kind } from './description.ts'
import { droplet } from './digitalocean/droplet.ts'
import { snapshot } from './digitalocean/snapshot.ts'

/** Every kind of resource there is, in the order in which they are synced. */
export const kinds: readonly Kind[] = [droplet, snapshot]

const byName = new Map(kinds.map((kind) => [kind.name, kind]))

/** A name that no kind has. */
export class UnknownResourceKind extends Error {
  override readonly name = 'UnknownResourceKind'
  readonly code = 'unknown_resource_kind'

  constructor(kind: string) {
    super(`there is no kind "${kind}"; known kinds: ${[...byName.keys()].join(', ')}`)
  }
}

/** @throws {UnknownResourceKind} */
export function kindOf(name: string): Kind {
  const kind = byName.get(name)
  if (kind === undefined) throw new UnknownResourceKind(name)
  return kind
}
