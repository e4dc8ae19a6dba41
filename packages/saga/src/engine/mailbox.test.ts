import { describe, expect, it } from 'vitest'
import { Mailbox } from './mailbox.ts'

const never = () => {
  throw new Error('it was not read')
}

describe('a mailbox', () => {
  it('is read in the order things were left in, each to its end', async () => {
    const mailbox = new Mailbox()
    const read: string[] = []
    mailbox.post(async () => {
      await Promise.resolve()
      read.push('first')
    }, never)
    mailbox.post(() => void read.push('second'), never)
    await mailbox.rung()
    await mailbox.open()
    expect(read).toEqual(['first', 'second'])
  })

  it('stands still for a turn, until that ends', async () => {
    const mailbox = new Mailbox()
    const order: string[] = []
    const turn = mailbox.turn()
    mailbox.post(() => void order.push('after'), never)
    const opened = mailbox.open()
    const { end } = await turn
    order.push('in the turn')
    end()
    await opened
    expect(order).toEqual(['in the turn', 'after'])
  })

  it('fails with what a turn failed with, and tells what it has not read', async () => {
    const mailbox = new Mailbox()
    const unread: unknown[] = []
    const turn = mailbox.turn()
    mailbox.post(never, (why) => void unread.push(why))
    const opened = mailbox.open()
    const broken = new Error('broken')
    const { fail } = await turn
    fail(broken)
    await expect(opened).rejects.toBe(broken)
    mailbox.close(broken)
    mailbox.post(never, (why) => void unread.push(why))
    expect(unread).toEqual([broken, broken])
    await expect(mailbox.turn()).rejects.toBe(broken)
  })
})
