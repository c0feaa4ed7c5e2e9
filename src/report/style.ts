/** The colours, dark and light as the reader's system is: of the report, and of the dashboard. */
export const palette = `
:root{color-scheme:light dark;
--ink:light-dark(#16202c,#e8ecf1);--pale:light-dark(#5b6877,#9aa7b6);--page:light-dark(#f4f5f7,#101419);--card:light-dark(#fff,#191f27);
--rule:light-dark(#e3e7ec,#2b333e);--well:light-dark(#0b7a4b,#5fd39a);--look:light-dark(#8f5a00,#f2b950);--wrong:light-dark(#b3241b,#ff8f85);
--wellback:light-dark(#e7f6ee,#12281e);--lookback:light-dark(#fff4dc,#2c2310);--wrongback:light-dark(#fdebe9,#33191a);
--delivered:light-dark(#4a7fb5,#6ea3d8);--letGo:light-dark(#b9c6d3,#465362);--underWay:light-dark(#e0a63a,#d9a33f);--needPerson:light-dark(#d13a2f,#f0685d)}
`;

/** Of the page: narrow on a phone, and on paper without what only a screen needs. */
export const style: string = `${palette}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;
-webkit-text-size-adjust:100%}
main{max-width:62rem;margin:0 auto;padding:2rem 1rem 3rem}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem 1rem;margin:0 0 1.25rem}
h1{font-size:1.5rem;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:1.05rem;margin:0 0 .25rem}
header p{margin:0;color:var(--pale)}
p{margin:0 0 .75rem}
.pale{color:var(--pale)}
section,.verdict{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:1.25rem;margin:0 0 1rem}
.verdict{border-left-width:6px}
.verdict>p:first-child{font-size:1.25rem;line-height:1.35;font-weight:650;margin:0}
.verdict.well{border-color:var(--well);background:var(--wellback)}.verdict.well>p:first-child{color:var(--well)}
.verdict.look{border-color:var(--look);background:var(--lookback)}.verdict.look>p:first-child{color:var(--look)}
.verdict.wrong{border-color:var(--wrong);background:var(--wrongback)}.verdict.wrong>p:first-child{color:var(--wrong)}
.needs{list-style:none;margin:1rem 0 0;padding:0}
.needs li{border-top:1px solid color-mix(in srgb,currentColor 14%,transparent);padding:.6rem 0;overflow-wrap:anywhere}
.needs li:last-child{padding-bottom:0}
.needs code{display:block;margin:.2rem 0 0}
code{font:.85em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--pale);overflow-wrap:anywhere}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:1rem;margin:0 0 1rem}
.numbers div{min-width:0}
.numbers dt{color:var(--pale);font-size:.875rem}
.numbers dd{margin:0;font-size:1.75rem;line-height:1.25;font-weight:650;font-variant-numeric:tabular-nums;letter-spacing:-.02em}
.numbers dd small{display:block;font-size:.8125rem;font-weight:400;letter-spacing:0;color:var(--pale)}
.numbers .wrong dd{color:var(--wrong)}
.plot{display:block;width:100%;height:9rem}
.ticks{display:flex;margin:.25rem 0 .75rem;border-top:1px solid var(--rule);color:var(--pale);font-size:.75rem}
.ticks{height:1.5rem;overflow:hidden}.ticks span{flex:1 1 0;min-width:0;padding:.2rem 0 0 .25rem;white-space:nowrap}.ticks .at{border-left:1px solid var(--rule)}
.spark{display:block;width:7.5rem;height:1.5rem}
.spark rect,rect.delivered,.key .delivered{fill:var(--delivered);background:var(--delivered)}
rect.letGo,.key .letGo{fill:var(--letGo);background:var(--letGo)}
rect.underWay,.key .underWay{fill:var(--underWay);background:var(--underWay)}
rect.needPerson,.key .needPerson{fill:var(--needPerson);background:var(--needPerson)}
.key{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0 0 .75rem;padding:0;font-size:.875rem}
.key i{display:inline-block;width:.75rem;height:.75rem;border-radius:2px;margin-right:.4rem}
.scroll{overflow-x:auto;margin:0 -1.25rem;padding:0 1.25rem}
table{border-collapse:collapse;width:100%;font-size:.9375rem;font-variant-numeric:tabular-nums}
th,td{text-align:right;vertical-align:top;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:0}
tbody tr:last-child>*{border-bottom:0}
thead th{font-size:.8125rem;font-weight:500;color:var(--pale);vertical-align:bottom}
td[data-of]{white-space:nowrap}
th.text,td.text,tbody th{text-align:left}
tbody th{font-weight:600;overflow-wrap:break-word;min-width:9rem;padding-right:1rem}
td.words{min-width:14rem;overflow-wrap:anywhere}
td small{display:block;color:var(--pale);font-size:.8125rem;font-weight:400}
.zero{color:var(--pale)}
.bad{color:var(--wrong);font-weight:650}.worse{color:var(--look);font-weight:600}
.list{list-style:none;margin:0;padding:0}
.list li{padding:.5rem 0;border-bottom:1px solid var(--rule);overflow-wrap:anywhere}
.list li:last-child{border-bottom:0;padding-bottom:0}
.list small{display:block;color:var(--pale);font-size:.8125rem}
.list{font-size:.9375rem}
.tag{font-size:.8125rem;font-weight:600;margin-right:.4rem}
.tag.critical{color:var(--wrong)}.tag.warning{color:var(--look)}.tag.info{color:var(--pale)}
summary{cursor:pointer;color:var(--pale);font-size:.875rem}
details table{margin-top:.5rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 1rem;align-items:start}
.unknown{background:none;border-style:dashed}
footer{color:var(--pale);font-size:.875rem}
@media (max-width:40rem){main{padding:1.25rem .75rem 2rem}section,.verdict{padding:1rem;border-radius:10px}.scroll{margin:0 -1rem;padding:0 1rem}
.plot{height:7rem}.numbers{grid-template-columns:repeat(2,1fr)}.ticks{font-size:.6875rem}
table.wide thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table.wide,table.wide tbody{display:block}
table.wide tr{display:grid;grid-template-columns:1fr 1fr;gap:.15rem 1rem;padding:.75rem 0;border-bottom:1px solid var(--rule)}
table.wide tr:last-child{border-bottom:0}
table.wide td,table.wide th{border:0;padding:0;text-align:left;min-width:0}
table.wide tbody th,table.wide td.words,table.wide td.when{grid-column:1/-1}
table.wide td[data-of]::before{content:attr(data-of) " ";color:var(--pale);font-size:.8125rem}
td small{display:inline}
.spark{width:100%}}
@media print{:root{color-scheme:light}body{background:#fff;font-size:12px}main{padding:0;max-width:none}section,.verdict{break-inside:avoid;padding:.75rem;margin-bottom:.5rem}
details{display:none}.verdict,rect,.key i{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
