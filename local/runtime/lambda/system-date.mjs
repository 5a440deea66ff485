/**
 * System time for code that asks `Date`: what it shows from here on in this thread. Timers and `performance.now` stay
 * real, as the work itself takes real time.
 *
 * @param {{ realTime: number, systemTime: number, rate: number }} anchor as in `local/clock.ts`
 */
export function installSystemDate({ realTime, systemTime, rate }) {
  const RealDate = Date;
  const realNow = RealDate.now;
  let latest = systemTime;
  const now = () => (latest = Math.max(latest, Math.floor(systemTime + (realNow() - realTime) * rate)));
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
  RealDate.prototype.constructor = globalThis.Date;
}
