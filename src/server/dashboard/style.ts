import { style as report } from "../../report/style.ts";

/** Of all pages. The report's page is one of them, and its colours are those of all. */
export const style: string = `${report}
:root{--brand:light-dark(#1d6f5c,#67c7ad);--back:light-dark(#fff,#191f27)}
main{max-width:78rem;padding-top:1.5rem}
.skip{position:absolute;left:-99rem;background:var(--card);padding:.5rem 1rem;z-index:2}.skip:focus{left:1rem;top:.5rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
a{color:light-dark(#1d5f9a,#8cc2f0);text-underline-offset:.15em}a:hover{text-decoration-thickness:2px}
:focus-visible{outline:3px solid light-dark(#1d5f9a,#8cc2f0);outline-offset:2px;border-radius:4px}
.bar{display:flex;align-items:center;gap:.5rem 1.5rem;margin:0;padding:.5rem max(1rem,calc((100vw - 76rem)/2));background:var(--card);border-bottom:1px solid var(--rule);flex-wrap:wrap}
.bar p{margin:0}.brand a{font-weight:700;letter-spacing:-.02em;color:var(--brand);text-decoration:none;font-size:1.125rem}
.bar nav{flex:1 1 auto;min-width:0;overflow-x:auto}.bar ul{display:flex;gap:.25rem;list-style:none;margin:0;padding:0}
.bar nav a{display:block;padding:.4rem .65rem;border-radius:8px;color:var(--ink);text-decoration:none;white-space:nowrap}
.bar nav a:hover{background:var(--page)}.bar nav a[aria-current]{background:var(--page);font-weight:650;box-shadow:inset 0 -2px var(--brand)}
.who{display:flex;align-items:center;gap:.75rem;color:var(--pale);font-size:.875rem;overflow-wrap:anywhere}
h1{margin:0 0 1rem;overflow-wrap:anywhere}h3{font-size:.9375rem;margin:.75rem 0 .25rem}
.crumbs{margin:0 0 .25rem;color:var(--pale);font-size:.875rem}
.nothing{color:var(--pale);margin:.25rem 0}
.verdict .numbers{margin:1rem 0 .25rem}.verdict .pale{margin:0}.verdict .numbers div{color:var(--ink)}.verdict .numbers dd{font-size:1.5rem}
.state{display:inline-block;padding:.05rem .5rem;border-radius:99px;font-size:.8125rem;font-weight:600;white-space:nowrap;vertical-align:.08em;border:1px solid transparent}
.state.well{color:var(--well);background:var(--wellback)}.state.under-way,.state.look{color:var(--look);background:var(--lookback)}
.state.wrong{color:var(--wrong);background:var(--wrongback)}.state.let-go{color:var(--pale);background:var(--page)}
.cause{color:var(--pale);font-size:.875rem;font-weight:500}
.wrong{color:var(--wrong)}.look{color:var(--look)}
td.number{font-variant-numeric:tabular-nums}td.wrong a,td.wrong{color:var(--wrong);font-weight:650}td.look a,td.look{color:var(--look);font-weight:600}
td time,td .pale{white-space:nowrap}td[data-of].words{white-space:normal}
tbody th .pale,tbody th .state{font-weight:400}tbody th .state{font-weight:600}
.alerts{list-style:none;margin:0;padding:0}.alerts li{border-left:4px solid var(--rule);padding:.5rem .75rem;margin:0 0 .5rem;background:var(--page);border-radius:0 8px 8px 0;overflow-wrap:anywhere}
.alerts .critical{border-color:var(--wrong)}.alerts .warning{border-color:var(--look)}.alerts .resolved{border-color:var(--rule)}
.alerts li>a{color:var(--ink);text-decoration:none}.alerts li>a:hover{text-decoration:underline}.alerts small{display:block;color:var(--pale);font-size:.8125rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.5rem 1.25rem;margin:0 0 1rem}
.facts div{min-width:0}.facts dt{color:var(--pale);font-size:.8125rem}.facts dd{margin:0;overflow-wrap:anywhere}.facts small{display:block;color:var(--pale);font-size:.8125rem}
.why{border-left:4px solid var(--look);background:var(--lookback);padding:.5rem .75rem;border-radius:0 8px 8px 0;overflow-wrap:anywhere}
.fault .why,.sign-in .why{border-color:var(--wrong);background:var(--wrongback)}
.troubled{border-color:var(--look);border-left-width:6px}
section>h2{margin-bottom:.5rem}section>:last-child,.confirm>:last-child{margin-bottom:0}.scroll+p,.sign-in form+p{margin-top:.75rem}
h2 small{font-size:.8125rem;font-weight:400;color:var(--pale)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem;margin:0 0 1rem}.cards section{margin:0;min-width:0}.cards .facts{grid-template-columns:repeat(auto-fit,minmax(7rem,1fr))}
.pair section{min-width:0}.pair>div{min-width:0}
pre{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--page);border:1px solid var(--rule);border-radius:8px;padding:.75rem;margin:.25rem 0 .5rem;overflow:auto;max-height:28rem;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}
.way{list-style:none;margin:0;padding:0 0 0 1rem;border-left:2px solid var(--rule)}
.way li{position:relative;padding:0 0 .9rem .25rem}.way li::before{content:"";position:absolute;left:-1.4rem;top:.35rem;width:.65rem;height:.65rem;border-radius:50%;background:var(--card);border:2px solid var(--pale)}
.way .delivered::before,.way .effect-done::before{background:var(--well);border-color:var(--well)}.way .held::before,.way .dead::before,.way .quarantined::before{background:var(--wrong);border-color:var(--wrong)}
.way .at,.call .at{display:block;color:var(--pale);font-size:.8125rem;font-variant-numeric:tabular-nums}.call .at{display:inline}
.way p{margin:.1rem 0;overflow-wrap:anywhere}
.detail{margin:.1rem 0 0;font-size:.875rem}.detail div{display:flex;gap:.5rem}.detail dt{color:var(--pale);flex:0 0 auto}.detail dd{margin:0;overflow-wrap:anywhere;min-width:0}
.issues{margin:0}.issues div{padding:.4rem 0;border-bottom:1px solid var(--rule)}.issues div:last-child{border:0}.issues dt code{color:var(--wrong);font-weight:600}.issues dd{margin:0;overflow-wrap:anywhere}.issues small{display:block;color:var(--pale)}
.effect,.call{border:1px solid var(--rule);border-radius:8px;padding:.5rem .75rem;margin:0 0 .5rem}.effect summary,.call summary{color:var(--ink);font-size:.9375rem;overflow-wrap:anywhere}
.versions{margin:0;padding-left:1.25rem}.versions [aria-current] a{font-weight:700}
.choices{border-color:var(--brand)}
.choice{border-top:1px solid var(--rule);padding:.6rem 0}.choice:first-of-type{border:0}.choice summary{color:var(--ink);font-weight:600;font-size:1rem}
form label{display:block;margin:0 0 .75rem;font-size:.875rem;color:var(--pale)}form .check{color:var(--ink)}.issue{color:var(--wrong);margin:-.5rem 0 .75rem;font-size:.875rem}
input,select,textarea{display:block;width:100%;min-height:2.5rem;max-width:32rem;font:inherit;color:var(--ink);background:var(--back);border:1px solid light-dark(#8a95a3,#6b7887);border-radius:8px;padding:.45rem .6rem}
input[type=checkbox]{display:inline-block;width:auto;min-height:0;margin:0 .5rem 0 0}textarea{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.875rem;max-width:100%}
button,.button{font:inherit;font-weight:600;display:inline-block;border:1px solid var(--brand);border-radius:8px;padding:.4rem .9rem;background:var(--brand);color:light-dark(#fff,#0c1512);cursor:pointer;text-decoration:none}
button:hover,.button:hover{filter:brightness(1.08)}button.plain{background:none;color:light-dark(#1d6f5c,#67c7ad)}td .button{padding:.1rem .6rem;font-size:.875rem}
.who button{padding:.15rem .6rem;font-size:.875rem;border-color:var(--rule)}
.do{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin:0}
.search{display:grid;grid-template-columns:minmax(14rem,3fr) repeat(3,minmax(7rem,1fr)) auto;gap:.75rem;align-items:end;background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:1rem;margin:0 0 1rem}
.search label{margin:0}.kept{grid-column:1/-1;margin:0;color:var(--pale);font-size:.875rem;overflow-wrap:anywhere}
.limits{list-style:none;margin:0 0 .5rem;padding:0}.limits li{padding:.25rem 0}.limits small{display:block}meter{width:9rem;height:.8rem;vertical-align:middle}
td.day .spark{width:6rem}
.spans{display:flex;gap:.25rem;margin:0 0 1rem}.spans a{padding:.2rem .65rem;border-radius:8px;text-decoration:none}.spans a[aria-current]{background:var(--card);color:var(--ink);font-weight:650;box-shadow:inset 0 -2px var(--brand)}
.charts{display:flex;flex-wrap:wrap;gap:.75rem 1.25rem;margin:0 0 .5rem}.chart{flex:1 1 12.5rem;margin:0;min-width:0}
.chart figcaption{font-size:.8125rem;color:var(--pale);min-height:1.25rem}.chart figcaption small{color:var(--ink);font-size:.8125rem}
.drawn{height:120px;overflow:hidden;color:var(--pale);border-bottom:0 solid var(--rule)}.chart .key{margin:0;font-size:.8125rem}.chart .key i{forced-color-adjust:none}.key .ahead{height:3px;vertical-align:middle}
.chart table,.besides table{font-size:.8125rem;width:auto}.chart td,.chart th,.besides td,.besides th{padding:.15rem .6rem .15rem 0}.chart tbody th,.besides tbody th{font-weight:400;min-width:6rem;white-space:nowrap}.besides{margin:0 0 .75rem}
@media (scripting:none){.drawn,.chart .key{display:none}}
.sign-in{max-width:26rem;margin:12vh auto 0}
.confirm{background:var(--card);border:1px solid var(--brand);border-radius:12px;padding:1.25rem}
body>footer{max-width:78rem;margin:0 auto;padding:0 1rem 2rem}
main>.scroll{background:var(--card);border:1px solid var(--rule);border-radius:12px;margin:0 0 1rem;padding:.25rem 1.25rem}
header.report{display:flex}
@media (max-width:40rem){.bar ul{flex-wrap:wrap}.bar nav a{padding:.3rem .55rem;font-size:.9375rem}table.wide td.zero{display:none}table.wide td[data-of]{white-space:normal}table.wide td[data-of]::before{font-weight:400}table.wide td[data-of=do]::before{content:none}table.wide td:has(.state){grid-column:1/-1}td.day .spark{width:100%}.search{grid-template-columns:1fr 1fr}.search label:first-child{grid-column:1/-1}.bar{padding:.5rem .75rem}.bar nav{order:3;flex-basis:100%}.who{margin-left:auto}main>.scroll{margin:0 0 1rem;padding:.25rem 1rem}}
@media (forced-colors:active){.state{border-color:currentColor}}
@media (prefers-reduced-motion:no-preference){button{transition:filter .1s}}
`;
