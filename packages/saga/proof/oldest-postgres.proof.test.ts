import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { describeWith } from '../../../test/needs.ts'
import { findPostgresPrograms, no15 } from '../../../test/programs.ts'

const programs = findPostgresPrograms(15)

describeWith('the oldest PostgreSQL that the engine is for', programs ? undefined : no15, () => {
  it('is 15: what runs as the project "postgres 15" runs on it', () => {
    const version = execFileSync(join(programs ?? '', 'postgres'), ['--version'], {
      encoding: 'utf8',
    })
    expect(version).toMatch(/^postgres \(PostgreSQL\) 15\./)
  })
})
