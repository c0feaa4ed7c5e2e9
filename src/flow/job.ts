import { isLater, isPermanent } from "../define/verdict.ts";
import { said } from "../model/errors.ts";

// What a job's answer says: done, failed, still running. A function from values to a value; confirm.ts acts on it.

export type JobSays =
  | { readonly is: "done"; readonly value: unknown }
  | { readonly is: "running"; readonly why: string }
  /** For good. */
  | { readonly is: "failed"; readonly why: string }
  /** It failed, and is to be made again. */
  | { readonly is: "again"; readonly why: string; readonly afterMs: number }
  /** Nobody can tell: a person looks. */
  | { readonly is: "unclear"; readonly why: string };

/** What the answer to a check says, by `read` where it is given, else by the usual words. */
export function readJob(
  read: ((job: unknown) => unknown) | undefined,
  job: unknown,
  status: number | undefined,
): JobSays {
  return read === undefined ? byWords(job, status) : byRead(read, job);
}

function byRead(read: (job: unknown) => unknown, job: unknown): JobSays {
  try {
    const value = read(job);
    if (value instanceof Promise) {
      value.catch(() => undefined);
      return { is: "unclear", why: "read() is asynchronous: it has to read the answer at once" };
    }
    return value === undefined ? { is: "running", why: "its job still runs" } : { is: "done", value };
  } catch (error) {
    if (isPermanent(error)) return { is: "failed", why: error.message };
    if (isLater(error)) return { is: "again", why: error.message, afterMs: error.afterMs };
    return { is: "unclear", why: `read() threw: ${said(error)}` };
  }
}

/** Lower case, words with one dash between them. */
const words: Readonly<Record<"done" | "failed" | "running", readonly string[]>> = {
  done: ["done", "complete", "completed", "succeeded", "success", "successful", "finished", "ready"],
  failed: ["failed", "failure", "error", "errored", "rejected", "cancelled", "canceled", "aborted", "expired"],
  running:
    "accepted created submitted scheduled queued pending waiting starting started running in-progress processing working".split(
      " ",
    ),
};

function byWords(job: unknown, status: number | undefined): JobSays {
  const fields = (typeof job === "object" && job !== null ? job : {}) as Readonly<Record<string, unknown>>;
  for (const name of ["status", "state"]) {
    const word = fields[name];
    if (typeof word === "string") return byWord(job, fields, name, word);
  }
  if (typeof fields.done === "boolean") {
    if (!fields.done) return { is: "running", why: "its job says done: false" };
    const why = reasonIn(fields);
    return why === undefined ? { is: "done", value: job } : { is: "failed", why: `its job failed: ${why}` };
  }
  if (status === 202) return { is: "running", why: "its job answers 202" };
  return { is: "unclear", why: "the job's answer has no status, state or done: say what it means with read" };
}

function byWord(job: unknown, fields: Readonly<Record<string, unknown>>, name: string, word: string): JobSays {
  const plain = word
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, "-");
  const is = (Object.keys(words) as (keyof typeof words)[]).find((one) => words[one].includes(plain));
  const says = `${name} ${JSON.stringify(word.slice(0, 100))}`;
  switch (is) {
    case "done":
      return { is: "done", value: job };
    case "running":
      return { is: "running", why: `its job says ${says}` };
    case "failed": {
      const why = reasonIn(fields);
      return { is: "failed", why: `its job says ${says}${why === undefined ? "" : `: ${why}`}` };
    }
    case undefined:
      return {
        is: "unclear",
        why: `its job says ${says}, which is none of the known words: say what it means with read`,
      };
  }
}

/** Why it failed, where the answer says so in one of the usual places. */
function reasonIn(fields: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of ["error", "message", "reason"]) {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return value.slice(0, 500);
    if (typeof value === "object" && value !== null)
      return reasonIn(value as Readonly<Record<string, unknown>>) ?? JSON.stringify(value).slice(0, 500);
  }
  return undefined;
}
