/** Virtual time: nothing happens but what was scheduled, in the order of its time, then of its scheduling. */
export class Kernel {
  /** Milliseconds since the simulation began. */
  now = 0;
  #order = 0;
  readonly #heap: Event[] = [];

  /** Runs `fire` in `ms` milliseconds. */
  at(ms: number, fire: () => void): void {
    const event: Event = { time: this.now + Math.max(0, ms), order: this.#order++, fire };
    let low = 0;
    let high = this.#heap.length;
    // Sorted latest first, so that the next one is popped off the end.
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#heap[middle];
      if (other !== undefined && isLater(other, event)) low = middle + 1;
      else high = middle;
    }
    this.#heap.splice(low, 0, event);
  }

  /** Resolves after `ms`. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(ms, resolve));
  }

  /** Lets things happen until `done`; answers false where nothing that happens makes it so. */
  async drive(done: () => boolean): Promise<boolean> {
    for (let events = 0; ; events += 1) {
      await settled();
      if (done()) return true;
      const next = this.#heap.pop();
      if (next === undefined || events > MOST_EVENTS) return false;
      this.#fire(next);
    }
  }

  /** Lets `ms` pass. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await settled();
      const next = this.#heap.at(-1);
      if (next === undefined || next.time > until) break;
      this.#heap.pop();
      this.#fire(next);
    }
    this.now = until;
  }

  #fire(event: Event): void {
    this.now = Math.max(this.now, event.time);
    event.fire();
  }
}

/** A run that needs more goes in circles. */
const MOST_EVENTS = 300_000;

interface Event {
  readonly time: number;
  readonly order: number;
  readonly fire: () => void;
}

function isLater(a: Event, b: Event): boolean {
  return a.time !== b.time ? a.time > b.time : a.order > b.order;
}

/** Everything that waits for nothing but its turn has run: promises settle before the next macrotask. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
