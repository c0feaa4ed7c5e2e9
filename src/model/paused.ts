/** Why a record waits for a paused system: stored as its reason, and looked for when the system is resumed. */
export function pausedReason(system: string): string {
  return `${system}: it is paused`;
}
