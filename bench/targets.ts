/** What the figures are held to; see docs/performance.md. */
export const TARGETS = {
  planOverFloor: 1.3,
  terraformOverPlan: 5,
  scriptOverPlan: 20,
  /** Bare requests' time over apply's. */
  bareOverApply: 0.9,
  overIdealUnderLimit: 1.05,
  versionOverNode: 1.6,
  /** MiB by jobs. */
  peak: { 10000: 250, 50000: 1024 } as Readonly<Record<number, number>>,
  growth: 1.2,
} as const;
