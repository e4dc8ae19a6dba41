import { describe, expect, it } from 'vitest'
import { parseProcStat, parsePsLine } from './process-view.ts'

describe('parseProcStat', () => {
  it('reads program and state, whatever the program calls itself', () => {
    expect(parseProcStat('42 (postgres) S 1 42')).toEqual({ program: 'postgres', state: 'S' })
    expect(parseProcStat('42 (a) Z (b)) R 1 42')).toEqual({ program: 'a) Z (b)', state: 'R' })
  })

  it('reads nothing from another text', () => {
    expect(parseProcStat('')).toBeUndefined()
  })
})

describe('parsePsLine', () => {
  it('reads a living process', () => {
    expect(parsePsLine(42, 'Ss   postgres /opt/bin/postgres -D /data\n')).toEqual({
      pid: 42,
      program: 'postgres',
      command: ['/opt/bin/postgres', '-D', '/data'],
      folder: undefined,
    })
  })

  it.each(['Z+   postgres <defunct>', ''])('takes %j for no process', (line) => {
    expect(parsePsLine(42, line)).toBeUndefined()
  })
})
