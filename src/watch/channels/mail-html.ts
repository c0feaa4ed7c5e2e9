// HTML as mail programs show it: one column, tables for what must stand side by side, styles on each element because many programs drop what stands in
// the head. There is only what makes it dark, which may be dropped.

/** What is shown of one alert, in words that steer nothing. */
export interface Card {
  readonly tone: "critical" | "warning" | "info" | "resolved";
  readonly label: string;
  /** What happened, in short, and the rest of it. */
  readonly title: string;
  readonly detail: string;
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly samples: readonly string[];
  /** Undefined when it is over. */
  readonly next: string | undefined;
  readonly url: string | undefined;
  readonly id: string;
}

const fonts = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const monospace = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

const colours: Readonly<Record<Card["tone"], string>> = {
  critical: "#b42318",
  warning: "#93550a",
  info: "#175cd3",
  resolved: "#067647",
};

const dark = `
:root{color-scheme:light dark}
@media (prefers-color-scheme:dark){
.page{background:#14161a!important}.card{background:#1f2329!important}
.ink{color:#eceef1!important}.pale{color:#a5adb8!important}.code{background:#12151a!important;color:#eceef1!important;border-color:#3a414b!important}
.rule{border-color:#3a414b!important}.link{color:#8ab4ff!important}
.critical{color:#ff9a8f!important}.warning{color:#f5bd64!important}.info{color:#8ab4ff!important}.resolved{color:#6fd6a2!important}
}`;

/** A page with a card for each alert, and a line for those that it does not show. Every text is escaped here. */
export function mailHtml(title: string, cards: readonly Card[], rest?: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>${escaped(title)}</title><style>${dark}
</style></head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7"><tr>
<td align="center" style="padding:16px 8px">
<div style="max-width:600px;text-align:left;font:16px/1.5 ${fonts}">
${cards.map(card).join("\n")}${rest === undefined ? "" : `\n<p class="pale" style="color:#5d6878">${escaped(rest)}</p>`}
</div></td></tr></table></body></html>
`;
}

function card({ tone, label, title, detail, facts, samples, next, url, id }: Card): string {
  const colour = colours[tone];
  return `<div class="card" style="background:#fff;border-radius:8px;border-top:4px solid ${colour};padding:20px;margin:0 0 16px">
<p class="${tone}" style="margin:0 0 8px;font-size:14px;font-weight:600;color:${colour}">${escaped(label[0]?.toUpperCase() + label.slice(1))}</p>
<p class="ink" style="margin:0 0 8px;font-size:18px;line-height:1.4;font-weight:600;color:#101828;overflow-wrap:anywhere">${escaped(title)}</p>
${detail === "" ? "" : `<p class="ink" style="margin:0 0 16px;color:#101828;overflow-wrap:anywhere">${escaped(detail)}</p>`}
<table role="presentation" cellpadding="0" cellspacing="0" style="font-size:15px;margin:0 0 16px">
${facts.map(fact).join("\n")}
</table>
${samples.length === 0 ? "" : `${heading("Records")}${samples.map(code).join("\n")}`}
${next === undefined ? "" : `${heading("Next")}${code(next)}`}
${url === undefined ? "" : `<p style="margin:16px 0 0"><a class="link" href="${escaped(url)}" style="color:#175cd3;font-weight:600">Look at it</a></p>`}
<p class="pale rule" style="margin:16px 0 0;padding:12px 0 0;border-top:1px solid #e4e7ec;font-size:13px;color:#5d6878">Waybill, alert ${escaped(id)}</p>
</div>`;
}

const fact = ([name, text]: Card["facts"][number]): string =>
  `<tr><td class="pale" style="padding:2px 16px 2px 0;color:#5d6878;vertical-align:top;white-space:nowrap">${escaped(name)}</td>` +
  `<td class="ink" style="padding:2px 0;color:#101828;overflow-wrap:anywhere">${escaped(text)}</td></tr>`;

const heading = (text: string): string =>
  `<p class="pale" style="margin:16px 0 4px;font-size:14px;color:#5d6878">${text}</p>`;

const code = (text: string): string =>
  `<p class="code" style="margin:0 0 4px;padding:8px 12px;border:1px solid #e4e7ec;border-radius:6px;background:#f9fafb;color:#101828;` +
  `font:14px/1.5 ${monospace};white-space:pre-wrap;overflow-wrap:anywhere">${escaped(text)}</p>`;

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (letter) => names[letter] ?? letter);
}
