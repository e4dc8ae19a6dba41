import type { Field, Kind, SpecProblem } from './description.ts'
import { type Json, type JsonObject, stableText } from './json.ts'
import { fieldOf, isDescribed } from './reading.ts'

export interface CanonicalSpec {
  /** The fields asked for, by name, in canonical form. */
  readonly canonical: JsonObject
  /** What cannot be asked for, and why; empty when the spec can be recorded. */
  readonly problems: readonly SpecProblem[]
}

/** A spec in canonical form, or what is wrong with it. */
export function canonicalSpec(kind: Kind, spec: JsonObject): CanonicalSpec {
  const canonical: [string, Json][] = []
  const problems: SpecProblem[] = []
  for (const [name, value] of Object.entries(spec)) {
    const result = canonicalField(kind, name, value)
    if (result === undefined) continue
    if ('problem' in result) problems.push({ field: name, message: result.problem })
    else canonical.push([name, result.value])
  }
  return { canonical: Object.fromEntries(canonical), problems }
}

function canonicalField(
  kind: Kind,
  name: string,
  value: Json,
): { readonly value: Json } | { readonly problem: string } | undefined {
  const field = fieldOf(kind, name)
  const refusal = refusalOf(kind, name, field)
  if (refusal !== undefined) return { problem: refusal }
  if (/\\u(0000|d[89a-f])/i.test(stableText([name, value]))) {
    return { problem: 'holds characters that cannot be stored' }
  }
  if (value !== null) return field.form.of(value)
  if (field.absentMeans === 'null') return { value: null }
  // Nobody asked for anything: the same as leaving the field out.
  if (field.absentMeans === 'unmanaged') return undefined
  return field.form.of(field.absentMeans.default)
}

function refusalOf(kind: Kind, name: string, field: Field): string | undefined {
  const title = `${kind.name} ${name}`
  if (field.sensitive === true) return `${title} is a secret, which is not stored`
  switch (field.authority) {
    case 'observed':
      return `${title} is the cloud's own and cannot be asked for: ${field.note}`
    case 'write-only':
      return `${title} cannot be compared with what is there: ${field.note}`
    case 'controller':
      return `${title} is moved by a controller and cannot be asked for: ${field.note}`
    case 'managed':
      return undefined
  }
}

/** The rule a field is under, for people and for programs. */
export interface FieldRule {
  readonly kind: string
  readonly field: string
  /** Whether the kind describes it, or it is merely a name in the API's answer. */
  readonly described: boolean
  readonly authority: Field['authority']
  readonly form: string
  /** In words: what counts as a difference, and what can be done about one. */
  readonly rule: string
  readonly change: Field['change'] | null
  readonly terraform: string | null
  readonly scope: string | null
}

const authorityWords: { readonly [A in Field['authority']]: string } = {
  managed: 'It can be asked for, and a difference is drift.',
  observed: "It is the cloud's own: never drift.",
  controller: 'A controller moves it: never drift of ours.',
  'write-only': 'It is given once and not compared afterwards.',
}

const changeWords: { readonly [H in NonNullable<Field['change']>['how']]: string } = {
  in_place: 'It can be changed in place.',
  disruptive: 'It can be changed with an interruption.',
  replace: 'It can be changed only by replacing the resource.',
  immutable: 'It cannot be changed.',
}

/** Why a field is, or is not, called different. */
export function explainField(kind: Kind, name: string): FieldRule {
  const field = fieldOf(kind, name)
  const { change } = field
  const words = [
    `${kind.name} ${name}: ${field.note}.`,
    authorityWords[field.authority],
    `Compared as ${field.form.name}: ${field.form.rule}.`,
    ...(change === undefined ? [] : [changeWords[change.how]]),
    ...(change?.note === undefined ? [] : [`(${change.note}.)`]),
    ...(field.scope === undefined ? [] : [`A token sees it with the scope ${field.scope}.`]),
  ]
  return {
    kind: kind.name,
    field: name,
    described: isDescribed(kind, name),
    authority: field.authority,
    form: field.form.name,
    rule: words.join(' '),
    change: change ?? null,
    terraform: field.terraform ?? null,
    scope: field.scope ?? null,
  }
}
