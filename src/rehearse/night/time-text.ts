/** A moment of a night, since it began: `00:02:13.4`. */
export function timeText(ms: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const tenths = Math.floor((ms % 1_000) / 100);
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1_000) % 60)}.${tenths}`;
}
