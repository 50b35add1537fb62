/** The one style sheet of the HTML reports: light and dark, wide and narrow, on paper too. Loads nothing. */
export const STYLE_SHEET = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --page: #fff; --box: #f6f8fa; --line: #d1d9e0;
  --add: #116329; --add-bg: #dafbe1; --del: #b3202c; --del-bg: #ffebe9; --warn: #7d4e00; --warn-bg: #fff8c5; --info: #0550ae;
  --h1: #ddf4ff; --h2: #b6e3ff; --h3: #80ccff; --h4: #0969da; --h5: #0a3069; --low: #1f2328; --high: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --soft: #9198a1; --page: #0d1117; --box: #151b23; --line: #3d444d;
  --add: #56d364; --add-bg: #12261e; --del: #ff7b72; --del-bg: #2d1a1e; --warn: #e3b341; --warn-bg: #272115; --info: #79c0ff;
  --h1: #10233f; --h2: #0c2d6b; --h3: #0d419d; --h4: #79c0ff; --h5: #cae8ff; --low: #f0f6fc; --high: #0d1117; } }
* { box-sizing: border-box; } [hidden] { display: none !important; }
body { margin: 0 auto; max-width: 80rem; padding: 1rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; } a { color: inherit; }
code, pre, del, ins { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875em; }
.lead { font-size: 1.05rem; font-weight: 600; margin: .75rem 0; } header > .soft { margin: 0; }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: .8rem; padding: 0 .5rem; font: 600 .8125rem/1.5 system-ui, sans-serif;
  color: var(--soft); background: var(--page); vertical-align: .08em; } .badge.drift, .badge.paused, .badge.unknown { color: var(--warn); background: var(--warn-bg); }
.badge.conflict { color: var(--del); background: var(--del-bg); }
kbd { font: .8125rem ui-monospace, Menlo, Consolas, monospace; border: 1px solid var(--line); border-radius: .25rem; padding: 0 .3rem; background: var(--page); }
.soft { color: var(--soft); } footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: .5rem; }
summary { cursor: pointer; } :focus-visible { outline: 2px solid var(--info); outline-offset: 1px; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; list-style: none; }
.counts li { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .75rem; }
.counts b { font-variant-numeric: tabular-nums; } .counts li.live { padding: 0; border: 0; }
.counts button { border-radius: 1rem; padding: 0 .75rem; min-height: 1.8rem; } .counts [aria-pressed=true] { background: var(--ink); color: var(--page); }
.counts .create b, .counts .in_sync b { color: var(--add); } .counts .update b, .counts .paused b, .counts .held b, .counts .drifted b, .counts .pending b, .counts .changed_live b { color: var(--warn); }
.counts .delete b, .counts .replace b, .counts .conflict b, .counts .missing b { color: var(--del); } .counts [aria-pressed=true] b { color: inherit; }
.box { border: 1px solid var(--line); border-left: .3rem solid var(--soft); border-radius: .4rem; padding: .5rem .75rem; margin: .75rem 0; }
.danger { border-left-color: var(--del); background: var(--del-bg); } .danger .soft { color: var(--ink); }
.warning { border-left-color: var(--warn); background: var(--warn-bg); }
.box > :first-child { margin-top: 0; } .box > :last-child { margin-bottom: 0; } .box ul { padding-left: 1.2rem; margin: .35rem 0; } .box p { margin: .35rem 0; }
.filters { display: flex; flex-wrap: wrap; align-items: end; gap: .5rem 1rem; border: 1px solid var(--line); border-radius: .4rem;
  background: var(--box); padding: .6rem .75rem; margin: 1.5rem 0 .5rem; }
.filters label { display: grid; font-size: .875em; color: var(--soft); } .filters p { flex-basis: 100%; margin: 0; font-size: .875em; }
.filters label:first-child { flex: 1 1 14rem; } .filters label > span { display: flex; justify-content: space-between; }
input, select, button { font: inherit; font-size: 1rem; color: var(--ink); background: var(--page); border: 1px solid var(--line);
  border-radius: .4rem; padding: .2rem .5rem; min-height: 2.2rem; max-width: 100%; } button { cursor: pointer; }
details.job { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; background: var(--box); scroll-margin-top: .5rem;
  content-visibility: auto; contain-intrinsic-size: auto 2.4rem; }
details.job > summary { padding: .4rem .75rem; } details.job > div { padding: 0 .75rem .75rem; }
.word { font-weight: 600; color: var(--info); } .create .word { color: var(--add); } .update .word { color: var(--warn); }
details.delete, details.replace { border-left: .3rem solid var(--del); } .delete .word, .replace .word { color: var(--del); text-transform: uppercase; }
del { color: var(--del); background: var(--del-bg); text-decoration: none; } ins { color: var(--add); background: var(--add-bg); text-decoration: none; }
del::before { content: "- "; } ins::before { content: "+ "; }
pre { margin: .5rem 0; padding: .5rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .4rem; background: var(--page); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
thead th { font-size: .875em; color: var(--soft); font-weight: 600; }
.diff { table-layout: fixed; margin: .25rem 0 .5rem; } .diff thead th:first-child { width: 24%; } .diff tbody th { font-weight: 400; }
.diff td, .diff tbody th { border-bottom: 0; padding: .1rem .5rem .1rem 0; } .diff tbody { border-top: 1px solid var(--line); }
.diff tbody tr:first-child > * { padding-top: .35rem; } .diff tbody tr:last-child > td { padding-bottom: .35rem; } .diff thead th { border: 0; padding: 0; }
.diff del, .diff ins, .diff span, td.note { display: block; white-space: pre-wrap; } .diff del, .diff ins, .diff td span { padding: 0 .3rem; }
.diff td span { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; } .diff td span.soft::before { content: "  "; }
.label { color: var(--warn); font-size: .875em; } td.note { font-size: .875em; } .diff td.note { display: table-cell; padding-left: .3rem; }
.wide { overflow-x: auto; } td .note { display: block; font-size: .875em; } .good { color: var(--add); } .look { color: var(--warn); } .bad { color: var(--del); font-weight: 600; }
.wide thead th, .rows td:nth-child(2) { white-space: nowrap; } .rows td { overflow-wrap: break-word; } .rows td:first-child { overflow-wrap: anywhere; width: 34%; }
ul.plain { padding-left: 1.2rem; margin: .25rem 0; }
details.map { border: 1px solid var(--line); border-radius: .4rem; background: var(--box); padding: .4rem .75rem; margin: .5rem 0; }
.rises { font-weight: 600; } .map > p { margin: .4rem 0; }
.weeks { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin-top: .5rem; }
.week { flex: 1 1 20rem; max-width: 38rem; table-layout: fixed; border-collapse: separate; border-spacing: 2px; font-size: .75rem; line-height: 1.35; }
.week caption { text-align: left; font-weight: 600; font-size: .875rem; } .week th, .week td { border: 0; padding: 0; text-align: center; overflow-wrap: normal; }
.week th { color: var(--soft); font-weight: 400; font-size: .75rem; } .week td { border-radius: 2px; font-variant-numeric: tabular-nums; color: var(--low); }
.week tbody td { background: var(--page); } .week tbody td.h1 { background: var(--h1); } .week tbody td.h2 { background: var(--h2); } .week tbody td.h3 { background: var(--h3); }
.week tbody td.h4 { background: var(--h4); color: var(--high); } .week tbody td.h5 { background: var(--h5); color: var(--high); }
.week td.peak { outline: 2px solid var(--del); font-weight: 700; } .up::after { content: "\\25B4"; } .down::after { content: "\\25BE"; }
@media (max-width: 40rem) { body { padding: .5rem; } .filters label { flex: 1 1 8rem; } .week { flex-basis: 100%; }
  .diff, .diff tbody, .diff tr, .diff th, .diff td, .diff td.note { display: block; width: auto; } .diff thead, .diff td.same, .diff td:empty { display: none; }
  .rows, .rows tbody, .rows tr, .rows td { display: block; } .rows thead { display: none; } .rows tr { border-bottom: 1px solid var(--line); padding: .4rem 0; }
  .rows td { border: 0; padding: .1rem 0; } .rows td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); } .rows td[data-none] { display: none; }
  .rows td:first-child { width: auto; } }
@media (min-width: 40rem) and (min-height: 30rem) { .filters { position: sticky; top: 0; z-index: 1; box-shadow: 0 .3rem .6rem -.5rem #0006; } details.job { scroll-margin-top: 7.5rem; } } .buttons { display: flex; flex-wrap: wrap; gap: .35rem; }
@media print { details.job { break-inside: avoid; content-visibility: visible; } .filters, kbd { display: none; } body { max-width: none; font-size: 12px; } }
`;
