// Taken when this is loaded, so that it stays the machine's own whatever is put in the place of the global one later.
const { setImmediate: next } = globalThis;

/** Resolves in the next turn of the event loop: whatever was promised by now has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    next(resolve);
  });
}
