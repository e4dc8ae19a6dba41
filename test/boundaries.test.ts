import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const packages = resolve(import.meta.dirname, '../packages')

interface Import {
  /** Path of the importing file below `packages/`, with forward slashes. */
  readonly file: string
  readonly specifier: string
  /** What a relative specifier names, below `packages/`. */
  readonly target: string | undefined
}

/** Every import of every file that ships: type-only ones and re-exports count, tests do not. */
function importsOf(folder: string): Import[] {
  return readdirSync(join(packages, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => file.endsWith('.ts') && !isTest(file))
    .flatMap((file) => {
      const source = readFileSync(join(packages, file), 'utf8')
      const statement = /(?:\bfrom|\bimport)\s*\(?\s*['"]([.@\w][^'"\s]*)['"]/g
      return [...source.matchAll(statement)].map(([, specifier = '']) => ({
        file,
        specifier,
        target: specifier.startsWith('.')
          ? relative(packages, resolve(packages, dirname(file), specifier))
          : undefined,
      }))
    })
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || /(^|\/)src\/.+\/testing\//.test(file)
}

const shipped = readdirSync(packages).flatMap((name) => importsOf(join(name, 'src')))

/** Which of our packages a package may import; one that is not named here fails the test. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  saga: [],
  digitalocean: [],
  'digitalocean-simulator': [],
  arcadia: ['saga', 'digitalocean', 'digitalocean-simulator'],
}

const packageOf = (path: string) => path.split('/')[0] ?? ''
const ours = (specifier: string) => /^@arcadia-cloud\/([^/]+)/.exec(specifier)?.[1]
const inside = (path: string | undefined, folder: string) => path?.startsWith(`${folder}/`) === true
const shown = ({ file, specifier }: Import) => `${file} imports ${specifier}`

describe('the packages', () => {
  it('are all found by this test', () => {
    expect(readdirSync(packages).sort()).toEqual(Object.keys(mayImport).sort())
    expect(shipped.length).toBeGreaterThan(100)
  })

  it('import only those of ours that the plan allows', () => {
    const strays = shipped.filter(({ file, specifier }) => {
      const target = ours(specifier)
      return target !== undefined && mayImport[packageOf(file)]?.includes(target) !== true
    })
    expect(strays.map(shown)).toEqual([])
  })

  it('enter each other by their doors alone', () => {
    const strays = shipped.filter(
      ({ file, target }) => target !== undefined && packageOf(target) !== packageOf(file),
    )
    expect(strays.map(shown)).toEqual([])
  })

  it('import nothing that their package.json does not declare', () => {
    const strays = shipped.filter(({ file, specifier, target }) => {
      if (target !== undefined || specifier.startsWith('node:')) return false
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      const manifest = JSON.parse(
        readFileSync(join(packages, packageOf(file), 'package.json'), 'utf8'),
      )
      return !(name in { ...manifest.dependencies, ...manifest.peerDependencies })
    })
    expect(strays.map(shown)).toEqual([])
  })
})

describe('the engine', () => {
  const layer = (path: string | undefined) => /^saga\/src\/(\w+)\//.exec(path ?? '')?.[1]
  const lower: Readonly<Record<string, readonly string[]>> = {
    core: ['core'],
    engine: ['core', 'engine'],
    postgres: ['core', 'engine', 'postgres'],
    testing: ['core', 'engine', 'postgres', 'testing'],
  }

  it('depends inwards only: core ← engine ← postgres, testing', () => {
    const strays = shipped.filter(({ file, target }) => {
      const from = layer(file)
      const to = layer(target)
      return from !== undefined && to !== undefined && lower[from]?.includes(to) !== true
    })
    expect(strays.map(shown)).toEqual([])
  })

  it('keeps its core free of I/O, of clocks and of chance', () => {
    const core = readdirSync(join(packages, 'saga/src/core'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => [name, readFileSync(join(packages, 'saga/src/core', name), 'utf8')] as const)
    const impure =
      /from ['"](node:|pg['"])|Date\.now|new Date\(\)|Math\.random|setTimeout|process\./
    expect(core.filter(([, source]) => impure.test(source)).map(([name]) => name)).toEqual([])
    expect(core.length).toBeGreaterThan(10)
  })

  it('knows PostgreSQL only in its store', () => {
    const strays = shipped.filter(
      ({ file, specifier }) =>
        specifier === 'pg' && packageOf(file) === 'saga' && layer(file) !== 'postgres',
    )
    expect(strays.map(shown)).toEqual([])
  })
})

describe("the engine's examples", () => {
  it('import what their readers would: its doors, a driver, a schema library, Node.js', () => {
    const found = importsOf('saga/examples')
    const theirs = /^(@arcadia-cloud\/saga(\/(postgres|testing))?|pg|zod|node:.+)$/
    expect(found.filter(({ specifier }) => !theirs.test(specifier)).map(shown)).toEqual([])
    expect(found.length).toBeGreaterThan(10)
  })
})

describe('the control plane', () => {
  const edges = ['http', 'cli', 'serve']
  const folderOf = (path: string | undefined) => /^arcadia\/src\/(\w+)\//.exec(path ?? '')?.[1]

  it("meets features through each other's index.ts", () => {
    const strays = shipped.filter(({ file, target }) => {
      const to = folderOf(target)
      // main.ts and serve/ are one room: the composition root.
      const from = file === 'arcadia/src/main.ts' ? 'serve' : folderOf(file)
      if (to === undefined || to === from) return false
      return !/\/index\.ts$/.test(target ?? '')
    })
    expect(strays.map(shown)).toEqual([])
  })

  it('has features that know nothing of the edges', () => {
    const strays = shipped.filter(({ file, target }) => {
      const to = folderOf(target)
      const from = folderOf(file)
      return from !== undefined && to !== undefined && !edges.includes(from) && edges.includes(to)
    })
    expect(strays.map(shown)).toEqual([])
  })

  it('has edges without SQL', () => {
    const strays = shipped.filter(
      ({ file, specifier }) =>
        (inside(file, 'arcadia/src/http') || inside(file, 'arcadia/src/cli')) &&
        ['pg', 'kysely'].includes(specifier),
    )
    expect(strays.map(shown)).toEqual([])
  })

  it('starts the simulator in its composition root and its command alone', () => {
    const strays = shipped.filter(
      ({ file, specifier }) =>
        ours(specifier) === 'digitalocean-simulator' &&
        !inside(file, 'arcadia/src/serve') &&
        !inside(file, 'arcadia/src/cli') &&
        file !== 'arcadia/src/main.ts',
    )
    expect(strays.map(shown)).toEqual([])
  })
})
