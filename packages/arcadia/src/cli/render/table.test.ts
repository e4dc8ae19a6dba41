import { describe, expect, it } from 'vitest'
import { paintFor, plain } from './paint.ts'
import { type Column, table } from './table.ts'
import { widthOf } from './text.ts'

interface Row {
  readonly name: string
  readonly size: number
  readonly note?: string
}

const columns: Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name, least: 6 },
  { title: 'SIZE', cell: ({ size }) => String(size), align: 'right' },
  { title: 'NOTE', cell: ({ note = '' }) => ({ text: note, style: 'red' }), least: 5 },
]
const rows: Row[] = [
  { name: 'production-web-01', size: 7, note: 'a note that is long' },
  { name: '東京', size: 1200 },
]

describe('table', () => {
  it('aligns by columns and leaves no blanks at the ends', () => {
    expect(table(columns, rows, { paint: plain, width: undefined })).toEqual([
      'NAME               SIZE  NOTE',
      'production-web-01     7  a note that is long',
      '東京               1200',
    ])
  })

  it('cuts the widest columns first where the terminal is narrow', () => {
    const lines = table(columns, rows, { paint: plain, width: 30 })
    expect(lines).toEqual([
      'NAME         SIZE  NOTE',
      'production…     7  a note tha…',
      '東京         1200',
    ])
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(30)
  })

  it('does not cut below what still says something', () => {
    const [, line] = table(columns, rows, { paint: plain, width: 5 })
    expect(line).toBe('produ…     7  a no…')
  })

  it('leaves out a column that is empty in all rows', () => {
    const [head] = table(columns, rows.slice(1), { paint: plain, width: undefined })
    expect(head).toBe('NAME  SIZE')
  })

  it('paints what it has cut, so that colours never count', () => {
    const paint = paintFor({ isTTY: true }, {})
    const [, line] = table(columns, rows, { paint, width: 30 })
    expect(line).toBe('production…     7  \u001b[31ma note tha…\u001b[39m')
  })

  it('makes control characters of names visible', () => {
    const [, line] = table(columns, [{ name: '\u001b[2Jweb', size: 1 }], {
      paint: plain,
      width: undefined,
    })
    expect(line).toBe('\ufffd[2Jweb     1')
  })
})

describe('paintFor', () => {
  it('colours terminals only, and none where NO_COLOR is set or the terminal is dumb', () => {
    expect(paintFor({ isTTY: true }, {})('red', 'x')).toBe('\u001b[31mx\u001b[39m')
    expect(paintFor({ isTTY: true }, { NO_COLOR: '' })('red', 'x')).not.toBe('x')
    expect(paintFor({ isTTY: true }, { NO_COLOR: '1' })('red', 'x')).toBe('x')
    expect(paintFor({ isTTY: true }, { TERM: 'dumb' })('red', 'x')).toBe('x')
    expect(paintFor({ isTTY: false }, {})('red', 'x')).toBe('x')
  })
})

it('leaves optional columns out, the last first, before it cuts what is not long', () => {
  const wide: Column<Row>[] = [
    { title: 'NAME', cell: ({ name }) => name, least: 6 },
    { title: 'SIZE', cell: ({ size }) => String(size), optional: true },
    { title: 'NOTE', cell: () => 'a note', optional: true },
  ]
  const heads = [40, 28, 20].map((width) => table(wide, rows, { paint: plain, width })[0])
  expect(heads.map((head) => head?.split(/ +/))).toEqual([
    ['NAME', 'SIZE', 'NOTE'],
    ['NAME', 'SIZE'],
    ['NAME'],
  ])
})
