import { createHash, randomBytes } from 'node:crypto'

const prefix = 'arc_'

/** A new bearer token: 256 random bits, recognisable by its prefix. */
export function newTokenText(): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`
}

/**
 * What is stored of a token: SHA-256, hexadecimal. A fast hash is enough for 256 random bits, and
 * looking a hash up leaks nothing by its timing: nobody can steer how much of a hash is right.
 */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
