import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './mutants.ts'

const source = new URL('../../src/', import.meta.url)

/** A mutant that does not fit the source any more: nothing would be broken, or something else. */
export class Misfit extends Error {
  constructor({ name, file }: Mutant, why: string) {
    super(
      `"${name}" cannot be broken in src/${file}: ${why}; say in mutants.ts what the line is now`,
    )
    this.name = 'Misfit'
  }
}

/**
 * The source of a file with one line of it broken.
 * @throws {@link Misfit} when the line is not there exactly once
 */
export function brokenSource(text: string, mutant: Mutant): string {
  const { is, broken, after } = mutant
  const lines = text.split('\n')
  const placesOf = (wanted: string) =>
    lines.flatMap((line, place) => (line.trim() === wanted ? [place] : []))
  let from = 0
  if (after !== undefined) {
    const [place, another] = placesOf(after)
    if (place === undefined) throw new Misfit(mutant, `the line "${after}" is not there`)
    if (another !== undefined) throw new Misfit(mutant, `the line "${after}" is there twice`)
    from = place
  }
  const places = placesOf(is).filter((place) => place >= from)
  const [place] = places
  if (place === undefined) throw new Misfit(mutant, `the line "${is}" is not there`)
  if (places.length > 1 && after === undefined) {
    throw new Misfit(mutant, `the line "${is}" is there ${places.length} times`)
  }
  return lines.with(place, broken).join('\n')
}

/** From here on the file of a mutant is loaded broken. Gives whether it has been. */
export function breakSource(mutant: Mutant): () => boolean {
  const file = fileURLToPath(new URL(mutant.file, source))
  let isLoaded = false
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.startsWith('file:') || fileURLToPath(url) !== file) return loaded
      isLoaded = true
      const text = typeof loaded.source === 'string' ? loaded.source : decoded(loaded.source)
      return { ...loaded, source: brokenSource(text, mutant) }
    },
  })
  return () => isLoaded
}

function decoded(text: ArrayBuffer | NodeJS.TypedArray | undefined): string {
  if (text === undefined) throw new TypeError('a file of the engine has no source')
  return new TextDecoder().decode(text)
}
