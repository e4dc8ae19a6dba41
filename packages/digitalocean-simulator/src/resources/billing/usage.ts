import { billedHoursPerMonth } from '../../catalog/sizes.ts'
import type { Transaction } from '../../store/transaction.ts'
import { allPriced, type Priced } from './prices.ts'

const hourMs = 3_600_000

/** What the month of `now` has cost so far, in US dollars: what is there, and what was. */
export function monthToDate(tx: Transaction, now: number): number {
  let usd = tx.tables.charges.get(monthOf(now))?.usd ?? 0
  for (const priced of allPriced(tx.tables)) usd += costInMonth(priced, now)
  return usd
}

/** Keeps in mind what something has cost in the month in which it went. */
export function bookEnd(tx: Transaction, priced: Priced): void {
  if (priced.endedMs === null) return
  const month = monthOf(priced.endedMs)
  const before = tx.tables.charges.get(month)?.usd ?? 0
  tx.put(tx.tables.charges, { id: month, usd: before + costInMonth(priced, priced.endedMs) })
}

/**
 * What it has cost in the month of `now` until then: begun hours at a 672th of the monthly price,
 * and never more than that price.
 */
export function costInMonth({ createdMs, endedMs, monthly }: Priced, now: number): number {
  const from = Math.max(createdMs, Date.parse(`${monthOf(now)}-01T00:00:00Z`))
  const to = Math.min(endedMs ?? now, now)
  if (to < from) return 0
  const hours = Math.max(1, Math.ceil((to - from) / hourMs))
  return Math.min(hours / billedHoursPerMonth, 1) * monthly
}

function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7)
}
