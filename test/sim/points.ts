/** A kind of act on the world at which a process can be killed, and about how often one apply comes by. */
export interface Point {
  readonly kind: string;
  readonly often: number;
}

/**
 * Every kind of act of an apply. The tests hold that no other is ever met, so that a new call that nobody thought of
 * shows; and that each was the last one of some process, in each of its phases.
 */
export const POINTS: readonly Point[] = [{ kind: "sleep", often: 3 }];
