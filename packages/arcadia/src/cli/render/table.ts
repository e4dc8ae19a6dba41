import type { Paint, Style } from './paint.ts'
import { clip, pad, printable, widthOf } from './text.ts'

/** What stands in a place of a table. Text from outside may stand there as it is. */
export type Cell = string | Readonly<{ text: string; style?: Style | undefined }>

export type Column<Row> = Readonly<{
  title: string
  cell: (row: Row) => Cell
  align?: 'left' | 'right'
  /** The fewest columns it may be cut to where the terminal is narrow; absent: never cut. */
  least?: number
  /** Whether it is left out where the terminal is too narrow even so. */
  optional?: boolean
}>

export type TableOptions = Readonly<{
  paint: Paint
  /** Of the terminal; undefined where lines may be of any length. */
  width: number | undefined
  indent?: string
}>

const gap = '  '
const comfortableWidth = 24

/** A column with what stands in it, row by row. */
interface Filled {
  readonly title: string
  readonly align: 'left' | 'right'
  readonly optional: boolean
  readonly cells: readonly Painted[]
  readonly natural: number
  readonly least: number
  /** As wide as it has to be for optional columns to stand beside it. */
  readonly comfortable: number
}

type Painted = Readonly<{ text: string; style?: Style | undefined }>

/** A table as lines: aligned, without borders, cut to the terminal. Columns empty in all rows are left out. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { paint, width, indent = '' }: TableOptions,
): string[] {
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - widthOf(indent)
  const filled = columns
    .map((column) => fill(column, rows))
    .filter(({ cells }) => cells.some(({ text }) => text !== ''))
  const shown = withoutOptional(filled, room)
  const widths = fitted(shown, room)
  const line = (pick: (column: Filled) => Painted) => {
    const parts = shown.map((column, at) => {
      const { text, style } = pick(column)
      const columns = widths[at] ?? 0
      const cut = clip(text, columns)
      const blanks = pad('', columns - widthOf(cut))
      return column.align === 'right' ? blanks + paint(style, cut) : paint(style, cut) + blanks
    })
    return (indent + parts.join(gap)).trimEnd()
  }
  return [
    line(({ title }) => ({ text: title, style: 'bold' })),
    ...rows.map((_, at) => line(({ cells }) => cells[at] ?? { text: '' })),
  ]
}

function fill<Row>(column: Column<Row>, rows: readonly Row[]): Filled {
  const { title, cell, align = 'left', optional = false } = column
  const cells = rows.map((row) => paintedOf(cell(row)))
  const natural = Math.max(widthOf(title), ...cells.map(({ text }) => widthOf(text)))
  const least = Math.min(natural, column.least ?? natural)
  const comfortable = Math.max(least, Math.min(natural, comfortableWidth))
  return { title, align, optional, cells, natural, least, comfortable }
}

function paintedOf(cell: Cell): Painted {
  return typeof cell === 'string'
    ? { text: printable(cell) }
    : { ...cell, text: printable(cell.text) }
}

/** Leaves optional columns out, the last first, until the others have room enough. */
function withoutOptional(columns: readonly Filled[], room: number): readonly Filled[] {
  if (sum(columns.map(({ comfortable }) => comfortable)) + gaps(columns) <= room) return columns
  const last = columns.findLastIndex(({ optional }) => optional)
  return last === -1 ? columns : withoutOptional(columns.toSpliced(last, 1), room)
}

/** Takes from the widest column that may still be cut, until all fit or none may be. */
function fitted(columns: readonly Filled[], room: number): number[] {
  const widths = columns.map(({ natural }) => natural)
  while (sum(widths) + gaps(columns) > room) {
    const spare = widths.map((width, at) => (width > (columns[at]?.least ?? 0) ? width : 0))
    const widest = Math.max(...spare)
    if (widest === 0) break
    widths[spare.indexOf(widest)] = widest - 1
  }
  return widths
}

function gaps(columns: readonly Filled[]): number {
  return gap.length * Math.max(0, columns.length - 1)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
