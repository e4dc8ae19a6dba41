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
