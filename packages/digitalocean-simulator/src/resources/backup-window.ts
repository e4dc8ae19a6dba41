import { timestamp } from '../time.ts'
import type { BackupPolicy } from './droplet-record.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const windowHours = 4
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const

/** What backups are when nothing was asked for. */
export const defaultBackupPolicy: BackupPolicy = { plan: 'daily', hour: 0 }

/** A policy as the API writes it. */
export function backupPolicyView(policy: BackupPolicy) {
  return {
    plan: policy.plan,
    ...(policy.plan === 'weekly' ? { weekday: policy.weekday ?? 'SUN' } : {}),
    hour: policy.hour,
    window_length_hours: windowHours,
    retention_period_days: policy.plan === 'weekly' ? 28 : 7,
  }
}

/** The first window that begins after `now`. */
export function nextBackupWindow(policy: BackupPolicy, now: number) {
  const midnight = Math.floor(now / dayMs) * dayMs
  let start = midnight + policy.hour * hourMs
  while (start <= now || !isDue(policy, start)) start += dayMs
  return { start: timestamp(start), end: timestamp(start + windowHours * hourMs) }
}

function isDue(policy: BackupPolicy, start: number): boolean {
  if (policy.plan === 'daily') return true
  return weekdays[new Date(start).getUTCDay()] === (policy.weekday ?? 'SUN')
}
