import type { ActionKind } from "./model/plan.ts";
import type { Applying, Progress, Step } from "./model/progress.ts";
import type { Clock } from "./model/runtime.ts";
import {
  applyText,
  type ProgressState,
  progressLines,
  stepText,
  type WaitState,
  waitText,
} from "./render/progress-text.ts";
import { safeText } from "./render/safe.ts";
import type { RenderStyle } from "./render/style.ts";

/** Where progress is told. */
export interface ProgressOptions {
  readonly clock: Clock;
  /** Aborts when the process was asked to stop. */
  readonly signal: AbortSignal;
  /** A terminal: lines that are drawn anew and go away. */
  readonly area?: Area;
  /** Elsewhere: a line at a time, which stays. */
  readonly log: (line: string) => void;
}

/** The last lines of a terminal. */
export interface Area {
  /** How it looks at this moment: it may have been resized. */
  readonly style: () => RenderStyle;
  readonly rows: () => number;
  /** Takes known secret values out: what is cut afterwards hides them. */
  readonly redact: (text: string) => string;
  /** Draws these lines in place of the last ones; none clears them. */
  readonly draw: (lines: readonly string[]) => void;
}

/** What takes less is not told. */
const PATIENCE_MS = 500;
/** Between two drawings. */
const FRAME_MS = 100;
/** Between two lines in a log that is no terminal, and between two looks at whether it is time for one. */
const BEAT_MS = 15_000;
const LOOK_MS = 1_000;
/** Of so many actions at most, each has a line of its own in a log. */
const MOST_LINES = 200;

/** Follows a run: on a terminal with lines that are drawn anew, in a log with a line now and then. */
export function createProgress(options: ProgressOptions): Progress {
  return new Follower(options);
}

interface MutableStep {
  readonly what: string;
  readonly unit: string;
  readonly since: number;
  done: number | undefined;
  total: number | undefined;
}

interface MutableApply {
  readonly total: number;
  finished: number;
  troubled: number;
  readonly since: number;
  readonly flying: Map<string, { readonly address: string; readonly action: ActionKind; readonly since: number }>;
}

class Follower implements Progress {
  readonly #options: ProgressOptions;
  readonly #steps = new Set<MutableStep>();
  readonly #waits = new Map<string, WaitState>();
  /** When a log was last told of a target's wait: where a platform throttles all along, it does so every few seconds. */
  readonly #toldAt = new Map<string, number>();
  #applying: MutableApply | undefined;
  /** Ends the ticking; absent where nothing is under way. */
  #stop: AbortController | undefined;
  #since = 0;
  #endedAt = Number.NEGATIVE_INFINITY;
  #drawnAt = 0;
  #drawn = false;
  #beatAt = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  step(what: string, unit = ""): Step {
    const step: MutableStep = { what: this.#shown(what), unit, since: this.#now(), done: undefined, total: undefined };
    this.#steps.add(step);
    this.#began();
    return {
      at: (done, total) => {
        step.done = done;
        step.total = total;
        this.#tick();
      },
      end: () => {
        this.#steps.delete(step);
        this.#ended();
      },
    };
  }

  applying(total: number): Applying {
    const apply: MutableApply = { total, finished: 0, troubled: 0, since: this.#now(), flying: new Map() };
    this.#applying = apply;
    this.#began();
    return {
      started: (address, action) => {
        apply.flying.set(address, { address: this.#shown(address), action, since: this.#now() });
        this.#tick();
      },
      finished: (address, status, problem) => {
        apply.flying.delete(address);
        apply.finished += 1;
        const well = status === "applied";
        if (!well) apply.troubled += 1;
        if (this.#options.area === undefined && (total <= MOST_LINES || !well)) {
          this.#options.log(`${safeText(`${address}: ${status}`)}${problem === undefined ? "" : `: ${problem}`}`);
        }
        this.#tick();
      },
      end: () => {
        if (this.#applying === apply) this.#applying = undefined;
        this.#ended();
      },
    };
  }

  waiting({ target, ms, why }: { readonly target: string; readonly ms: number; readonly why: string }): void {
    const [now, known] = [this.#now(), this.#waits.get(target)];
    const wait = { target: this.#shown(target), why: this.#shown(why), until: now + ms };
    this.#waits.set(target, wait);
    const told = known !== undefined && now < known.until;
    const lately = now - (this.#toldAt.get(target) ?? Number.NEGATIVE_INFINITY) < BEAT_MS;
    if (this.#options.area === undefined && !told && (!lately || ms >= BEAT_MS)) {
      this.#toldAt.set(target, now);
      this.#options.log(waitText(wait, now));
    }
    this.#tick();
  }

  #shown(text: string): string {
    return this.#options.area?.redact(text) ?? text;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  #began(): void {
    if (this.#stop === undefined) {
      this.#stop = new AbortController();
      // One piece of work after the other is one wait to whoever watches.
      if (this.#now() - this.#endedAt > PATIENCE_MS) {
        this.#since = this.#now();
        this.#beatAt = this.#since + BEAT_MS;
      }
      void this.#ticking(this.#stop.signal);
    }
    this.#tick(true);
  }

  #ended(): void {
    if (this.#steps.size > 0 || this.#applying !== undefined) {
      this.#tick();
      return;
    }
    this.#stop?.abort();
    this.#stop = undefined;
    this.#endedAt = this.#now();
    if (this.#drawn) this.#options.area?.draw([]);
    this.#drawn = false;
  }

  async #ticking(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#options.clock.sleep(this.#options.area === undefined ? LOOK_MS : FRAME_MS, signal);
      } catch {
        return;
      }
      this.#tick();
    }
  }

  /** Tells where it is time to: work that leaves no pause for the ticking tells by its counting. */
  #tick(atOnce = false): void {
    if (this.#stop === undefined) return;
    const { area, log, signal } = this.#options;
    const now = this.#now();
    if (area === undefined) {
      if (now < this.#beatAt) return;
      this.#beatAt = now + BEAT_MS;
      for (const step of this.#steps) log(stepText(step, now));
      if (this.#applying !== undefined) log(applyText(this.#stateOf(this.#applying), signal.aborted, now));
      return;
    }
    if (now - this.#since < PATIENCE_MS || (!atOnce && this.#drawn && now - this.#drawnAt < FRAME_MS)) return;
    this.#drawnAt = now;
    this.#drawn = true;
    area.draw(progressLines(this.#state(), now, area.style(), Math.max(1, area.rows() - 1)));
  }

  #state(): ProgressState {
    return {
      steps: [...this.#steps],
      applying: this.#applying === undefined ? undefined : this.#stateOf(this.#applying),
      waits: [...this.#waits.values()],
      stopping: this.#options.signal.aborted,
    };
  }

  #stateOf(apply: MutableApply) {
    return { ...apply, flying: [...apply.flying.values()] };
  }
}
