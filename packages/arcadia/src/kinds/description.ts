import type { DigitalOcean } from '@arcadia-cloud/digitalocean'
import type { CanonicalForm } from './canonical-forms.ts'
import type { Json, JsonObject } from './json.ts'

/** The cloud's answer about one resource, as it came. */
export type Attrs = JsonObject

/**
 * Whose word a field follows.
 * - `managed`: can be asked for; a difference is drift.
 * - `observed`: the cloud's own; shown, never drift, refused in a spec.
 * - `controller`: a controller (autoscaler, upgrader) moves it; shown, drift only as review.
 * - `write-only`: given when the resource is made and never read back; refused in a spec.
 */
export type Authority = 'managed' | 'observed' | 'controller' | 'write-only'

/** How the members of a field belong together. */
export type Collection = 'scalar' | 'list' | 'set' | 'multiset' | { readonly keyedBy: string }

/**
 * What a missing value means: nobody asked (`unmanaged`), null, or the default it takes.
 */
export type AbsentMeans = 'unmanaged' | 'null' | { readonly default: Json }

/** What it takes to change a field of what is already there. */
export type ChangeWay = 'in_place' | 'disruptive' | 'replace' | 'immutable'

export interface Change {
  readonly how: ChangeWay
  /** Whether the change can be taken back to exactly what was before. */
  readonly undoable: boolean
  /** The step that makes it; absent while there is none. */
  readonly step?: string
  /** For people: what it takes, or why it cannot be done. */
  readonly note?: string
}

export type Severity = 'low' | 'medium' | 'high' | 'critical'

/** All there is to know of one field of a kind. */
export interface Field {
  /** JSON Pointer into the answer. */
  readonly pointer: string
  /** The value out of the answer: undefined where the answer does not have it. Default: the pointer's. */
  readonly read?: (attrs: Attrs) => Json | undefined
  /** Whether this answer cannot show the field, though the token may see it: a passing state. */
  readonly hiddenIn?: (attrs: Attrs) => boolean
  readonly form: CanonicalForm
  readonly collection: Collection
  readonly authority: Authority
  readonly absentMeans: AbsentMeans
  /** Its value is a secret: never stored. */
  readonly sensitive?: boolean
  /** Absent where nothing can be asked for. */
  readonly change?: Change
  readonly severity: (from: Json, to: Json) => Severity
  /** Terraform's name for it. */
  readonly terraform?: string
  /** The scope a token needs to see it, e.g. `tag:read`. */
  readonly scope?: string
  /** It changes by itself all the time: its changes are not worth an event. */
  readonly volatile?: boolean
  /** For people: what it is, or what to ask for in its place. */
  readonly note: string
}

/** The columns every resource has, whatever its kind; null where the kind has no such thing. */
export interface Columns {
  readonly name: string | null
  readonly region: string | null
  readonly size_slug: string | null
  readonly status: string | null
  readonly tags: readonly string[]
}

export interface ListedPage {
  readonly items: readonly object[]
  /** When the request for it was sent, by this machine's clock. */
  readonly sentAt: Date
  /** No page follows it. */
  readonly last: boolean
}

/** All there is to know of one kind of resource. To support a new kind is to write one of these. */
export interface Kind {
  /** Its name everywhere: in rows, locks, specs. */
  readonly name: string
  readonly provider: 'digitalocean'
  /** Names its sync step: `sync_<plural>`. */
  readonly plural: string
  /** How long the cloud's lists may still show what was, after a change. Milliseconds. */
  readonly settleMs: number
  /**
   * Every listing that together shows all there are; a listing is complete when its last page came.
   */
  readonly listings: (
    cloud: DigitalOcean,
    options: { readonly perPage: number; readonly signal?: AbortSignal },
  ) => readonly AsyncIterable<ListedPage>[]
  /** @throws the client's `NotFound` when there is none by that id */
  readonly get: (
    cloud: DigitalOcean,
    externalId: string,
    options: { readonly signal?: AbortSignal },
  ) => Promise<object>
  readonly externalId: (attrs: Attrs) => string
  /** Null where the provider has no such name for this kind. */
  readonly urn: (externalId: string) => string | null
  /** When it was made, RFC 3339; null where the answer does not say. */
  readonly bornAt: (attrs: Attrs) => string | null
  readonly columns: (attrs: Attrs) => Columns
  /** By the name they have in a spec. */
  readonly fields: { readonly [name: string]: Field }
}

/** A part of a spec that cannot be asked for. */
export interface SpecProblem {
  readonly field: string
  readonly message: string
}
