// Credentials by what they look like: nobody has to have declared them.

/** `https://user:password@host`, as errors of libraries like to quote it. */
const userinfo = /(:\/\/)[^\s/?#@"'<>\\]{1,500}@/g;
const schemes = /\b(bearer|basic|digest)(\s+|%20|\+)[\w.~+/=%-]{8,}/gi;

/** Replaces user and password in addresses, and what follows `Bearer` or `Basic`. */
export function withoutCredentials(text: string): string {
  const addressed = text.includes("://") ? text.replace(userinfo, "$1[redacted]@") : text;
  return mayHoldScheme.test(addressed) ? addressed.replace(schemes, "$1$2[redacted]") : addressed;
}

const mayHoldScheme = /bearer|basic|digest/i;

/** Thirteen to nineteen digits, in groups or not, that a card could have. */
const digits = /(?<![\w.])[3-6](?:[ -]?\d){12,18}(?![\w.])/g;

/** Replaces numbers of payment cards (ISO/IEC 7812: their last digit checks the others) but for the last four digits. */
export function withoutCards(text: string): string {
  return text.replace(digits, (found) => {
    const number = found.replace(/\D/g, "");
    return passesLuhn(number) ? `[card …${number.slice(-4)}]` : found;
  });
}

function passesLuhn(number: string): boolean {
  let sum = 0;
  for (let at = 0; at < number.length; at++) {
    const digit = Number(number[number.length - 1 - at]);
    const weighed = at % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
