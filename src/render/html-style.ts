/** The one style sheet of the HTML reports: light and dark, wide and narrow, on paper too. Loads nothing. */
export const STYLE_SHEET = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --page: #fff; --box: #f6f8fa; --line: #d1d9e0;
  --add: #1a7f37; --add-bg: #dafbe1; --del: #cf222e; --del-bg: #ffebe9; --warn: #9a6700; --warn-bg: #fff8c5; --info: #0969da; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --soft: #9198a1; --page: #0d1117; --box: #151b23; --line: #3d444d;
  --add: #3fb950; --add-bg: #12261e; --del: #f85149; --del-bg: #25171c; --warn: #d29922; --warn-bg: #272115; --info: #4493f8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
code, pre, del, ins { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875em; }
.soft { color: var(--soft); } footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: .5rem; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; list-style: none; }
.counts li { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .75rem; }
.counts b { font-variant-numeric: tabular-nums; }
.box { border: 1px solid var(--line); border-left: .3rem solid var(--soft); border-radius: .4rem; padding: .5rem .75rem; margin: .75rem 0; }
.danger { border-left-color: var(--del); background: var(--del-bg); } .warning { border-left-color: var(--warn); background: var(--warn-bg); }
.box > :first-child { margin-top: 0; } .box > :last-child { margin-bottom: 0; } .box ul { padding-left: 1.2rem; }
details.job { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; background: var(--box); }
details.job > summary { padding: .4rem .75rem; cursor: pointer; } details.job > div { padding: 0 .75rem .75rem; }
.word { font-weight: 600; color: var(--info); } .create .word { color: var(--add); } .update .word { color: var(--warn); }
.delete, .replace { border-left: .3rem solid var(--del) !important; } .delete .word, .replace .word { color: var(--del); text-transform: uppercase; }
.change { border-top: 1px solid var(--line); padding: .4rem 0; display: grid; grid-template-columns: minmax(8rem, 18rem) 1fr; gap: 0 1rem; }
del { color: var(--del); background: var(--del-bg); text-decoration: none; } ins { color: var(--add); background: var(--add-bg); text-decoration: none; }
del::before { content: "- "; } ins::before { content: "+ "; } .change del, .change ins { display: block; padding: 0 .3rem; white-space: pre-wrap; }
.change span { display: block; padding: 0 .3rem; white-space: pre-wrap; } .label { color: var(--warn); font-size: .875em; }
pre { margin: .5rem 0; padding: .5rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .4rem; background: var(--page); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
.wide { overflow-x: auto; } td .note { display: block; font-size: .875em; } .good { color: var(--add); } .look { color: var(--warn); } .bad { color: var(--del); font-weight: 600; }
ul.plain { padding-left: 1.2rem; margin: .25rem 0; }
@media (max-width: 40rem) { body { padding: .5rem; } .change { grid-template-columns: 1fr; } }
@media print { details.job { break-inside: avoid; } }
`;
