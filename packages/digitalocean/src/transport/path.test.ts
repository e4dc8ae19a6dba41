import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidRequest } from '../errors.ts'
import { pathOf, withQuery } from './path.ts'

describe('a path', () => {
  test('has its segments encoded', () => {
    expect(pathOf('droplets', 7, 'actions')).toBe('/v2/droplets/7/actions')
    expect(pathOf('tags', 'env:prod/eu?x#y')).toBe('/v2/tags/env%3Aprod%2Feu%3Fx%23y')
  })

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'refuses %s for an id',
    (id) => expect(() => pathOf('droplets', id)).toThrow(InvalidRequest),
  )

  test.each(['', ' ', '.', '..', '\ud800'])(
    'refuses %j, which would name another resource',
    (name) => expect(() => pathOf('tags', name)).toThrow(InvalidRequest),
  )

  test('never leads anywhere but to its own segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        let path: string
        try {
          path = pathOf('tags', name)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequest)
          return
        }
        const url = new URL(`https://api.example.com${path}`)
        expect(url.pathname.split('/').slice(0, 3)).toEqual(['', 'v2', 'tags'])
        expect(url.pathname.split('/')).toHaveLength(4)
        expect(decodeURIComponent(url.pathname.slice('/v2/tags/'.length))).toBe(name)
        expect(url.search + url.hash).toBe('')
      }),
    )
  })
})

describe('a query', () => {
  test('leaves out what is undefined, and the question mark if nothing is left', () => {
    expect(withQuery('/v2/images', { type: undefined })).toBe('/v2/images')
    expect(withQuery('/v2/images', { type: undefined, private: true, page: 2 })).toBe(
      '/v2/images?private=true&page=2',
    )
  })

  test('encodes its values', () => {
    expect(withQuery('/v2/droplets', { name: 'a&page=9' })).toBe('/v2/droplets?name=a%26page%3D9')
  })
})
