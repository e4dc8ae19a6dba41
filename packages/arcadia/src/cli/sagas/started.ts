import type { Answer } from '../api/client.ts'
import { shortId } from '../api/ids.ts'
import type { Saga } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import { exitCodeOf, hasEnded, standing } from './standing.ts'

/** Shows a saga that was started and is not waited for; one that the same key started may have ended. */
export function printStarted(session: Session, { value: saga, body }: Answer<Saga>): ExitCode {
  if (session.json) session.printJson(body)
  else {
    const tag = shortId(saga.id)
    const { text, style } = standing(saga)
    session.print([`${session.paint('bold', saga.kind)}  ${tag}  ${session.paint(style, text)}`])
    const verb = hasEnded(saga) ? 'shows what it did' : 'follows it'
    session.note(`"arcadia saga ${hasEnded(saga) ? 'show' : 'watch'} ${tag}" ${verb}.`)
  }
  return hasEnded(saga) ? exitCodeOf(saga) : exitCodes.ok
}
