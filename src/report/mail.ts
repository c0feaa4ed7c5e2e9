import { html, raw } from "hono/html";
import type { Mail } from "../world/mail.ts";
import { reportHtml } from "./html.ts";
import type { Report, Tone } from "./report.ts";
import { lengthOf, periodText, reportText, speed } from "./text.ts";
import { changeWords, counted, harmless, many, waited } from "./words.ts";

// The report as a mail: what matters in the letter itself, as text and as the little HTML that mail programs show (they drop plots and style sheets), and
// the page with its plots as a file to open.

/**
 * The mail of a report. It has the same Message-ID whenever it is made for the same time and people.
 *
 * @example mailOf(report, { from: "waybill@example.com", to: ["ops@example.com"] })
 */
export function mailOf(report: Report, { from, to }: Pick<Mail, "from" | "to">): Mail {
  const day = report.period.until.slice(0, 10);
  return {
    from,
    to,
    subject: subjectOf(report),
    text: `${reportText(report)}\n`,
    html: letter(report),
    messageId: `<report.${Date.parse(report.period.since)}.${Date.parse(report.period.until)}@waybill>`,
    attachments: [
      { filename: `waybill-${day}.html`, content: reportHtml(report).text, contentType: "text/html; charset=utf-8" },
    ],
  };
}

function subjectOf({ verdict, needs, total, period }: Report): string {
  const what =
    verdict.tone === "well"
      ? "all is well"
      : needs.length === 0
        ? "look at it"
        : many(needs.length, "thing needs", "things need");
  const words = verdict.tone === "well" || needs.length === 0 ? what : `${what} a person`;
  return `Waybill, ${lengthOf(period)}: ${words}; ${counted(total.now.came)} came`;
}

const fonts = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const monospace = "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace";
const colours: Readonly<Record<Tone, string>> = { well: "#0b7a4b", look: "#8f5a00", wrong: "#b3241b" };
const dark = `
:root{color-scheme:light dark}
@media (prefers-color-scheme:dark){.page{background:#101419!important}.card{background:#191f27!important}.ink{color:#e8ecf1!important}.pale{color:#9aa7b6!important}
.rule{border-color:#2b333e!important}.well{color:#5fd39a!important}.look{color:#f2b950!important}.wrong{color:#ff8f85!important}}`;

/** Every text goes through `html`, which escapes it. */
function letter(report: Report): string {
  const { verdict, needs, total, integrations, otherIntegrations, cannotKnow } = report;
  const { now, before, waits } = total;
  const colour = colours[verdict.tone];
  const heading = (text: string) =>
    html`<p class="ink" style="margin:24px 0 6px;font-weight:600;color:#16202c">${text}</p>`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${subjectOf(report)}</title><style>${raw(dark)}</style></head>
<body class="page" style="margin:0;padding:0;background:#f4f5f7">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f5f7"><tr><td align="center" style="padding:16px 8px">
<div class="card" style="max-width:600px;text-align:left;font:16px/1.5 ${raw(fonts)};background:#fff;border-radius:8px;border-top:4px solid ${raw(colour)};padding:20px">
<p class="pale" style="margin:0 0 8px;font-size:14px;color:#5b6877">${periodText(report)}</p>
<p class="${verdict.tone}" style="margin:0 0 16px;font-size:20px;line-height:1.35;font-weight:650;color:${raw(colour)}">${verdict.words}</p>
${needs.map(
  ({ words, next }) =>
    html`<p class="ink rule" style="margin:0;padding:8px 0 0;border-top:1px solid #e3e7ec;color:#16202c;overflow-wrap:anywhere">${harmless(words)}</p>
<p class="pale" style="margin:0 0 8px;font:14px/1.5 ${raw(monospace)};color:#5b6877;overflow-wrap:anywhere">${harmless(next)}</p>`,
)}
${heading("What came, and where it is now")}
<p class="ink" style="margin:0;color:#16202c">${[
    `${counted(now.came)} came`,
    changeWords(now.came, before?.came),
    `${counted(now.delivered)} delivered`,
    `${counted(waits.records)} ${waits.records === 1 ? "waits" : "wait"} now${waits.oldestMs === null ? "" : `, the oldest for ${waited(waits.oldestMs)}`}`,
    `${counted(waits.person)} for a person`,
  ]
    .filter((part) => part !== "")
    .join(", ")}. ${speed(now, before)}</p>
${heading("Integrations")}
<table cellpadding="0" cellspacing="0" width="100%" style="font-size:14px"><tr>${[
    "",
    "came",
    "delivered",
    "waits",
    "for a person",
  ].map(
    (name) =>
      html`<th class="pale" align="${name === "" ? "left" : "right"}" style="padding:4px 0 4px 12px;font-weight:400;color:#5b6877">${name}</th>`,
  )}</tr>
${integrations.map(({ integration, tenant, now: own, waits: its }) => {
  const cell = (count: number, bad = false) =>
    html`<td class="${bad ? "wrong" : "ink"} rule" align="right" style="padding:4px 0 4px 12px;border-top:1px solid #e3e7ec;color:${bad ? "#b3241b" : "#16202c"}">${counted(count)}</td>`;
  return html`<tr><td class="ink rule" style="padding:4px 0;border-top:1px solid #e3e7ec;color:#16202c;overflow-wrap:anywhere">${harmless(tenant === "" ? integration : `${integration} (${tenant})`)}</td>${cell(own.came)}${cell(own.delivered)}${cell(its.records)}${cell(its.person, its.person > 0)}</tr>`;
})}</table>
${otherIntegrations === null ? "" : html`<p class="pale" style="margin:6px 0 0;font-size:14px;color:#5b6877">And ${counted(otherIntegrations.lines)} more, to which ${counted(otherIntegrations.now.came)} came.</p>`}
${heading("What this page cannot know")}
${cannotKnow.map((one) => html`<p class="pale" style="margin:0 0 6px;font-size:14px;color:#5b6877">${harmless(one)}</p>`)}
<p class="pale rule" style="margin:20px 0 0;padding:12px 0 0;border-top:1px solid #e3e7ec;font-size:14px;color:#5b6877">The whole page, with plots, is attached.</p>
</div></td></tr></table></body></html>
`;
  return String(page);
}
