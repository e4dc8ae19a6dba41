import { timestamp } from '../../time.ts'
import type { BackupPolicy } from './droplet-record.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const windowHours = 4
const windowStarts = [0, 4, 8, 12, 16, 20] as const
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const

const retentionDays = { daily: 7, weekly: 28 } as const

/** What backups are when nothing was asked for. */
export const defaultBackupPolicy: BackupPolicy = { plan: 'daily', hour: 0 }

/** A policy as the API writes it. */
export function backupPolicyView(policy: BackupPolicy) {
  return {
    plan: policy.plan,
    ...(policy.plan === 'weekly' ? { weekday: policy.weekday ?? 'SUN' } : {}),
    hour: policy.hour,
    window_length_hours: windowHours,
    retention_period_days: retentionDays[policy.plan],
  }
}

/** The first window that begins after `now`. */
export function nextBackupWindow(policy: BackupPolicy, now: number) {
  const midnight = Math.floor(now / dayMs) * dayMs
  let start = midnight + policy.hour * hourMs
  while (start <= now || !isDue(policy, start)) start += dayMs
  return { start: timestamp(start), end: timestamp(start + windowHours * hourMs) }
}

/** Whether a window of the policy begins at this time. */
export function windowBegins(policy: BackupPolicy, ms: number): boolean {
  return ms % dayMs === policy.hour * hourMs && isDue(policy, ms)
}

/** How long a backup is kept. */
export function retentionMs({ plan }: BackupPolicy): number {
  return retentionDays[plan] * dayMs
}

/** The policies there are to choose from, as the API writes them. */
export function supportedPolicies() {
  const possible = { possible_window_starts: windowStarts, window_length_hours: windowHours }
  return [
    {
      name: 'weekly',
      ...possible,
      retention_period_days: retentionDays.weekly,
      possible_days: weekdays,
    },
    { name: 'daily', ...possible, retention_period_days: retentionDays.daily, possible_days: [] },
  ]
}

function isDue(policy: BackupPolicy, start: number): boolean {
  if (policy.plan === 'daily') return true
  return weekdays[new Date(start).getUTCDay()] === (policy.weekday ?? 'SUN')
}
