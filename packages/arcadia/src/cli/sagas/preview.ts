import type { Preview, PreviewedStep } from '../api/shapes.ts'
import { details } from '../render/details.ts'
import { type Cell, type Column, type TableOptions, table } from '../render/table.ts'
import { count } from '../render/text.ts'
import { jsonText } from '../render/words.ts'
import { groupMarks } from './groups.ts'

/** What would run: every step with what takes it back, the locks, and where there is no way back. */
export function previewLines(preview: Preview, options: TableOptions): string[] {
  const { paint } = options
  const { kind, version, steps, locks } = preview
  const rows = rowsOf(steps)
  const atOnce = rows.some(({ mark }) => mark !== '') ? 'what a bracket holds together' : ''
  const size = `version ${version}, ${count(steps.length, 'step')}`
  return [
    `${paint('bold', kind)}  ${paint('dim', size)}`,
    '',
    ...stepTable(rows, { ...options, indent: '  ' }),
    '',
    ...details(
      [
        ['at once', atOnce],
        ['locks', locks.length === 0 ? 'none' : locks.join(', ')],
        ['way back', wayBack(preview), preview.point_of_no_return === null ? 'green' : 'red'],
      ],
      { ...options, indent: '  ' },
    ),
  ]
}

function wayBack({ steps, point_of_no_return: place }: Preview): string {
  if (place === null) return 'from every step: all of it can be taken back'
  const name = steps.find(({ idx }) => idx === place)?.name ?? ''
  return place === 0
    ? `none: from "${name}", its first step, it only goes forward`
    : `until "${name}" (step ${place}); from there it only goes forward`
}

interface Row {
  readonly place: string
  readonly mark: string
  readonly step: PreviewedStep
}

/** The steps of another saga stand below the step that starts it. */
function rowsOf(steps: readonly PreviewedStep[], above = ''): Row[] {
  const marks = groupMarks(steps)
  return steps.flatMap((step, at) => [
    { place: `${above}${step.idx}`, mark: marks[at] ?? '', step },
    ...rowsOf(step.child?.steps ?? [], `${above}${step.idx}.`),
  ])
}

function stepTable(rows: readonly Row[], options: TableOptions): string[] {
  const hasGroups = rows.some(({ mark }) => mark !== '')
  const columns: Column<Row>[] = [
    { title: '#', cell: ({ place }) => place },
    {
      title: 'STEP',
      cell: ({ mark, step }) => `${hasGroups ? `${mark || ' '} ` : ''}${step.name}`,
      least: 14,
    },
    { title: 'WHAT IT DOES', cell: ({ step }) => doesCell(step), least: 12 },
    { title: 'TAKEN BACK BY', cell: ({ step }) => undoCell(step), least: 12 },
    {
      title: 'GIVEN',
      cell: ({ step: { input } }) => (input === null ? '' : jsonText(input)),
      least: 12,
      optional: true,
    },
  ]
  return table(columns, rows, options)
}

function doesCell({ does, effect, child }: PreviewedStep): Cell {
  switch (does) {
    case 'approval':
      return { text: 'waits for an approval', style: 'cyan' }
    case 'signal':
      return { text: 'waits for a signal', style: 'cyan' }
    case 'sleep':
      return 'waits for a time'
    case 'child':
      return `starts the saga ${child?.kind ?? ''}`
    case 'transact':
      return 'writes to the database'
    default:
      return effect === 'read' ? { text: 'only reads', style: 'dim' } : 'changes something'
  }
}

const undoWords: Readonly<Record<string, Cell>> = {
  undo: 'its undo',
  child: 'the undos of that saga',
  none_needed: { text: 'nothing to take back', style: 'dim' },
  impossible: { text: 'no way back', style: 'red' },
}

function undoCell({ undo }: PreviewedStep): Cell {
  return (Object.hasOwn(undoWords, undo) ? undoWords[undo] : undefined) ?? undo
}
