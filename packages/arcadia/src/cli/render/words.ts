import { z } from 'zod'
import type { Style } from './paint.ts'
import type { Cell } from './table.ts'

const objectShape = z.record(z.string(), z.unknown())

type Words = Readonly<Record<string, readonly [words: string, style?: Style]>>

/** What people read; programs get the stored names, by `--json`. */
const sagaWords: Words = {
  pending: ['Queued', 'dim'],
  running: ['Running', 'cyan'],
  waiting: ['Waiting', 'cyan'],
  compensating: ['Undoing', 'yellow'],
  parked: ['Needs you', 'red'],
  completed: ['Completed', 'green'],
  rolled_back: ['Rolled back', 'yellow'],
  failed: ['Left something behind', 'red'],
}

const stepWords: Words = {
  running: ['Running', 'cyan'],
  waiting: ['Waiting', 'cyan'],
  completed: ['Completed', 'green'],
  failed: ['Failed', 'red'],
  unknown: ['Outcome unknown', 'yellow'],
  compensating: ['Undoing', 'yellow'],
  compensated: ['Undone', 'yellow'],
  compensation_failed: ['Undo failed', 'red'],
  skipped: ['Skipped', 'dim'],
  not_asked_for: ['Not asked for', 'dim'],
  undo_skipped: ['Undo skipped', 'yellow'],
  left_behind: ['Left behind', 'red'],
  given_up: ['Given up', 'dim'],
}

const driftWords: Words = {
  open: ['Open', 'yellow'],
  review: ['For review', 'yellow'],
  accepted: ['Kept live', 'green'],
  reverting: ['Restoring', 'cyan'],
  reverted: ['Restored', 'green'],
  stale: ['Fixed elsewhere', 'dim'],
  ignored: ['Ignored', 'dim'],
}

const severityStyles: Readonly<Record<string, Style>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'dim',
}

const waitWords: Readonly<Record<string, string>> = {
  time: '',
  lock: ' for a lock',
  child: ' for another saga',
  signal: ' for an answer',
}

const eventWords: Readonly<Record<string, string>> = {
  created: 'first seen',
  changed: 'changed',
  deleted: 'deleted',
  reappeared: 'there again',
  provisioned: 'asked for',
  drift_detected: 'drift detected',
  drift_resolved: 'drift resolved',
}

const marks: Readonly<Record<string, string>> = {
  running: '▸',
  waiting: '…',
  completed: '✔',
  failed: '✘',
  unknown: '?',
  compensating: '◂',
  compensated: '↩',
  compensation_failed: '✘',
  skipped: '-',
  not_asked_for: '-',
  undo_skipped: '-',
  left_behind: '✘',
  given_up: '-',
}

function lookUp(words: Words, status: string): { readonly text: string; readonly style?: Style } {
  const [text, style] = (Object.hasOwn(words, status) ? words[status] : undefined) ?? [status]
  return style === undefined ? { text } : { text, style }
}

export const sagaStatus = (status: string) => lookUp(sagaWords, status)
export const stepStatus = (status: string) => lookUp(stepWords, status)
export const driftStatus = (status: string) => lookUp(driftWords, status)

/** One character for where a step is. */
export function stepMark(status: string): string {
  return (Object.hasOwn(marks, status) ? marks[status] : undefined) ?? '·'
}

export function severity(name: string): Cell {
  return { text: name, style: severityStyles[name] }
}

/** What a waiting saga waits for, as "Waiting" goes on; for its time is what nearly all wait. */
export function waitsFor(what: string): string {
  return waitWords[what] ?? ` for ${what}`
}

/** Who did it; a saga goes by the digits that people see of it. */
export function actorName(actor: string | null): string {
  const saga = /^saga:[0-9a-f-]{28}([0-9a-f]{8})$/.exec(actor ?? '')?.[1]
  return saga === undefined ? (actor ?? '') : `saga ${saga}`
}

export function resourceEvent(type: string): string {
  return eventWords[type] ?? type.replaceAll('_', ' ')
}

/** A value out of JSON in a place where people read: text as it is, all else as JSON. */
export function value(json: unknown): string {
  if (json === undefined || json === null) return '—'
  return typeof json === 'string' ? json : jsonText(json)
}

/** JSON on one line, with blanks where it may be broken. */
export function jsonText(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(jsonText).join(', ')}]`
  const object = objectShape.safeParse(json)
  if (!object.success) return JSON.stringify(json) ?? 'null'
  const members = Object.entries(object.data)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}: ${jsonText(member)}`).join(', ')}}`
}

const changeShape = z.strictObject({ from: z.unknown(), to: z.unknown() })

/** The detail of an event on one line: what changed from what to what, else its members. */
export function changesText(detail: unknown): string {
  const members = objectShape.safeParse(detail)
  return Object.entries(members.success ? members.data : {})
    .map(([name, member]) => {
      const change = changeShape.safeParse(member)
      if (!change.success) return `${name.replaceAll('_', ' ')} ${value(member)}`
      return `${name} ${value(change.data.from)} → ${value(change.data.to)}`
    })
    .join(', ')
}
