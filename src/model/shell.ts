const plainWord = /^[\w@%+=:,./-]+$/;

/**
 * A command that can be typed as it stands into a POSIX shell: words that hold anything else than letters, digits and `@%+=:,./-_` are quoted.
 *
 * @example command("npx waybill dead ls --tenant", "O'Neil") // npx waybill dead ls --tenant 'O'\''Neil'
 */
export function command(fixed: string, ...words: readonly string[]): string {
  return [fixed, ...words.map(quoted)].join(" ");
}

function quoted(word: string): string {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
