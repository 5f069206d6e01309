import { expect, test, vi } from 'vitest'
import { createBeat } from '../../../gateway/beat.ts'

test('who asks within a beat goes on with the first who did; who asks later begins another', async () => {
  vi.useFakeTimers()
  try {
    const beat = createBeat(4)
    const gone: string[] = []
    const ask = (name: string): void => void beat().then(() => gone.push(name))
    ask('first')
    await vi.advanceTimersByTimeAsync(3)
    ask('second')
    expect(gone).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(gone).toEqual(['first', 'second'])
    ask('third')
    await vi.advanceTimersByTimeAsync(3)
    expect(gone).toEqual(['first', 'second'])
    await vi.advanceTimersByTimeAsync(1)
    expect(gone).toEqual(['first', 'second', 'third'])
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
