/** What happened: a way to the network, a name looked up there, another process or thread, real work that does not end, an error that nobody catches. */
export type ViolationKind = "socket" | "lookup" | "process" | "real-work" | "uncaught";

/** Something that no rehearsal can control. It makes the run void. */
export interface Violation {
  readonly kind: ViolationKind;
  /** What it was, as a phrase: `a connection to api.example.com:443`. */
  readonly what: string;
  /** The first line of user code on the stack, from the working directory: `integrations/orders.ts:31`. */
  readonly line: string | undefined;
  /** What to do about it. */
  readonly hint: string;
}

/** What to do about each kind. */
export const hints: Readonly<Record<ViolationKind, string>> = {
  socket:
    'Give the effect a "simulate", or make the call through a system\'s request: a rehearsal answers both, and nothing leaves this machine.',
  lookup:
    'Give the effect a "simulate", or make the call through a system\'s request: no name needs to be looked up for either.',
  process:
    'Give the effect that needs another process or thread a "simulate": what runs elsewhere has another clock and other chance.',
  "real-work":
    'Await it where it is started, and let it end by itself; or give the effect that starts it a "simulate".',
  uncaught: "Await the promise, or catch the error where it is thrown: outside of a rehearsal it ends the process.",
};
