// What docs/vendors.md says about each vendor, written from the facts themselves. `node -C waybill-source scripts/vendors.ts` writes it anew;
// test/repository/vendors-page.test.ts finds it when nobody did.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Limit, Pagination, Vendor, VendorAnswer, VendorQuota } from "waybill";
import * as vendors from "waybill/vendors";

export const vendorsPage: string = fileURLToPath(new URL("../docs/vendors.md", import.meta.url));
const mark = "<!-- From here on written by scripts/vendors.ts. -->";

/** The page with what stands below the mark written anew. */
export function vendorsPageOf(page: string): string {
  const at = page.indexOf(mark);
  if (at === -1) throw new Error(`docs/vendors.md has no line ${mark}`);
  const known = (Object.entries(vendors) as [string, Vendor][]).sort(([, a], [, b]) => a.title.localeCompare(b.title));
  return `${page.slice(0, at)}${mark}\n\n${[overview(known), unconfirmed(known), ...known.map(section)].join("\n")}`;
}

type Known = readonly (readonly [name: string, vendor: Vendor])[];

function overview(known: Known): string {
  const rows = known.map(([name, vendor]) => [
    `[${vendor.title}](#${anchor(vendor.title)})`,
    `\`${name}\``,
    vendor.limits?.map(limitText).join(", ") ?? "none published",
    keyText(vendor),
    vendor.pagination === undefined ? "" : pagingText(vendor.pagination),
    vendor.webhooks === undefined ? "" : `\`${vendor.webhooks}\``,
  ]);
  return `## All of them\n\n${table(["vendor", "import", "limits", "idempotency key", "pages()", "webhooks"], rows)}`;
}

function unconfirmed(known: Known): string {
  const rows = known.flatMap(([, vendor]) => vendor.unconfirmed.map((what) => [vendor.title, what]));
  return `## What could not be confirmed\n\n${table(["vendor", "not confirmed"], rows)}`;
}

function section([name, vendor]: Known[number]): string {
  const where = vendor.baseUrl === undefined ? "a `baseUrl` of yours" : `\`${vendor.baseUrl}\``;
  const answers = (vendor.answers ?? []).map((answer) => [fitsText(answer), answer.means, whyText(answer)]);
  const sources = vendor.sources.map(({ says, page, seen }) => `- ${says}: <${page}> (${seen})`).join("\n");
  return [
    `## ${vendor.title}`,
    `\`import { ${name} } from "waybill/vendors"\`, at ${where}.`,
    ...("none" in vendor.key ? [] : [`A repeated key is answered with ${vendor.key.replay}.`]),
    ...(answers.length === 0 ? [] : [table(["answer", "means", "why"], answers).trimEnd()]),
    ...(vendor.quotas ?? []).map(quotaText),
    `Read at:\n\n${sources}\n`,
  ].join("\n\n");
}

function quotaText({ left, used, window, refills }: VendorQuota): string {
  const what = left === undefined ? `\`${used}\` says what is used` : `\`${left}\` says what is left`;
  const spent = refills === undefined ? "its refusals say when it is spent" : `spent, it is left alone for ${refills}`;
  return `${what}, of ${window}; ${spent}.`;
}

function limitText(limit: Limit): string {
  if (limit.kind === "concurrent") return `${limit.count} at once`;
  const what = limit.kind === "cost" ? `${limit.count} points` : `${limit.count}`;
  const burst = limit.burst === undefined ? "" : `, up to ${limit.burst} at once`;
  return `${what} per ${spanText(limit.perMs)}${burst}`;
}

function spanText(ms: number): string {
  const unit = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1_000],
  ].find(([, length]) => ms % (length as number) === 0) as [string, number] | undefined;
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}

function keyText({ key }: Vendor): string {
  if ("none" in key) return `none: ${key.none}`;
  const place = key.header ?? (key.query === undefined ? `body \`${key.body}\`` : `query \`${key.query}\``);
  const where = key.paths === undefined ? "" : `, only on ${key.paths.join(" and ")}`;
  const kept = [key.window, ...(key.windows ?? []).map(({ path, window }) => `${window} on ${path}`)].join(", ");
  return `${place}, up to ${key.max} characters, kept ${kept}${where}`;
}

const pagingTexts: Record<Pagination["by"], string> = {
  token: "a token in the answer",
  last: "after the last item",
  link: "the `Link` header",
  url: "an address in the answer",
  rel: "a list of links",
  number: "numbered",
  offset: "by offset",
  statement: "by position in the statement",
};
const pagingText = ({ by }: Pagination): string => pagingTexts[by];

function fitsText({ status, at, is, header, value, words }: VendorAnswer): string {
  const path = typeof at === "string" ? at : at?.join(".");
  return [
    ...(status === undefined ? [] : [[status].flat().join(" or ")]),
    ...(header === undefined ? [] : [`\`${header}${value === undefined ? "" : `: ${value}`}\``]),
    ...(path === undefined ? [] : [`\`${path}\`${is === undefined ? "" : ` is ${[is].flat().join(" or ")}`}`]),
    ...(words === undefined ? [] : [`says "${words}"`]),
  ].join(", ");
}

function whyText({ why, after, key }: VendorAnswer): string {
  const keys = { "in-flight": "; the key is in flight", spent: "; the key is spent" };
  return `${why}${after === undefined ? "" : `; ${after}, unless its headers say`}${key === undefined ? "" : keys[key]}`;
}

/** As GitHub makes them of headings. */
const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, "")
    .replaceAll(" ", "-");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}

if (import.meta.main) writeFileSync(vendorsPage, vendorsPageOf(readFileSync(vendorsPage, "utf8")));
