import type { Random } from "../../world/random.ts";
import { below, between, pick } from "./chance.ts";

// Texts of a known form, as a well-behaved sender writes them.

const codeLetters = [..."ABCDEFGHJKLMNPQRSTUVWXYZ"];
const firstMs = Date.UTC(2025, 0, 1);
const lastMs = Date.UTC(2026, 11, 31);

/** A short name for something, of which two are hardly ever alike: `KQ-7302641`. */
export function code(random: Random): string {
  return `${pick(random, codeLetters)}${pick(random, codeLetters)}-${between(random, 1_000_000, 9_999_999)}`;
}

/** A moment of two years, to the second. */
export function moment(random: Random): Date {
  return new Date(firstMs + below(random, (lastMs - firstMs) / 1_000) * 1_000);
}

const host = (random: Random): string =>
  `${pick(random, ["shop", "mail", "www", "api"])}${below(random, 1_000)}.example.com`;

const hexDigits = (random: Random, count: number): string => {
  let text = "";
  for (let index = 0; index < count; index++) text += below(random, 16).toString(16);
  return text;
};

/** By the names that JSON Schema gives them. Several ways to write one: which of them a pattern beside it allows is tried. */
export const formats: Readonly<Record<string, readonly ((random: Random) => string)[]>> = {
  "date-time": [
    (random) => `${moment(random).toISOString().slice(0, 19)}Z`,
    (random) => moment(random).toISOString(),
    (random) => `${moment(random).toISOString().slice(0, 19)}+00:00`,
    (random) => moment(random).toISOString().slice(0, 19),
  ],
  date: [(random) => moment(random).toISOString().slice(0, 10)],
  time: [
    (random) => `${moment(random).toISOString().slice(11, 19)}Z`,
    (random) => moment(random).toISOString().slice(11, 19),
  ],
  duration: [(random) => `PT${between(random, 1, 23)}H${between(random, 0, 59)}M`],
  email: [
    (random) => `${pick(random, ["ann", "zoe", "li.wei", "o.brien", "jan+shop"])}${below(random, 100_000)}@example.com`,
  ],
  uri: [(random) => `https://${host(random)}/${hexDigits(random, 6)}`],
  "uri-reference": [(random) => `/${hexDigits(random, 6)}`],
  hostname: [host],
  ipv4: [(random) => `192.0.2.${between(random, 1, 254)}`],
  ipv6: [(random) => `2001:db8::${between(random, 1, 0xffff).toString(16)}`],
  uuid: [
    (random) =>
      `${hexDigits(random, 8)}-${hexDigits(random, 4)}-4${hexDigits(random, 3)}-${pick(random, ["8", "9", "a", "b"])}${hexDigits(random, 3)}-${hexDigits(random, 12)}`,
  ],
};

/** Other names for the same. */
export const formatNames: Readonly<Record<string, string>> = {
  "idn-email": "email",
  url: "uri",
  iri: "uri",
  guid: "uuid",
  datetime: "date-time",
};

const words = [
  ..."blue kettle,garden chair,A4 paper,Zoë Müller,Ann Smith,O'Brien & Sons,Łódź depot,San José,Tromsø,Weiß GmbH".split(
    ",",
  ),
  ..."Crème brûlée,Nguyễn Văn An,東京支店,Ελένη,Мария,12 High St,return,urgent,gift,see invoice".split(","),
];

/** Text as people write it: with accents, other scripts, apostrophes. */
export function phrase(random: Random): string {
  const one = pick(random, words);
  return random.next() < 0.5 ? one : `${one} ${between(random, 1, 999)}`;
}

const guesses =
  "true,false,yes,no,1,0,12,12.50,AUD,EUR,AU,DE,en,de-DE,Europe/Berlin,12:30,{},[],#ff8800,+61412345678,1.2.3,text/plain,GET".split(
    ",",
  );

/** Text of which a rule that JSON Schema does not tell may want some: words for yes, codes, numbers, every format. */
export function guess(random: Random): string {
  return random.next() < 0.7 ? pick(random, guesses) : pick(random, pick(random, Object.values(formats)))(random);
}
