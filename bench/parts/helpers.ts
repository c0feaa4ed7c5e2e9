import {
  abn,
  country,
  currency,
  day,
  decimal,
  duration,
  email,
  flag,
  gtin,
  iban,
  instant,
  integer,
  list,
  money,
  oneOf,
  optionalText,
  phone,
  text,
  url,
} from "waybill/contract";
import type { z } from "zod";

const two = (at: number): string => String(at % 100).padStart(2, "0");
const day28 = (at: number): string => two((at % 28) + 1);
const ibans = ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606", "NL91ABNA0417164300"];
const gtins = ["4006381333931", "0036000291452", "9780306406157", "5901234123457"];

/** A schema, and good values of which hardly two are alike. */
const measured: Readonly<Record<string, readonly [z.ZodType, (at: number) => unknown]>> = {
  text: [text({ min: 1, max: 64 }), (at) => `Order ${at} of Zoë`],
  "text, intact": [text({ intact: true }), (at) => `Order ${at} of Zoë`],
  optionalText: [optionalText({ nothing: ["NULL"] }), (at) => (at % 3 === 0 ? "" : `note ${at}`)],
  integer: [integer({ min: 0 }), (at) => String(at)],
  decimal: [decimal({ places: 3 }), (at) => `${at}.${two(at)}`],
  money: [money({ currency: "EUR", decimal: ",", group: "." }), (at) => `1.${100 + (at % 900)},${two(at)}`],
  currency: [currency(), (at) => ["AUD", "eur", "USD"][at % 3]],
  day: [day({ format: "DD/MM/YYYY" }), (at) => `${day28(at)}/02/${2000 + (at % 99)}`],
  "instant, ISO": [instant(), (at) => `2026-02-${day28(at)}T12:${two(at % 60)}:09+08:00`],
  "instant, of a zone": [
    instant({ format: "DD/MM/YYYY HH:mm", zone: "Europe/Berlin" }),
    (at) => `${day28(at)}/06/${2000 + (at % 30)} 12:${two(at % 60)}`,
  ],
  duration: [duration({ format: "h:mm" }), (at) => `${at % 1000}:${two(at % 60)}`],
  email: [email(), (at) => `ann.${at}@example.com`],
  url: [url(), (at) => `https://example.com/orders/${at}?from=shop`],
  country: [country(), (at) => ["AU", "DEU", "nz"][at % 3]],
  iban: [iban(), (at) => ibans[at % 4]],
  gtin: [gtin(), (at) => gtins[at % 4]],
  abn: [abn(), (at) => ["51 824 753 556", "53004085616", "33102417032"][at % 3]],
  phone: [phone({ country: "AU" }), (at) => `04${String(12_000_000 + at).slice(0, 8)}`],
  flag: [flag(), (at) => ["Yes", "no", "1"][at % 3]],
  oneOf: [oneOf(["new", "paid", "sent"], { fold: true }), (at) => ["NEW", "paid", "Sent"][at % 3]],
  "list of three": [list(text({ min: 1 }), { separator: ";" }), (at) => `A-${at};B-${at};C-${at}`],
};

/**
 * How many values a second each helper of `waybill/contract` reads, of the time that its thread was at work: what else the machine does plays a smaller
 * part so. All are measured twice, and the better one counts: the first ones warm up what all of them share.
 */
export async function helpers(count: number): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const _ of ["warming up", "again"]) {
    for (const [name, [schema, valueAt]] of Object.entries(measured)) {
      const values = Array.from({ length: Math.min(count, 100_000) }, (_, at) => valueAt(at));
      readAll(name, schema, values);
      figures[name] = Math.max(figures[name] ?? 0, perSecond(name, schema, values));
    }
  }
  return figures;
}

function perSecond(name: string, schema: z.ZodType, values: readonly unknown[]): number {
  const from = process.threadCpuUsage();
  let read = 0;
  let spentUs = 0;
  while (spentUs < 300_000) {
    readAll(name, schema, values);
    read += values.length;
    const { user, system } = process.threadCpuUsage(from);
    spentUs = user + system;
  }
  return (read / spentUs) * 1_000_000;
}

function readAll(name: string, schema: z.ZodType, values: readonly unknown[]): void {
  for (const value of values) {
    const read = schema["~standard"].validate(value) as { readonly issues?: unknown };
    if (read.issues !== undefined) throw new Error(`${name} refuses ${JSON.stringify(value)}`);
  }
}
