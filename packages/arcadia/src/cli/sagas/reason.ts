import type { Saga } from '../api/shapes.ts'

/** Why it went back, or what it needs, in a sentence; undefined where all is well. */
export function reasonOf(saga: Saga): string | undefined {
  if (saga.parked) return `it needs you: ${inWords(parkedWords, saga.parked.reason, saga)}`
  if (!saga.error) return undefined
  const { reason, left_behind: left = [] } = saga.error
  const behind =
    left.length === 0 ? '' : `; left behind: ${left.map(({ name }) => name).join(', ')}`
  return `${inWords(errorWords, reason, saga)}${behind}`
}

/** What turned a saga, in words: of the reason alone, as its history has it. */
export function turnedBy(reason: string): string {
  return inWords(errorWords, reason, {})
}

/** What parked a saga, in words: of the reason alone; of one that was asked to, what was said. */
export function parkedBy(reason: string): string {
  return /^asked:(.*)$/s.exec(reason)?.[1] ?? inWords(parkedWords, reason, {})
}

/** A refusal in words: the engine names the code of what it is parked for. */
export function refusalOf(text: string): string {
  return text.replace(
    /(it is parked already) \((.*)\)/is,
    (_, parked: string, reason: string) => `${parked} (${parkedBy(reason)})`,
  )
}

/** What a reason says of the step, or of the words, that it names. */
type Words = Readonly<Record<string, (named: string, saga: Ledger) => string>>
type Ledger = Pick<Saga, 'steps'>

const errorWords: Words = {
  step_failed: (name, saga) => `the step "${name}" failed${faultOf(saga, name)}`,
  rejected: (name, saga) => `"${name}" was rejected${faultOf(saga, name)}`,
  stray_effect: (name) =>
    `a worker that had lost the saga did "${name}" all the same, and that had to be taken back`,
  cancelled: () => 'it was cancelled',
  rolled_back: () => 'it was complete, and was rolled back',
  abandoned: () => 'it was abandoned',
}

const parkedWords: Words = {
  step_failed: (name, saga) =>
    `the step "${name}" failed${faultOf(saga, name)}, where there is no way back any more`,
  undo_exhausted: (name, saga) => `"${name}" could not be taken back${undoFaultOf(saga, name)}`,
  outcome_unknown: (name, saga) =>
    `nobody can tell whether "${name}" took effect${faultOf(saga, name)}`,
  stray_effect: (name) =>
    `a worker that had lost the saga did "${name}" once more, or may have, and nothing tells the two apart`,
  irreversible: (name) =>
    `"${name}" took effect when the saga had gone back already, and nothing takes it back`,
  unknown_step: (name) => `no program that works on it knows its step "${name}"`,
  plan_mismatch: (name) => `its step "${name}" is not what it was when the saga began`,
  asked: (why) => `it was parked (${why})`,
}

/** A reason is a code, or a code with what it is about after a colon; others are words already. */
function inWords(words: Words, reason: string, saga: Ledger): string {
  const [, code = '', named = ''] = /^([a-z_]+)(?::(.*))?$/s.exec(reason) ?? []
  return Object.hasOwn(words, code) ? (words[code]?.(named, saga) ?? reason) : reason
}

function faultOf({ steps = [] }: Ledger, name: string): string {
  const message = steps.find((step) => step.name === name && step.error)?.error?.message
  return message === undefined ? '' : ` (${message})`
}

function undoFaultOf({ steps = [] }: Ledger, name: string): string {
  const message = steps.find((step) => step.name === name && step.undo_error)?.undo_error?.message
  return message === undefined ? '' : ` (${message})`
}
