import { type CanonicalForm, json } from './canonical-forms.ts'
import type { Attrs, Field, Kind, Severity } from './description.ts'
import { type Json, type JsonObject, own, stableText, valueAt } from './json.ts'

/** A field of which its kind says nothing: found in the answer by its name, compared as JSON. */
function undescribed(name: string): Field {
  return {
    pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    form: json,
    collection: 'scalar',
    authority: 'managed',
    absentMeans: 'null',
    severity: () => 'medium',
    note: 'a field of the API that ArcadiaCloud knows nothing of; it can be compared, not changed',
  }
}

/** Whether the kind describes a field of this name. */
export function isDescribed(kind: Kind, name: string): boolean {
  return Object.hasOwn(kind.fields, name)
}

/** What is known of a field; of one that its kind does not describe, what is true of all such. */
export function fieldOf(kind: Kind, name: string): Field {
  return (isDescribed(kind, name) ? kind.fields[name] : undefined) ?? undescribed(name)
}

/** A field's value as the answer has it; undefined where it has none. */
export function liveValue(kind: Kind, name: string, attrs: Attrs): Json | undefined {
  const field = fieldOf(kind, name)
  return field.read === undefined ? valueAt(attrs, field.pointer) : field.read(attrs)
}

/** How much a difference matters. `from` and `to` are canonical: asked for, and there. */
export function severityOf(kind: Kind, name: string, from: Json, to: Json): Severity {
  return fieldOf(kind, name).severity(from, to)
}

/** Whether an answer cannot show a field: the token may not see it, or it is in a passing state. */
function isHidden(field: Field, value: Json | undefined, attrs: Attrs): boolean {
  if (field.hiddenIn?.(attrs) === true) return true
  return value === undefined && field.scope !== undefined
}

/** Names of all fields of a resource: the described ones, and whatever else its answer has. */
function namesOf(kind: Kind, attrs: Attrs): string[] {
  const others = Object.keys(attrs).filter((name) => !isDescribed(kind, name))
  return [...Object.keys(kind.fields), ...others]
}

const comparedAuthorities = new Set(['managed', 'controller'])

export interface CanonicalAnswer {
  /** The comparable fields by name, in canonical form. */
  readonly canonical: JsonObject
  /** Names of the comparable fields that this answer cannot show; they are not in `canonical`. */
  readonly unobservable: readonly string[]
}

/** What of an answer is compared with what was asked for. */
export function canonicalOf(kind: Kind, attrs: Attrs): CanonicalAnswer {
  const canonical: [string, Json][] = []
  const unobservable: string[] = []
  for (const name of namesOf(kind, attrs)) {
    const field = fieldOf(kind, name)
    if (!comparedAuthorities.has(field.authority)) continue
    const value = liveValue(kind, name, attrs)
    if (isHidden(field, value, attrs)) unobservable.push(name)
    else canonical.push([name, canonicalLive(field, value)])
  }
  return { canonical: Object.fromEntries(canonical), unobservable: unobservable.sort() }
}

function canonicalLive(field: Field, value: Json | undefined): Json {
  return formed(field.form, present(field, value))
}

/** A value, or what its absence means. */
function present(field: Field, value: Json | undefined): Json {
  if (value !== undefined && value !== null) return value
  return typeof field.absentMeans === 'object' ? field.absentMeans.default : null
}

/** What the API says is taken as it is where it is not of the form expected: it is there, after all. */
function formed(form: CanonicalForm, value: Json): Json {
  const canonical = form.of(value)
  return 'value' in canonical ? canonical.value : value
}

/**
 * What is asked for when what is there becomes what was asked for: every managed field the answer
 * shows, as the answer has it.
 */
export function specOf(kind: Kind, attrs: Attrs): JsonObject {
  const spec: [string, Json][] = []
  for (const [name, field] of Object.entries(kind.fields)) {
    if (field.authority !== 'managed' || field.sensitive === true) continue
    const value = liveValue(kind, name, attrs)
    if (value !== undefined && value !== null && !isHidden(field, value, attrs)) {
      spec.push([name, value])
    }
  }
  return Object.fromEntries(spec)
}

export interface FieldChange {
  readonly from: Json
  readonly to: Json
}

/**
 * What differs in meaning between two answers, by field, with the values as the answers have them.
 * A field that either cannot show did not change: nobody saw it.
 */
export function changedFields(
  kind: Kind,
  before: Attrs,
  after: Attrs,
): { readonly [name: string]: FieldChange } {
  const changes: [string, FieldChange][] = []
  for (const name of new Set([...namesOf(kind, before), ...namesOf(kind, after)])) {
    const field = fieldOf(kind, name)
    if (field.volatile === true || field.sensitive === true) continue
    const from = liveValue(kind, name, before)
    const to = liveValue(kind, name, after)
    if (isHidden(field, from, before) || isHidden(field, to, after)) continue
    if (stableText(canonicalLive(field, from)) !== stableText(canonicalLive(field, to))) {
      changes.push([name, { from: from ?? null, to: to ?? null }])
    }
  }
  return Object.fromEntries(changes)
}

/** A member of a canonical form; null where it has none. */
export function canonicalMember(canonical: JsonObject, name: string): Json {
  return own(canonical, name) ?? null
}
