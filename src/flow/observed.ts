/**
 * A promise that knows whether anybody looked at it. A record is delivered only if every refusal of an effect was seen by user code: one that
 * was never awaited is not silently dropped. Its rejection never ends the process.
 */
export class ObservedPromise<T> extends Promise<T> {
  observed = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static of<T>(promise: Promise<T>): ObservedPromise<T> {
    const observed = new ObservedPromise<T>((resolve, reject) => {
      promise.then(resolve, reject);
    });
    Promise.prototype.then.call(observed, undefined, () => undefined);
    return observed;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise; `await` of a subclass goes through `then`, so this sees awaits too.
  override then<R = T, E = never>(
    onDone?: ((value: T) => R | PromiseLike<R>) | null,
    onFailed?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    this.observed = true;
    return super.then(onDone, onFailed);
  }
}
