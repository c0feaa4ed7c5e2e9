// How many polls of one source are at work at once. With hundreds of tenants all would ask at the same moment; so they stand in line, first come, first
// served. Who only waits, for a limit or for a system that is down, gives the seat up meanwhile: one tenant's outage holds up nobody else.

export class Seats {
  readonly #most: number;
  readonly #line: Seat[] = [];
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** A seat for one run; nobody sits on it yet. */
  seat(): Seat {
    return new Seat(this);
  }

  /** Whether it may sit down now; otherwise it stands in line. */
  enter(seat: Seat): boolean {
    if (this.#taken >= this.#most) {
      this.#line.push(seat);
      return false;
    }
    this.#taken += 1;
    return true;
  }

  /** It gives up its seat, or its place in the line. */
  leave(seat: Seat, sat: boolean): void {
    if (!sat) {
      const at = this.#line.indexOf(seat);
      if (at >= 0) this.#line.splice(at, 1);
      return;
    }
    const next = this.#line.shift();
    if (next === undefined) this.#taken -= 1;
    else next.called();
  }
}

export class Seat {
  readonly #seats: Seats;
  #state: "away" | "in line" | "sitting" | "ended" = "away";
  #sit: (() => void) | undefined;

  constructor(seats: Seats) {
    this.#seats = seats;
  }

  get sits(): boolean {
    return this.#state === "sitting";
  }

  /** Resolves once there is room, or when it has ended. */
  async sit(): Promise<void> {
    if (this.#state !== "away") return;
    if (this.#seats.enter(this)) {
      this.#state = "sitting";
      return;
    }
    this.#state = "in line";
    await new Promise<void>((resolve) => {
      this.#sit = resolve;
    });
  }

  /** Its turn has come. */
  called(): void {
    this.#state = "sitting";
    this.#sit?.();
  }

  leave(): void {
    if (this.#state !== "sitting") return;
    this.#state = "away";
    this.#seats.leave(this, true);
  }

  /** The run is over, wherever it was. */
  end(): void {
    const was = this.#state;
    this.#state = "ended";
    if (was === "sitting" || was === "in line") this.#seats.leave(this, was === "sitting");
    this.#sit?.();
  }
}
