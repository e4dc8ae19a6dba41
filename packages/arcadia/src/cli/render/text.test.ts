import { describe, expect, it } from 'vitest'
import { clip, pad, printable, widthOf, wrap } from './text.ts'

describe('widthOf', () => {
  it.each([
    ['web-01', 6],
    ['größe', 5],
    ['e\u0301', 1],
    ['東京', 4],
    ['🚀', 2],
    ['👩‍🚀', 2],
    ['✔', 1],
    ['', 0],
  ])('%j takes %i columns', (text, width) => {
    expect(widthOf(text)).toBe(width)
  })
})

describe('clip', () => {
  it('says with an ellipsis that something is missing', () => {
    expect(clip('production', 5)).toBe('prod…')
    expect(clip('production', 10)).toBe('production')
  })

  it('never cuts a character in two, nor takes more columns than there are', () => {
    expect(clip('東京タワー', 4)).toBe('東…')
    expect(widthOf(clip('東京タワー', 6))).toBeLessThanOrEqual(6)
  })
})

describe('pad', () => {
  it('fills by columns, not by characters', () => {
    expect(pad('東京', 6)).toBe('東京  ')
    expect(pad('7', 3, 'right')).toBe('  7')
  })
})

describe('printable', () => {
  it('lets nothing from outside move the cursor, colour the screen or turn the text round', () => {
    expect(printable('a\u001b[31mred\u0007')).toBe('a\ufffd[31mred\ufffd')
    expect(printable('abc\u202edcba')).toBe('abc\ufffddcba')
    expect(printable('one\r\n  two\tthree')).toBe('one two three')
  })
})

describe('wrap', () => {
  it('breaks at blanks, and leaves long words whole', () => {
    expect(wrap('to be or not to be', 8)).toEqual(['to be or', 'not to', 'be'])
    expect(wrap('a verylongword b', 5)).toEqual(['a', 'verylongword', 'b'])
  })
})
