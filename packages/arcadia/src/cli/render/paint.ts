import { styleText } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Text in a style; the same text where colours are off. */
export type Paint = (style: Style | undefined, text: string) => string

export const plain: Paint = (_style, text) => text

const coloured: Paint = (style, text) =>
  style === undefined ? text : styleText(style, text, { validateStream: false })

/** Colours go to terminals only, and to none when NO_COLOR is set (no-color.org). */
export function paintFor(
  stream: { readonly isTTY: boolean },
  env: { readonly [name: string]: string | undefined },
): Paint {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  return stream.isTTY && !refused ? coloured : plain
}
