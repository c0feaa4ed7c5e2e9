// The other thread of a rehearsal: it looks whether the first one still comes to its turns (see watch.ts).
import { writeSync } from "node:fs";
import { type Debugger, Session } from "node:inspector";
import { workerData } from "node:worker_threads";
import { userLine } from "./user-line.ts";

export interface WatchData {
  /** How many have come so far. */
  readonly turns: Int32Array;
  readonly what: string;
}

const lookEveryMs = 1_000;
/** Counted is what it computes, and not what a clock says: on a busy machine a process that gets a twentieth of a core takes seconds for one honest turn. */
const busyMsMax = 10_000;
/** For code that neither computes nor comes back. A machine that sleeps, or a process that is stopped, does not look meanwhile. */
const looksMax = 120;
/** Between two functions that wait for nothing real the debugger finds only Node: it goes on until it stands in a line of the user's. */
const stepsMax = 1_000;
const { turns, what } = workerData as WatchData;
let before = 0;
let looks = 0;
let atTurn = process.cpuUsage();
let ended = false;

// Never cleared: this thread has to live until the debugger has answered.
setInterval(() => {
  if (ended) return;
  const now = Atomics.load(turns, 0);
  if (now !== before) {
    before = now;
    looks = 0;
    atTurn = process.cpuUsage();
    return;
  }
  looks += 1;
  const { user, system } = process.cpuUsage(atTurn);
  if ((user + system) / 1_000 < busyMsMax && looks < looksMax) return;
  ended = true;
  end();
}, lookEveryMs);

function end(): void {
  const session = new Session();
  const files = new Map<string, string>();
  let steps = 0;
  session.connectToMainThread();
  session.on("Debugger.scriptParsed", ({ params }) => files.set(params.scriptId, params.url));
  session.on("Debugger.paused", ({ params: { callFrames } }) => {
    const line = userLine({ stack: callFrames.map((frame) => placeOf(frame, files)).join("\n") });
    if (line === undefined && steps++ < stepsMax) return session.post("Debugger.stepInto");
    const where = line === undefined ? "" : ` at ${line}`;
    writeSync(
      2,
      `void: ${what} stands still: code${where} has run for ${busyMsMax / 1_000} seconds and never waits. Let the loop end, or wait for something in it: outside of a rehearsal it stops everything else in the process.\n`,
    );
    const [frame] = callFrames;
    if (frame !== undefined)
      session.post("Debugger.evaluateOnCallFrame", {
        callFrameId: frame.callFrameId,
        expression: "globalThis.process.exit(1)",
      });
  });
  session.post("Debugger.enable", () => session.post("Debugger.pause"));
}

/** As a stack has it. */
function placeOf({ location, functionName }: Debugger.CallFrame, files: ReadonlyMap<string, string>): string {
  const place = `${files.get(location.scriptId)}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
  return `    at ${functionName === "" ? place : `${functionName} (${place})`}`;
}
