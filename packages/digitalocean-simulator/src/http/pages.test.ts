import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Page, paginate } from './pages.ts'

const base = 'http://127.0.0.1:4010/v2/things'

test('following the links from the first page meets every item once, in order', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1000 }), fc.integer({ min: 1, max: 200 }), (total, perPage) => {
      const all = Array.from({ length: total }, (_, index) => index)
      const met: number[] = []
      let next: string | undefined = `${base}?per_page=${perPage}&tag_name=a%20b`
      while (next !== undefined) {
        const page: Page<number> = paginate(all, new URL(next))
        expect(page.meta.total).toBe(total)
        expect(new URL(next).searchParams.get('tag_name')).toBe('a b')
        met.push(...page.items)
        next = page.links.pages?.['next']
      }
      expect(met).toEqual(all)
    }),
  )
})

test('every link leads to a page that exists', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 300 }),
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 60 }),
      (total, perPage, page) => {
        const all = Array.from({ length: total }, (_, index) => index)
        const { links } = paginate(all, new URL(`${base}?page=${page}&per_page=${perPage}`))
        const last = Math.max(1, Math.ceil(total / Math.min(perPage, 200)))
        for (const link of Object.values(links.pages ?? {})) {
          const target = Number(new URL(link).searchParams.get('page'))
          expect(target).toBeGreaterThanOrEqual(1)
          expect(target).toBeLessThanOrEqual(last)
        }
        expect(Object.keys(links.pages ?? {}).includes('next')).toBe(page < last)
      },
    ),
  )
})

test('one page has no links, and twenty items unless asked otherwise', () => {
  const all = Array.from({ length: 21 }, (_, index) => index)
  expect(paginate(all.slice(0, 20), new URL(base)).links).toEqual({})
  expect(paginate(all, new URL(base)).items).toHaveLength(20)
  expect(paginate(all, new URL(base)).links.pages).toEqual({
    next: `${base}?page=2`,
    last: `${base}?page=2`,
  })
})

test.each(['page=0', 'page=x', 'per_page=-1', 'per_page=1.5'])('%s is refused', (query) => {
  expect(() => paginate([], new URL(`${base}?${query}`))).toThrow('must be a positive integer')
})
