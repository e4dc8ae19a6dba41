import { z } from 'zod'
import { shortId } from '../api/ids.ts'
import { readWhole } from '../api/lists.ts'
import { sagaEventBody } from '../api/saga-events.ts'
import type { Saga } from '../api/shapes.ts'
import { ExplainedError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import { refusalOf } from './reason.ts'
import { hasSettled } from './standing.ts'

const everyMs = 100
const mostLooks = 50

/** An act that was accepted, and was not possible any more when its turn came. */
class TooLate extends ExplainedError {
  override readonly name = 'TooLate'
  readonly code = 'too_late'
  readonly exitCode = exitCodes.refused
}

/**
 * Waits until a worker has taken up what was asked of a saga that stood still: it would look as if
 * it stood still for good to whoever watches it before. One that is at work is not waited for.
 * @param before the saga as it was before it was asked
 * @throws {TooLate} when the saga did not allow it any more
 */
export async function awaitUptake(session: Session, before: Saga, act: string): Promise<void> {
  if (!hasSettled(before)) return
  using interruption = session.terminal.interruption()
  const { signal } = interruption
  const cursor = before.event_seq ?? 0
  const path = `/sagas/${before.id}/events?cursor=${cursor}`
  for (let looks = 0; looks < mostLooks && !signal.aborted; looks += 1) {
    const { rows } = await readWhole(session.api, path, sagaEventBody)
    const refused = rows.find(({ type }) => type === 'act_refused')
    if (refused !== undefined) {
      const reason = z.string().catch('its state does not allow it any more')
      throw new TooLate(`The saga ${shortId(before.id)} did not ${act}.`, [
        `${refusalOf(reason.parse(refused.detail['reason']))}.`,
      ])
    }
    // That a worker has it says nothing yet of what it will do.
    if (rows.some(({ type }) => type !== 'run_claimed')) return
    await session.terminal.sleep(everyMs, signal)
  }
  if (signal.aborted) return
  session.note('No worker has taken it up yet: it will be when one runs ("arcadia worker").')
}
