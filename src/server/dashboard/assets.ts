import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { style } from "./style.ts";

// What pages ask for besides themselves: their style, their scripts and their icon. The name holds a hash of the content, so a browser keeps it for ever, and a page that
// was open across an upgrade gets the new one with the next page.

interface Asset {
  readonly type: string;
  readonly text: string;
}

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1d6f5c"/><path d="M7 9l4 14 5-11 5 11 4-14" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

const script = (file: string | URL): Asset => ({
  type: "text/javascript; charset=utf-8",
  text: readFileSync(file, "utf8"),
});

const css = (text: string): Asset => ({ type: "text/css; charset=utf-8", text });

const found = createRequire(import.meta.url).resolve;

type Name = "style.css" | "icon.svg" | "page.js" | "idiomorph.js" | "draw.js" | "uplot.js" | "uplot.css";
const assets: Readonly<Record<Name, Asset>> = {
  "page.js": script(new URL("page.js", import.meta.url)),
  "idiomorph.js": script(found("idiomorph/dist/idiomorph.min.js")),
  "draw.js": script(new URL("draw.js", import.meta.url)),
  "uplot.js": script(found("uplot/dist/uPlot.iife.min.js")),
  "uplot.css": css(readFileSync(found("uplot/dist/uPlot.min.css"), "utf8")),
  "style.css": css(style),
  "icon.svg": { type: "image/svg+xml", text: icon },
};
export type AssetName = keyof typeof assets;

const hashes = new Map(
  Object.entries(assets).map(([name, { text }]) => [
    name,
    createHash("sha256").update(text).digest("base64url").slice(0, 12),
  ]),
);

/** Where a page finds it, from the overview. */
export const assetPath = (name: AssetName): string => `assets/${hashes.get(name)}/${name}`;

/** An asset as an answer; an old name gets the new content, which is not kept. */
export function assetAnswer(hash: string, name: string): Response | undefined {
  if (!Object.hasOwn(assets, name)) return undefined;
  const { type, text } = assets[name as AssetName];
  const isNow = hashes.get(name) === hash;
  return new Response(text, {
    headers: { "content-type": type, "cache-control": isNow ? "public, max-age=31536000, immutable" : "no-store" },
  });
}
