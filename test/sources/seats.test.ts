import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Seat, Seats } from "../../src/sources/seats.ts";

test("never more sit than there are seats, first come first served, and none is lost whoever leaves or ends", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.tuple(fc.constantFrom("sit", "leave", "end"), fc.nat(7)), { maxLength: 80 }),
      (most, moves) => {
        const seats = new Seats(most);
        const all: Seat[] = Array.from({ length: 8 }, () => seats.seat());
        const line: number[] = [];
        const sitting = new Set<number>();
        const ended = new Set<number>();
        const next = (): void => {
          while (sitting.size < most && line.length > 0) sitting.add(line.shift() as number);
        };
        for (const [move, at] of moves) {
          const seat = all[at] as Seat;
          if (move === "sit") {
            void seat.sit();
            if (!ended.has(at) && !sitting.has(at) && !line.includes(at)) line.push(at);
          } else if (move === "leave") {
            seat.leave();
            sitting.delete(at);
          } else {
            seat.end();
            ended.add(at);
            sitting.delete(at);
            if (line.includes(at)) line.splice(line.indexOf(at), 1);
          }
          next();
          assert.deepEqual(
            all.map((one) => one.sits),
            all.map((_, index) => sitting.has(index)),
          );
        }
      },
    ),
  );
});
