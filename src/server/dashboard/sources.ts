import { html } from "hono/html";
import { refusalsOf } from "../../flow/refusals.ts";
import { workersOf } from "../../flow/workers.ts";
import type { Html } from "../../report/plot.ts";
import { brief, counted, harmless } from "../../report/words.ts";
import { pollFeeds, webhookFeeds } from "../../sources/feeds.ts";
import type { FileStatus } from "../../sources/files.ts";
import type { PollStatus } from "../../sources/poll.ts";
import type { AppParts } from "../parts.ts";
import type { Page, Seen } from "./frame.ts";
import { cell, countCell, nothing, when } from "./shown.ts";

// Where records come from: when each source was read, how far, what is next, and what it was refused.

const sampleMax = 2_000;

export async function sources(parts: AppParts, seen: Seen): Promise<Page> {
  const { ledger, integrations, secrets } = parts;
  const { polls, files } = sourcesShown(parts);
  const definitions = [...integrations.values()].map(({ definition }) => definition);
  const [refused, cursors, workers] = await Promise.all([
    refusalsOf(ledger, {}, secrets.redact),
    Promise.all(
      pollFeeds(definitions).map(
        async ({ name }) => [name, redacted(await ledger.cursor(name), secrets.redact)] as const,
      ),
    ),
    workersOf(ledger),
  ]);
  const cursorOf = new Map(cursors);
  const hooks = webhookFeeds(definitions);
  const body = html`<h1>Sources</h1>
${workers.length > 1 && !ledger.isSteward() ? html`<p class="pale">Polls and files are read by one of the ${workers.length} workers, and that is not this one: when they were last read, it knows.</p>` : ""}
<section aria-labelledby="polls"><h2 id="polls">Polls</h2>${polls.length === 0 ? nothing("None is read here.") : pollTable(polls, cursorOf, seen)}</section>
${files.length === 0 ? "" : html`<section aria-labelledby="files"><h2 id="files">Files</h2>${files.map((one) => fileStatus(one))}</section>`}
${hooks.length === 0 ? "" : html`<section aria-labelledby="hooks"><h2 id="hooks">Webhooks</h2><ul class="list">${hooks.map(({ source, integrations: fed }) => html`<li><code>POST ${brief(source.path)}</code> for ${fed.map(({ name }) => brief(name)).join(", ")}</li>`)}</ul></section>`}
<section aria-labelledby="refused"><h2 id="refused">What was refused</h2><p class="pale">What nobody vouches for, or nobody can read, never becomes a record: its sender was told so.</p>${
    refused.length === 0
      ? nothing("Nothing.")
      : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="refused"><table class="wide"><thead><tr><th scope="col" class="text">source</th><th scope="col" class="text">why</th><th scope="col">times</th><th scope="col">first</th><th scope="col">last</th><th scope="col" class="text">the newest</th></tr></thead><tbody>${refused.map(
          (
            one,
          ) => html`<tr><th scope="row">${brief(one.source)}${one.tenant === undefined ? "" : html` <span class="pale">${brief(one.tenant)}</span>`}</th>
${cell("why", one.reason, "text")}${countCell("times", one.count, "look")}${cell("first", when(one.firstAt, seen.nowMs))}${cell("last", when(one.lastAt, seen.nowMs))}
${cell("the newest", html`<details><summary>look at it</summary><pre tabindex="0">${one.sample.slice(0, sampleMax)}</pre></details>`, "text")}</tr>`,
        )}</tbody></table></div>`
  }</section>`;
  return { title: "Sources", section: "sources", body };
}

/** Without secrets: what code of the user threw may hold anything, and so may the place in a list that a system gave it. */
function sourcesShown({ sources, secrets: { redact } }: AppParts): ReturnType<AppParts["sources"]> {
  const { polls, files } = sources();
  return {
    polls: polls.map((one) => ({
      ...one,
      lastError: redacted(one.lastError, redact),
      cursor: redacted(one.cursor, redact),
    })),
    files: files.map((one) => ({
      ...one,
      lastError: redacted(one.lastError, redact),
      stopped: one.stopped.map(({ file, why }) => ({ file, why: redact(why) })),
    })),
  };
}

const redacted = (text: string | undefined, redact: (text: string) => string): string | undefined =>
  text === undefined ? undefined : redact(text);

function pollTable(
  polls: readonly PollStatus[],
  cursors: ReadonlyMap<string, string | undefined>,
  { nowMs }: Seen,
): Html {
  const iso = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : new Date(ms).toISOString();
  const row = (one: PollStatus): Html =>
    html`<tr><th scope="row">${brief(one.source)} <span class="pale">for ${one.integrations.map((name) => brief(name)).join(", ")}</span></th>
${cell("schedule", one.schedule, "text")}${cell("last run", when(iso(one.lastRunAtMs), nowMs))}
${cell("next run", one.running ? html`<strong>runs now</strong>` : when(iso(one.nextRunAtMs), nowMs))}
${cell("stands at", html`<code>${brief(one.cursor ?? cursors.get(one.source) ?? "not read yet")}</code>`, "text")}
${cell("how it went", one.lastError === undefined ? html`<span class="state well">well</span>` : html`<span class="state wrong">failed${one.failures > 1 ? ` ${one.failures} times` : ""}</span> ${harmless(one.lastError)}`, "text words")}</tr>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="polls"><table class="wide"><thead><tr><th scope="col" class="text">poll</th><th scope="col" class="text">schedule</th><th scope="col">last run</th><th scope="col">next run</th><th scope="col" class="text">stands at</th><th scope="col" class="text">how it went</th></tr></thead><tbody>${polls.map(row)}</tbody></table></div>`;
}

function fileStatus({ source, integrations, reading, stopped, lastError }: FileStatus): Html {
  return html`<h3>${brief(source)} <span class="pale">for ${integrations.map((name) => brief(name)).join(", ")}</span></h3>
${reading === undefined ? html`<p class="pale">Waits for a file.</p>` : html`<p>Reads ${brief(reading.file)}: ${counted(reading.rows)} rows so far. <progress max="${Math.max(1, reading.bytes)}" value="${reading.bytesRead}" aria-label="how much of ${brief(reading.file)} is read"></progress></p>`}
${lastError === undefined ? "" : html`<p class="why">${harmless(lastError)}</p>`}
${stopped.length === 0 ? "" : html`<ul class="list">${stopped.map(({ file, why }) => html`<li><strong class="wrong">${brief(file)}</strong> waits for a person: ${harmless(why)}</li>`)}</ul>`}`;
}
