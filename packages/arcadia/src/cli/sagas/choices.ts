import { shortId } from '../api/ids.ts'
import type { Saga } from '../api/shapes.ts'
import type { Detail } from '../render/details.ts'
import { asksForApproval, awaitedAnswers } from './awaited.ts'
import { refusalOf } from './reason.ts'
import { hasEnded, hasTurned } from './standing.ts'

/**
 * What can be done about a saga now, as commands; what its state would suggest and cannot be, with
 * the reason. In capitals stands what only the operator knows.
 */
export function choices(saga: Saga): Detail[] {
  const { acts } = saga
  // A list, or a server of another version, does not say.
  if (acts === undefined) return []
  if (saga.status === 'parked') return [...parkedChoices(saga), ...ifAllowed(saga, 'cancel')]
  if (saga.status === 'completed') return [choice(saga, 'rollback')]
  if (hasEnded(saga)) return []
  return [...answerChoices(saga), ...ifAllowed(saga, 'cancel'), ...ifAllowed(saga, 'park')]
}

function answerChoices(saga: Saga): Detail[] {
  const awaited = awaitedAnswers(saga)
  const approvals = awaited.filter((step) => asksForApproval(saga, step))
  const named = (name: string) => (approvals.length > 1 ? ` --step ${name}` : '')
  return awaited.flatMap((step) =>
    asksForApproval(saga, step)
      ? [choice(saga, 'approve', named(step.name)), choice(saga, 'reject', named(step.name))]
      : [choice(saga, 'signal', ` ${step.name}`)],
  )
}

function parkedChoices(saga: Saga): Detail[] {
  return [
    ...answerChoices(saga),
    ...(['retry', 'skip', 'resolve', 'abandon'] as const).map((act) => choice(saga, act)),
  ]
}

function ifAllowed(saga: Saga, act: Act): Detail[] {
  return saga.acts?.[act] === null ? [choice(saga, act)] : []
}

type Act = keyof typeof words

const words = {
  approve: ['Approve', ''],
  reject: ['Reject', ' --reason WHY'],
  signal: ['Signal', ''],
  retry: ['Try again', ''],
  skip: ['Leave it out', ' --reason WHY'],
  resolve: ['Done by hand', ' --reason HOW'],
  abandon: ['Give up', ' --reason WHY'],
  cancel: ['Take back', ''],
  park: ['Stop here', ' --reason WHY'],
  rollback: ['Take back', ''],
} as const

function choice(saga: Saga, act: Act, which = ''): Detail {
  const refused = saga.acts?.[act] ?? null
  const [label, needs] = words[act]
  const name = act === 'skip' && hasTurned(saga) ? 'Leave its effect' : label
  if (refused !== null) return [name, `no: ${refusalOf(refused)}`, 'yellow']
  return [name, `arcadia saga ${act} ${shortId(saga.id)}${which}${needs}`, 'green']
}
