// A book of orders in memory that keeps the port's promises: one at a time, the same number until it is answered.

import type { OrderBook } from '../../shared/port/order-book.ts'
import type { Command } from '../../shared/session/messages.ts'
import type { CommandResult } from '../../shared/session/messages-up.ts'

export class MemoryBook implements OrderBook {
  readonly results: CommandResult[] = []
  private readonly waiting: Command[] = []
  private number = 1001

  ask(order: Omit<Command, 'number'>): void {
    this.number += 2
    this.waiting.push({ ...order, number: this.number })
  }

  async next(): Promise<Command | undefined> {
    return this.waiting[0]
  }

  async answered(_dongleId: string, result: CommandResult): Promise<void> {
    if (this.waiting[0]?.number !== result.number) return
    this.results.push({ ...result, ...(result.report ? { report: result.report.slice() } : {}) })
    if (result.outcome !== 'begun') this.waiting.shift()
  }
}
