import { createHash } from 'node:crypto'
import {
  type Attrs,
  type CanonicalAnswer,
  type Columns,
  canonicaliserVersion,
  canonicalOf,
  type Kind,
  stableText,
  storable,
} from '../kinds/index.ts'

/** What an answer of the cloud says about one resource, ready to be recorded. */
export interface Sighting extends CanonicalAnswer {
  readonly externalId: string
  readonly urn: string | null
  readonly columns: Columns
  readonly attrs: Attrs
  /** The same for the same content; another canoniser makes another of the same content. */
  readonly contentHash: string
}

/** Reads one of the cloud's answers by what its kind says. Pure. */
export function sightingOf(kind: Kind, answer: object): Sighting {
  const attrs = storable(answer)
  const externalId = kind.externalId(attrs)
  return {
    ...canonicalOf(kind, attrs),
    externalId,
    urn: kind.urn(externalId),
    columns: kind.columns(attrs),
    attrs,
    contentHash: createHash('sha256')
      .update(`${canonicaliserVersion} ${stableText(attrs)}`)
      .digest('hex'),
  }
}
