import { type CanonicalForm, json } from '../canonical-forms.ts'
import type { Attrs, Field } from '../description.ts'
import { isList, valueAt } from '../json.ts'

/**
 * A field that is the cloud's own.
 * @param volatile its changes are not worth an event
 */
export function observed(
  pointer: string,
  form: CanonicalForm,
  note: string,
  volatile = false,
): Field {
  return {
    pointer,
    form,
    collection: 'scalar',
    authority: 'observed',
    absentMeans: 'unmanaged',
    severity: () => 'low',
    volatile,
    note,
  }
}

/** A field that is given once, and of which later answers say nothing that could be compared. */
export function writeOnly(pointer: string, note: string): Field {
  return {
    pointer,
    form: json,
    collection: 'scalar',
    authority: 'write-only',
    absentMeans: 'unmanaged',
    severity: () => 'low',
    volatile: true,
    note,
  }
}

/** The text at a pointer; null where there is none. */
export function textAt(attrs: Attrs, pointer: string): string | null {
  const value = valueAt(attrs, pointer)
  return typeof value === 'string' ? value : null
}

/** The texts of the list at a pointer; none where there is no list. */
export function textsAt(attrs: Attrs, pointer: string): string[] {
  const value = valueAt(attrs, pointer)
  if (value === undefined || !isList(value)) return []
  return value.filter((member) => typeof member === 'string')
}
