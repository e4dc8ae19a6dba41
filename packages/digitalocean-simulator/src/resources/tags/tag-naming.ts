import { unprocessable } from '../../http/answer.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { TaggedKind } from './tag-record.ts'

const valid = /^[a-zA-Z0-9_\-:]{1,255}$/

/**
 * Makes sure that tags exist, and says how each is spelled: as it was the first time, since tags
 * ignore case. Repeats are dropped.
 * @throws ApiError 422 for a name with other characters than letters, digits, `:`, `-` and `_`
 */
export function ensureTags(tx: Transaction, names: readonly string[]): string[] {
  const spelled = new Map<string, string>()
  for (const name of names) {
    if (!valid.test(name))
      throw unprocessable(`Error validating resource tag: "${name}" contains invalid characters`)
    const known = tx.tables.tags.get(name.toLowerCase())
    const tag = known ?? tx.put(tx.tables.tags, { name, lastTagged: {} })
    spelled.set(tag.name.toLowerCase(), tag.name)
  }
  return [...spelled.values()]
}

/** Notes which resource was tagged last, as the tag itself tells. */
export function noteTagged(
  tx: Transaction,
  names: readonly string[],
  kind: TaggedKind,
  id: string | number,
): void {
  for (const name of names) {
    const tag = tx.tables.tags.get(name.toLowerCase())
    if (tag) tx.put(tx.tables.tags, { ...tag, lastTagged: { ...tag.lastTagged, [kind]: id } })
  }
}
