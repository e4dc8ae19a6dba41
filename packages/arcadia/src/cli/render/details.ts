import type { Paint, Style } from './paint.ts'
import { pad, printable, widthOf, wrap } from './text.ts'

/** A name and what is said under it; left out where it is empty. */
export type Detail = readonly [name: string, text: string | undefined, style?: Style | undefined]

/** Names and values below each other, the values aligned and wrapped. */
export function details(
  list: readonly Detail[],
  options: Readonly<{ paint: Paint; width: number | undefined; indent?: string }>,
): string[] {
  const { paint, width, indent = '' } = options
  const shown = list.filter(([, text]) => text !== undefined && text !== '')
  const names = Math.max(0, ...shown.map(([name]) => widthOf(name)))
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - indent.length - names - 2
  return shown.flatMap(([name, text, style]) =>
    wrap(printable(text ?? ''), Math.max(20, room)).map((line, at) => {
      const label = at === 0 ? paint('dim', pad(name, names)) : pad('', names)
      return `${indent}${label}  ${paint(style, line)}`.trimEnd()
    }),
  )
}
