import { shortId } from '../api/ids.ts'
import type { Saga } from '../api/shapes.ts'
import { NotConfirmed } from '../errors.ts'
import { printable } from '../render/text.ts'
import { value } from '../render/words.ts'
import type { Session } from '../session.ts'

/**
 * Asks before a saga that destroys what no undo brings back, and says whether a backup is made
 * first. Others begin at once.
 * @throws {NotConfirmed} when nobody says yes
 */
export async function confirmStart(
  { terminal }: Pick<Session, 'terminal'>,
  kind: string | undefined,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (kind !== 'delete_droplet') return
  const droplet = `droplet ${printable(value(input['droplet_id']))}`
  const backup =
    input['snapshot'] === true
      ? 'A snapshot is taken first, and kept.'
      : 'No snapshot is taken first; snapshot=true takes one.'
  const answer = await terminal.ask(
    `The ${droplet} will be deleted, and there is no way back.\n${backup}\nDelete it? [y/N] `,
  )
  if (answer === undefined) {
    throw new NotConfirmed(`The ${droplet} was not deleted: nobody confirmed it.`, [
      backup,
      'Where nobody can be asked, say so with --yes.',
    ])
  }
  if (!/^y(es)?$/i.test(answer.trim())) throw new NotConfirmed(`The ${droplet} stays.`)
}

/**
 * Asks before a completed saga is taken back: what it made is deleted, whatever has come of it since.
 * @throws {NotConfirmed} when nobody says yes
 */
export async function confirmRollBack({ terminal }: Pick<Session, 'terminal'>, saga: Saga) {
  const name = `${saga.kind} ${shortId(saga.id)}`
  const done = (saga.steps ?? []).filter(({ status }) => status === 'completed')
  const answer = await terminal.ask(
    `Everything that ${name} did will be taken back: ${done.map((step) => step.name).join(', ')}.\nWhat it made is deleted, with all that has come of it since.\nRoll it back? [y/N] `,
  )
  if (answer === undefined) {
    throw new NotConfirmed(`${name} was not rolled back: nobody confirmed it.`, [
      'What it made would be deleted. Where nobody can be asked, say so with --yes.',
    ])
  }
  if (!/^y(es)?$/i.test(answer.trim())) throw new NotConfirmed(`${name} stays as it is.`)
}
